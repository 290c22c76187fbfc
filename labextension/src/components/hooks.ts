import { useEffect, useState, useSyncExternalStore } from 'react';

import type { ISignal } from '@lumino/signaling';

/** Something that says when it has changed, and not what. */
export interface Changing {
  readonly changed: ISignal<unknown, void>;
}

/** Read a model, and again each time it changes; `read` gives the same object while nothing has. */
export function useModel<M extends Changing, T>(model: M, read: (model: M) => T): T {
  return useSyncExternalStore(
    told => {
      model.changed.connect(told);
      return () => {
        model.changed.disconnect(told);
      };
    },
    () => read(model)
  );
}

/** The time in seconds, for ages; it moves on only while somebody looks. */
export function useNow(every = 5): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (!document.hidden) {
        setNow(Date.now() / 1000);
      }
    }, every * 1000);
    return () => window.clearInterval(timer);
  }, [every]);
  return now;
}

/** The theme's name, for what is drawn and not styled. */
export function useTheme(): string {
  const read = (): string => document.body.dataset['jpThemeName'] ?? '';
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const watch = new MutationObserver(() => setTheme(read()));
    watch.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    return () => watch.disconnect();
  }, []);
  return theme;
}
