import * as React from 'react';

import { useLayoutEffect, useRef, useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Replica } from '../../api/wire';
import { replicaName } from '../../api/wire';
import { useModel } from '../../components/hooks';
import { State } from '../../components/parts';
import type { LogTail } from '../../model/logtail';
import { bytes } from '../../model/words';

/** Pixels from the end that still count as being there. */
const NEAR = 8;

interface LaneProps {
  readonly replica: Replica;
  readonly tail: LogTail;
  readonly trans: TranslationBundle;
}

/** The log of one replica. It follows until somebody scrolls up. */
export function Lane({ replica, tail, trans }: LaneProps): React.JSX.Element {
  const view = useModel(tail, each => each.view);
  const [follows, setFollows] = useState(true);
  const place = useRef<HTMLPreElement>(null);
  const name = replicaName(replica);
  useLayoutEffect(() => {
    if (follows && place.current) {
      place.current.scrollTop = place.current.scrollHeight;
    }
  }, [view, follows]);
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
      </div>
      {view.problem && <p className="lb-Lane-note">{view.problem}</p>}
      {view.cut && <p className="lb-Lane-note">{trans.__('Earlier lines are not shown.')}</p>}
      <pre
        ref={place}
        className="lb-Log"
        role="log"
        aria-label={trans.__('Log of %1', name)}
        aria-live="off"
        tabIndex={0}
        onScroll={event => setFollows(atEnd(event.currentTarget))}
      >
        {view.lines.join('\n') || nothing(view.end, trans)}
      </pre>
    </section>
  );
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
