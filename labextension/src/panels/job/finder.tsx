import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { next } from '../../model/find';

/** A field to look for a text in a log, and the way through where it is found. */
export function Finder(props: {
  wanted: string;
  count: number;
  /** Which of them is shown, from 0. */
  chosen: number;
  trans: TranslationBundle;
  look: (wanted: string) => void;
  show: (number: number) => void;
}): React.JSX.Element {
  const { wanted, count, chosen, trans, look, show } = props;
  const step = (by: 1 | -1): void => {
    if (count) {
      show(next(count, chosen, by));
    }
  };
  return (
    <span className="lb-Finder">
      <input
        type="search"
        value={wanted}
        placeholder={trans.__('Find')}
        aria-label={trans.__('Find in this log')}
        spellCheck={false}
        onChange={event => look(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            step(event.shiftKey ? -1 : 1);
          }
        }}
      />
      {wanted && (
        <>
          <span role="status">{count ? `${chosen + 1}/${count}` : trans.__('none')}</span>
          <button
            type="button"
            className="lb-Small"
            aria-label={trans.__('The one before')}
            onClick={() => step(-1)}
          >
            ↑
          </button>
          <button
            type="button"
            className="lb-Small"
            aria-label={trans.__('The next one')}
            onClick={() => step(1)}
          >
            ↓
          </button>
        </>
      )}
    </span>
  );
}
