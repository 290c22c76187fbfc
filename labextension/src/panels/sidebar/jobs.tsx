import * as React from 'react';

import { useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, stopIcon } from '@jupyterlab/ui-components';

import type { Job } from '../../api/wire';
import { Empty, IconButton, ProgressLine, State } from '../../components/parts';
import { useModel, useNow } from '../../components/hooks';
import { Sparkline } from '../../components/sparkline';
import { found } from '../../model/search';
import { ago, metricsWords } from '../../model/words';
import { commands } from '../../tokens';
import type { SidebarProps } from './model';

/** So many jobs are too many to look through. */
const SEARCHED = 6;

/** All jobs, the newest first. */
export function Jobs({ longboat, run }: SidebarProps): React.JSX.Element {
  const { trans, live } = longboat;
  const { jobs, empty } = useModel(live, each => each.picture);
  const now = useNow();
  const [text, setText] = useState('');
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
  const shown = found(jobs, text);
  return (
    <>
      {(jobs.length >= SEARCHED || text !== '') && (
        <Search
          text={text}
          onChange={setText}
          ended={shown.filter(job => job.ended !== null)}
          trans={trans}
          run={run}
        />
      )}
      {shown.length === 0 && <Empty>{trans.__('No job has all of these words.')}</Empty>}
      <ul className="lb-List">
        {shown.map(job => (
          <Row key={job.id} job={job} now={now} longboat={longboat} run={run} />
        ))}
      </ul>
    </>
  );
}

/** A field to find jobs by; of what is found, all that has ended can be removed at once. */
function Search(props: {
  text: string;
  onChange: (text: string) => void;
  ended: readonly Job[];
  trans: TranslationBundle;
  run: SidebarProps['run'];
}): React.JSX.Element {
  const { text, onChange, ended, trans, run } = props;
  return (
    <div className="lb-Search">
      <input
        type="search"
        className="jp-mod-styled"
        value={text}
        placeholder={trans.__('Find jobs: name, state, id…')}
        aria-label={trans.__('Find jobs')}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      {text.trim() !== '' && ended.length > 0 && (
        <button
          type="button"
          className="lb-Small"
          onClick={() => run(commands.removeJobs, { ids: ended.map(job => job.id) })}
        >
          {trans._n('Remove %1', 'Remove all %1', ended.length, String(ended.length))}
        </button>
      )}
    </div>
  );
}

function Row(props: SidebarProps & { job: Job; now: number }): React.JSX.Element {
  const { job, now, run } = props;
  const { trans } = props.longboat;
  const id = job.id;
  return (
    <li className="lb-Row" data-job={id}>
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
          {job.ended === null && (
            <Sparkline
              values={props.longboat.trails.of(id)}
              label={trans.__('Its loss while it runs')}
            />
          )}
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
