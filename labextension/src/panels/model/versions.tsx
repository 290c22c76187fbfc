import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ModelDetails, ModelVersion } from '../../api/wire';
import { modelKey } from '../../api/wire';
import { useNow } from '../../components/hooks';
import { best } from '../../model/versions';
import { ago, figure } from '../../model/words';
import { commands } from '../../tokens';
import type { Run } from './body';

/** A row for each version, a column for each metric; the best of a metric stands out. */
export function Versions(props: {
  details: ModelDetails;
  metrics: readonly string[];
  trans: TranslationBundle;
  run: Run;
}): React.JSX.Element {
  const { details, metrics, trans, run } = props;
  const leaders = new Map(metrics.map(name => [name, best(details.versions, name)]));
  return (
    <div className="lb-Table">
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('Version')}</th>
            {metrics.map(name => (
              <th key={name} scope="col" className="lb-mod-number">
                {name}
              </th>
            ))}
            <th scope="col">{trans.__('Made')}</th>
            <th scope="col">{trans.__('Job')}</th>
            <th scope="col" aria-label={trans.__('Actions')} />
          </tr>
        </thead>
        <tbody>
          {details.versions.map(version => (
            <tr key={version.version}>
              <th scope="row">{version.version}</th>
              {metrics.map(name => (
                <td
                  key={name}
                  className="lb-mod-number"
                  data-best={leaders.get(name) === version.version}
                >
                  {shown(version.metrics?.[name])}
                </td>
              ))}
              <Rest version={version} trans={trans} run={run} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Rest(props: {
  version: ModelVersion;
  trans: TranslationBundle;
  run: Run;
}): React.JSX.Element {
  const { version, trans, run } = props;
  const now = useNow();
  const { job, created } = version;
  return (
    <>
      <td>{created === null ? '' : ago(created, now, trans)}</td>
      <td>
        {job && (
          <button
            type="button"
            className="lb-Link"
            onClick={() => run(commands.openJob, { id: job })}
          >
            {job}
          </button>
        )}
      </td>
      <td>
        <button
          type="button"
          className="lb-Small"
          aria-label={trans.__('Deploy %1', modelKey(version))}
          onClick={() => run(commands.deploy, { model: modelKey(version) })}
        >
          {trans.__('Deploy')}
        </button>
      </td>
    </>
  );
}

const shown = (value: unknown): string => (typeof value === 'number' ? figure(value) : '');
