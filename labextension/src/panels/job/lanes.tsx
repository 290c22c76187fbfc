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
  const shown = chosen ?? firstLanes(job);
  useEffect(() => setChosen(null), [job.attempt]);
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
      </div>
      <div className="lb-Lanes">
        {job.replicas
          .filter(replica => shown.includes(replicaName(replica)))
          .map(replica => (
            <Lane
              key={`${replicaName(replica)} ${job.attempt}`}
              replica={replica}
              tail={model.log(replicaName(replica), job.attempt)}
              trans={trans}
            />
          ))}
      </div>
    </>
  );
}
