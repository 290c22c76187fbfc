import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job } from '../../api/wire';
import { useNow } from '../../components/hooks';
import { ProgressLine, State } from '../../components/parts';
import { ago, bytes, duration, figure, metricsWords } from '../../model/words';
import { commands } from '../../tokens';

interface HeaderProps {
  readonly job: Job;
  readonly trans: TranslationBundle;
  readonly run: (command: string, args: object) => void;
}

/** What a job is, how it is, and what can be done about it. */
export function Header(props: HeaderProps): React.JSX.Element {
  const { job, trans } = props;
  return (
    <header className="lb-Job-header">
      <div className="lb-Job-title">
        <h1>{job.name}</h1>
        {job.rehearse && <span className="lb-Tag">{trans.__('rehearsal')}</span>}
        <State state={job.state} trans={trans} />
        <Buttons {...props} />
      </div>
      <Facts job={job} trans={trans} />
      {job.message && (
        <p className="lb-Job-message" data-state={job.state}>
          {job.message}
          <Mending {...props} />
        </p>
      )}
      <ProgressLine job={job} trans={trans} />
      <Outcome {...props} />
    </header>
  );
}

/** What mends it, where a press does. */
function Mending({ job, trans, run }: HeaderProps): React.JSX.Element | null {
  const id = job.id;
  const twice = 2 * job.resources.memory;
  if (job.reason === 'out-of-memory') {
    const label = trans.__('Run again with %1', bytes(twice));
    return <Mend label={label} onClick={() => run(commands.runAgain, { id, memory: twice })} />;
  }
  return job.state === 'failed' && job.progress.cell > 0 ? (
    <Mend label={trans.__('Show the cell')} onClick={() => run(commands.openExecuted, { id })} />
  ) : null;
}

function Mend(props: { label: string; onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="lb-Small" onClick={props.onClick}>
      {props.label}
    </button>
  );
}

function Buttons({ job, trans, run }: HeaderProps): React.JSX.Element {
  const id = job.id;
  const ended = job.ended !== null;
  return (
    <div className="lb-Job-buttons" role="toolbar" aria-label={trans.__('Actions')}>
      {!ended && <Action label={trans.__('Stop')} onClick={() => run(commands.stopJob, { id })} />}
      <Action label={trans.__('Run again')} onClick={() => run(commands.runAgain, { id })} />
      <Action
        label={trans.__('Again with changes…')}
        onClick={() => run(commands.changeAgain, { id })}
      />
      {ended && (
        <Action label={trans.__('Remove')} onClick={() => run(commands.removeJob, { id })} />
      )}
    </div>
  );
}

function Action(props: { label: string; onClick: () => void }): React.JSX.Element {
  return (
    <button type="button" className="jp-mod-styled jp-mod-reject" onClick={props.onClick}>
      {props.label}
    </button>
  );
}

function Facts({ job, trans }: Pick<HeaderProps, 'job' | 'trans'>): React.JSX.Element {
  const now = useNow(1);
  const { cpu, memory, gpu } = job.resources;
  const facts = [
    job.entry,
    trans.__('job %1', job.id),
    trans.__('submitted %1', ago(job.created, now, trans))
  ];
  if (job.started !== null) {
    facts.push(trans.__('ran %1', duration((job.ended ?? now) - job.started, trans)));
  }
  if (job.attempt > 1) {
    facts.push(trans.__('attempt %1', String(job.attempt)));
  }
  const each = [trans._n('%1 core', '%1 cores', cpu, figure(cpu)), bytes(memory)];
  if (gpu) {
    each.push(trans._n('%1 GPU', '%1 GPUs', gpu, String(gpu)));
  }
  facts.push(trans.__('%1 for each replica', each.join(', ')));
  return (
    <ul className="lb-Facts">
      {facts.map(fact => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}

/** What it has left: its last metrics, and a model that can be deployed. */
function Outcome({ job, trans, run }: HeaderProps): React.JSX.Element | null {
  const metrics = job.ended === null ? '' : metricsWords(job.metrics, 6);
  const model = job.model;
  if (!metrics && !model) {
    return null;
  }
  return (
    <div className="lb-Job-outcome">
      {model && (
        <>
          <span>{trans.__('It left the model %1.', model)}</span>
          <button
            type="button"
            className="jp-mod-styled jp-mod-accept"
            onClick={() => run(commands.deploy, { model })}
          >
            {trans.__('Deploy')}
          </button>
        </>
      )}
      {metrics && <span className="lb-Job-metrics">{metrics}</span>}
    </div>
  );
}
