import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Service } from '../../api/wire';
import { figure } from '../../model/words';
import { commands } from '../../tokens';
import { Rate } from './rate';

/** What a service is, how it is, and what can be done about it. */
export function Header(props: {
  service: Service;
  versions: readonly number[];
  trans: TranslationBundle;
  run: (command: string, args: object) => void;
}): React.JSX.Element {
  const { service, versions, trans, run } = props;
  const facts = [
    trans.__('model %1, version %2', service.model, String(service.version)),
    trans._n('%1 request', '%1 requests', service.requests, String(service.requests))
  ];
  if (service.errors) {
    facts.push(trans._n('%1 error', '%1 errors', service.errors, String(service.errors)));
  }
  if (service.latency.p50 !== null) {
    facts.push(trans.__('half of them within %1 ms', figure(service.latency.p50)));
  }
  return (
    <header className="lb-Job-header">
      <div className="lb-Job-title">
        <h1>{service.name}</h1>
        <span className="lb-State" data-state={service.state}>
          {service.state}
        </span>
        <div className="lb-Job-buttons">
          <Switching service={service} versions={versions} trans={trans} run={run} />
          <button
            type="button"
            className="jp-mod-styled jp-mod-reject"
            onClick={() => run(commands.openModel, { name: service.model })}
          >
            {trans.__('Model')}
          </button>
          <button
            type="button"
            className="jp-mod-styled jp-mod-reject"
            onClick={() => run(commands.undeploy, { name: service.name })}
          >
            {trans.__('Undeploy')}
          </button>
        </div>
      </div>
      <ul className="lb-Facts">
        {facts.map(fact => (
          <li key={fact}>{fact}</li>
        ))}
        {service.state === 'running' && (
          <li>
            <Rate service={service} trans={trans} />
          </li>
        )}
      </ul>
      {service.message && <p className="lb-Job-message">{service.message}</p>}
    </header>
  );
}

/** Another version in place of the one that answers: a newer one, or an earlier one again. */
function Switching(props: {
  service: Service;
  versions: readonly number[];
  trans: TranslationBundle;
  run: (command: string, args: object) => void;
}): React.JSX.Element | null {
  const { service, versions, trans, run } = props;
  if (versions.length < 2) {
    return null;
  }
  return (
    <label className="lb-Switching">
      {trans.__('Version')}
      <select
        value={service.version}
        onChange={event =>
          run(commands.deploy, {
            model: `${service.model}@${event.target.value}`,
            service: service.name
          })
        }
      >
        {versions.map(version => (
          <option key={version} value={version}>
            {version}
          </option>
        ))}
      </select>
    </label>
  );
}
