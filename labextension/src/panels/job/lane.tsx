import * as React from 'react';

import { useLayoutEffect, useMemo, useRef, useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Replica } from '../../api/wire';
import { replicaName } from '../../api/wire';
import { useModel } from '../../components/hooks';
import { Painted } from '../../components/painted';
import type { Stretch } from '../../components/painted';
import { State } from '../../components/parts';
import { places } from '../../model/find';
import type { LogTail, LogView } from '../../model/logtail';
import { bytes } from '../../model/words';
import { Finder } from './finder';

/** Pixels from the end that still count as being there. */
const NEAR = 8;

/** Lines in the page while their end is followed: a flood lays out all of them ten times a second. */
const FOLLOWED = 200;

interface LaneProps {
  readonly replica: Replica;
  readonly tail: LogTail;
  /** Where the whole log can be had. */
  readonly whole: string;
  readonly trans: TranslationBundle;
}

/** The log of one replica. It follows until somebody scrolls up, or looks for something. */
export function Lane({ replica, tail, whole, trans }: LaneProps): React.JSX.Element {
  const view = useModel(tail, each => each.view);
  const [follows, setFollows] = useState(true);
  const [wanted, setWanted] = useState('');
  const [chosen, choose] = useState(0);
  const place = useRef<HTMLPreElement>(null);
  const name = replicaName(replica);
  const all = follows && !wanted ? -FOLLOWED : 0;
  const lines = useMemo(() => view.lines.slice(all), [view.lines, all]);
  const text = useMemo(() => textOf(lines), [lines]);
  const found = useMemo(() => places(text, wanted), [text, wanted]);
  const at = found[Math.min(chosen, found.length - 1)];
  const stretches = useMemo(
    () => [...colours(lines), ...matches(found, wanted.length, at)],
    [lines, found, wanted, at]
  );
  const below = useRef(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (!follows && element) {
      // Lines that were left out stand above now: who scrolled up stays at the same ones.
      element.scrollTop = element.scrollHeight - below.current;
    }
  }, [follows]);
  useLayoutEffect(() => {
    const element = place.current;
    if (!follows || !element) {
      return undefined;
    }
    const toEnd = (): void => {
      element.scrollTop = element.scrollHeight;
    };
    const watch = new ResizeObserver(toEnd); // other breaks of lines: another end
    watch.observe(element);
    toEnd();
    return () => watch.disconnect();
  }, [view, follows]);
  const show = (number: number): void => {
    choose(number);
    setFollows(false);
    reveal(place.current, found[number], wanted.length);
    below.current = rest(place.current);
  };
  return (
    <section className="lb-Lane" aria-label={name}>
      <div className="lb-Lane-head">
        <strong>{name}</strong>
        <State state={replica.state} trans={trans} />
        <span className="lb-Lane-detail">{detail(replica, trans)}</span>
        {!follows && (
          <button type="button" className="lb-Link" onClick={() => setFollows(true)}>
            {trans.__('Follow')}
          </button>
        )}
        <Finder
          wanted={wanted}
          count={found.length}
          chosen={Math.min(chosen, Math.max(0, found.length - 1))}
          trans={trans}
          look={each => {
            setWanted(each);
            choose(0);
          }}
          show={show}
        />
        <button
          type="button"
          className="lb-Small"
          onClick={() => void navigator.clipboard.writeText(textOf(view.lines))}
        >
          {trans.__('Copy')}
        </button>
        <a className="lb-Small" href={whole} download>
          {trans.__('Download')}
        </a>
      </div>
      {view.problem && <p className="lb-Lane-note">{view.problem}</p>}
      {view.cut && (
        <p className="lb-Lane-note">
          {trans.__('Earlier lines are not shown; the download has them all.')}
        </p>
      )}
      <pre
        ref={place}
        className="lb-Log"
        role="log"
        aria-label={trans.__('Log of %1', name)}
        aria-live="off"
        tabIndex={0}
        onScroll={event => {
          below.current = rest(event.currentTarget);
          setFollows(atEnd(event.currentTarget));
        }}
      >
        {text ? <Painted text={text} stretches={stretches} /> : nothing(view.end, trans)}
      </pre>
    </section>
  );
}

function textOf(lines: LogView['lines']): string {
  return lines.map(line => line.text).join('\n');
}

function colours(lines: LogView['lines']): Stretch[] {
  let start = 0;
  return lines.flatMap(({ text, marks }) => {
    const first = start;
    start += text.length + 1;
    return marks.map(mark => ({
      start: first + mark.start,
      end: first + mark.end,
      paint: mark.colour
    }));
  });
}

function matches(found: readonly number[], length: number, at: number | undefined): Stretch[] {
  return found.map(start => ({
    start,
    end: start + length,
    paint: start === at ? 'found-now' : 'found'
  }));
}

/** Bring a place of the text into the middle of what is seen. */
function reveal(log: HTMLElement | null, start: number | undefined, length: number): void {
  const node = log?.firstChild?.firstChild;
  if (!log || !node || start === undefined) {
    return;
  }
  const range = document.createRange();
  range.setStart(node, start);
  range.setEnd(node, start + length);
  const { top } = range.getBoundingClientRect();
  log.scrollTop += top - log.getBoundingClientRect().top - log.clientHeight / 2;
}

/** Pixels from the first line that is seen to the end. */
function rest(element: HTMLElement | null): number {
  return element ? element.scrollHeight - element.scrollTop : 0;
}

function atEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR;
}

function nothing(end: boolean, trans: TranslationBundle): React.JSX.Element {
  return (
    <span className="lb-Log-nothing">
      {end ? trans.__('It has printed nothing.') : trans.__('Nothing printed yet.')}
    </span>
  );
}

function detail(replica: Replica, trans: TranslationBundle): string {
  const parts = [];
  if (replica.exit_code) {
    parts.push(trans.__('exit code %1', String(replica.exit_code)));
  }
  if (replica.memory_peak) {
    parts.push(trans.__('peak %1', bytes(replica.memory_peak)));
  }
  return parts.join(' · ');
}
