import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job, JobDiff } from '../../api/wire';
import { useNow } from '../../components/hooks';
import { rowsOf } from '../../model/differences';
import { ago, stateWord } from '../../model/words';
import type { Beside as Compared } from './model';

/** A choice of the other jobs, and what is other in the one that is chosen. */
export function Beside(props: {
  others: readonly Job[];
  beside: Compared | null;
  trans: TranslationBundle;
  choose: (id: string) => void;
}): React.JSX.Element | null {
  const { others, beside, trans, choose } = props;
  const now = useNow();
  if (!others.length) {
    return null;
  }
  const words = (job: Job): string =>
    [job.name, job.id, stateWord(job.state, trans), ago(job.created, now, trans)].join(' · ');
  return (
    <section className="lb-Job-part lb-Beside">
      <label className="lb-Switching">
        {trans.__('Compare with')}
        <select value={beside?.id ?? ''} onChange={event => choose(event.target.value)}>
          <option value="">{trans.__('no other job')}</option>
          {others.map(job => (
            <option key={job.id} value={job.id}>
              {words(job)}
            </option>
          ))}
        </select>
      </label>
      {beside?.problem && <p className="lb-Job-message">{beside.problem}</p>}
      {beside?.diff && <Diff diff={beside.diff} trans={trans} />}
    </section>
  );
}

function Diff({ diff, trans }: { diff: JobDiff; trans: TranslationBundle }): React.JSX.Element {
  const rows = rowsOf(diff);
  return (
    <>
      {diff.same && <p className="lb-Hint">{trans.__('The same went into both.')}</p>}
      {rows.length > 0 && (
        <div className="lb-Table">
          <table>
            <thead>
              <tr>
                <th scope="col" />
                <th scope="col">{trans.__('this job')}</th>
                <th scope="col">{trans.__('the other')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td>{row.before}</td>
                  <td>{row.after}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {diff.cells.map((cell, at) => (
        <figure key={at} className="lb-Copyable">
          <figcaption>
            {trans.__(
              'Cell %1: %2',
              String((cell.before ?? cell.after)?.number ?? '–'),
              cell.change
            )}
          </figcaption>
          <pre>{cell.diff?.join('\n') ?? trans.__('Too long to be shown.')}</pre>
        </figure>
      ))}
      {diff.files.map(file => (
        <p key={file.path}>{`${file.path}: ${file.change}`}</p>
      ))}
    </>
  );
}
