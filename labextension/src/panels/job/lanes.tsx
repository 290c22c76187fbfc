import * as React from 'react';

import { useEffect, useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job } from '../../api/wire';
import { replicaName } from '../../api/wire';
import { Empty } from '../../components/parts';
import { stateWord } from '../../model/words';
import { Lane } from './lane';
import { firstLanes } from './model';
import type { JobModel } from './model';

/** The logs of chosen replicas, side by side. */
export function Lanes(props: {
  job: Job;
  model: JobModel;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { job, model, trans } = props;
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const [earlier, setEarlier] = useState<number | null>(null);
  const attempt = earlier ?? job.attempt;
  const shown = chosen ?? firstLanes(job);
  useEffect(() => {
    setChosen(null);
    setEarlier(null);
  }, [job.attempt]);
  if (!job.replicas.length) {
    return <Empty>{trans.__('Its replicas have not begun.')}</Empty>;
  }
  const toggle = (name: string): void =>
    setChosen(shown.includes(name) ? shown.filter(each => each !== name) : [...shown, name]);
  return (
    <>
      <div className="lb-Chips" role="group" aria-label={trans.__('Replicas whose logs are shown')}>
        {job.replicas.map(replica => {
          const name = replicaName(replica);
          return (
            <button
              key={name}
              type="button"
              className="lb-Chip lb-State"
              data-state={replica.state}
              aria-pressed={shown.includes(name)}
              title={stateWord(replica.state, trans)}
              onClick={() => toggle(name)}
            >
              {name}
            </button>
          );
        })}
        {job.attempt > 1 && (
          <Attempts
            last={job.attempt}
            chosen={attempt}
            trans={trans}
            choose={number => setEarlier(number === job.attempt ? null : number)}
          />
        )}
      </div>
      <div className="lb-Lanes">
        {job.replicas
          .filter(replica => shown.includes(replicaName(replica)))
          .map(replica => (
            <Lane
              key={`${replicaName(replica)} ${attempt}`}
              replica={replica}
              tail={model.log(replicaName(replica), attempt)}
              whole={model.wholeLog(replicaName(replica), attempt)}
              trans={trans}
            />
          ))}
      </div>
    </>
  );
}

/** Which attempt's logs are shown. */
function Attempts(props: {
  last: number;
  chosen: number;
  trans: TranslationBundle;
  choose: (attempt: number) => void;
}): React.JSX.Element {
  const { last, chosen, trans, choose } = props;
  return (
    <label className="lb-Switching">
      {trans.__('Attempt')}
      <select value={chosen} onChange={event => choose(Number(event.target.value))}>
        {Array.from({ length: last }, (_, before) => last - before).map(attempt => (
          <option key={attempt} value={attempt}>
            {attempt}
          </option>
        ))}
      </select>
    </label>
  );
}
