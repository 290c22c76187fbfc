import * as React from 'react';

import { closeIcon, stopIcon } from '@jupyterlab/ui-components';

import type { Job } from '../../api/wire';
import { Empty, IconButton, ProgressLine, State } from '../../components/parts';
import { useModel, useNow } from '../../components/hooks';
import { ago, metricsWords } from '../../model/words';
import { commands } from '../../tokens';
import type { SidebarProps } from './model';

/** All jobs, the newest first. */
export function Jobs({ longboat, run }: SidebarProps): React.JSX.Element {
  const { trans, live } = longboat;
  const { jobs, empty } = useModel(live, each => each.picture);
  const now = useNow();
  if (empty) {
    return <Empty>{trans.__('Waiting for the server…')}</Empty>;
  }
  if (!jobs.length) {
    return (
      <Empty>
        {trans.__('No jobs yet. Open a notebook and press Train in its toolbar to run it as one.')}
      </Empty>
    );
  }
  return (
    <ul className="lb-List">
      {jobs.map(job => (
        <Row key={job.id} job={job} now={now} longboat={longboat} run={run} />
      ))}
    </ul>
  );
}

function Row(props: SidebarProps & { job: Job; now: number }): React.JSX.Element {
  const { job, now, run } = props;
  const { trans } = props.longboat;
  const id = job.id;
  return (
    <li className="lb-Row">
      <button
        type="button"
        className="lb-Row-main"
        onClick={() => run(commands.openJob, { id })}
        title={trans.__('Open job %1', id)}
      >
        <span className="lb-Row-line">
          <span className="lb-Row-name">{job.name}</span>
          {job.rehearse && <span className="lb-Tag">{trans.__('rehearsal')}</span>}
          <State state={job.state} trans={trans} />
        </span>
        <ProgressLine job={job} trans={trans} />
        <span className="lb-Row-detail" title={job.message}>
          {detail(job)}
          <span className="lb-Row-age">{ago(job.ended ?? job.created, now, trans)}</span>
        </span>
      </button>
      {job.ended === null ? (
        <IconButton
          icon={stopIcon}
          label={trans.__('Stop %1', job.name)}
          onClick={() => run(commands.stopJob, { id })}
        />
      ) : (
        <IconButton
          icon={closeIcon}
          label={trans.__('Remove %1', job.name)}
          onClick={() => run(commands.removeJob, { id })}
        />
      )}
    </li>
  );
}

/** What matters most now: why it does not go on, else what it has measured. */
function detail(job: Job): React.JSX.Element {
  const words = job.message || metricsWords(job.metrics) || job.entry;
  return <span className="lb-Row-words">{words}</span>;
}
