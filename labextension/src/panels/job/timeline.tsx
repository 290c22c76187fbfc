import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job, Phase } from '../../api/wire';
import { useNow } from '../../components/hooks';
import type { Attempt, Stretch } from '../../model/timeline';
import { attemptsOf, recent } from '../../model/timeline';
import { duration, stateWord } from '../../model/words';

/** How a job's time went: a slim picture, and below it the same in words. */
export function Timeline(props: {
  job: Job;
  history: readonly Phase[];
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { job, history, trans } = props;
  const now = useNow(1);
  const attempts = attemptsOf(history, job, now);
  if (!attempts.length) {
    return null;
  }
  const { told, earlier, seconds } = recent(attempts);
  return (
    <section className="lb-Timeline" aria-label={trans.__('Timeline')}>
      <div className="lb-Timeline-bar" aria-hidden="true">
        {told.map(attempt => (
          <Bar key={attempt.number} attempt={attempt} trans={trans} />
        ))}
      </div>
      <ol className="lb-Timeline-words">
        {earlier > 0 && (
          <li>
            {trans._n(
              '%1 earlier attempt, %2',
              '%1 earlier attempts, %2',
              earlier,
              length(seconds, trans)
            )}
          </li>
        )}
        {told.map(attempt => (
          <Words
            key={attempt.number}
            attempt={attempt}
            numbered={attempts.length > 1}
            trans={trans}
          />
        ))}
      </ol>
    </section>
  );
}

function Bar(props: { attempt: Attempt; trans: TranslationBundle }): React.JSX.Element {
  const { stretches, end } = props.attempt;
  const total = stretches.reduce((sum, each) => sum + each.seconds, 0);
  return (
    <div className="lb-Timeline-attempt" style={{ flexGrow: weight(total) }}>
      {stretches.map((stretch, at) => (
        <div
          key={at}
          data-state={stretch.state}
          style={{ flexGrow: weight(stretch.seconds) }}
          title={words(stretch, props.trans)}
        />
      ))}
      {end && <div className="lb-Timeline-end" data-state={end} />}
    </div>
  );
}

function Words(props: {
  attempt: Attempt;
  numbered: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { attempt, numbered, trans } = props;
  return (
    <li>
      {numbered && <strong>{trans.__('Attempt %1', String(attempt.number))}</strong>}
      {attempt.stretches.map((stretch, at) => (
        <span key={at} data-state={stretch.state} title={stretch.message || undefined}>
          {words(stretch, trans)}
        </span>
      ))}
      {attempt.end && <span data-state={attempt.end}>{stateWord(attempt.end, trans)}</span>}
      {attempt.message && <em>{attempt.message}</em>}
    </li>
  );
}

/** In milliseconds: weights that are less than 1 together leave room empty. */
const weight = (seconds: number): number => Math.max(1, 1000 * seconds);

const words = ({ state, seconds }: Stretch, trans: TranslationBundle): string =>
  `${stateWord(state, trans)} ${length(seconds, trans)}`;

/** A length of time, of which "0 s" says too little. */
const length = (seconds: number, trans: TranslationBundle): string =>
  seconds < 0.5 ? trans.__('under 1 s') : duration(seconds, trans);
