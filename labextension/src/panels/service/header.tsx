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
  /** The version that answers, or that one may switch to. */
  chosen: number;
  choose: (version: number) => void;
  trans: TranslationBundle;
  run: (command: string, args: object) => void;
}): React.JSX.Element {
  const { service, versions, chosen, choose, trans, run } = props;
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
          <Switching versions={versions} chosen={chosen} choose={choose} trans={trans} />
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
  versions: readonly number[];
  chosen: number;
  choose: (version: number) => void;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { versions, chosen, choose, trans } = props;
  if (versions.length < 2) {
    return null;
  }
  return (
    <label className="lb-Switching">
      {trans.__('Version')}
      <select value={chosen} onChange={event => choose(Number(event.target.value))}>
        {versions.map(version => (
          <option key={version} value={version}>
            {version}
          </option>
        ))}
      </select>
    </label>
  );
}
