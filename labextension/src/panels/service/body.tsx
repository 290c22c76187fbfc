import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Service } from '../../api/wire';
import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { figure } from '../../model/words';
import { commands } from '../../tokens';
import { Answer } from './answer';
import { Draw } from './draw';
import type { ServiceModel } from './model';
import { Requests } from './requests';
import { Json, Row } from './written';

interface BodyProps {
  readonly model: ServiceModel;
  readonly trans: TranslationBundle;
  readonly run: (command: string, args: object) => void;
  /** The address of the server. */
  readonly base: string;
}

/** A service: how it is, a try of it, and how others ask it. */
export function Body({ model, trans, run, base }: BodyProps): React.JSX.Element {
  const { service, problem } = useModel(model, each => each.view);
  if (!service) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job lb-Service">
      <Header service={service} trans={trans} run={run} />
      <section className="lb-Job-part">
        <h2>{trans.__('Try it')}</h2>
        <Try model={model} trans={trans} />
      </section>
      <section className="lb-Job-part">
        <h2>{trans.__('Ask it from elsewhere')}</h2>
        <Requests service={service} base={base} trans={trans} />
      </section>
    </div>
  );
}

function Header(props: {
  service: Service;
  trans: TranslationBundle;
  run: (command: string, args: object) => void;
}): React.JSX.Element {
  const { service, trans, run } = props;
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
      </ul>
      {service.message && <p className="lb-Job-message">{service.message}</p>}
    </header>
  );
}

/** What one can give it, and what it answers. */
function Try(props: { model: ServiceModel; trans: TranslationBundle }): React.JSX.Element {
  const { model, trans } = props;
  const { input, service } = useModel(model, each => each.view);
  if (service?.state !== 'running') {
    return <Empty>{trans.__('It does not answer yet.')}</Empty>;
  }
  if (!input) {
    return <Empty>{trans.__('Reading what it takes…')}</Empty>;
  }
  return (
    <div className="lb-Try">
      {input.kind === 'image' && <Draw input={input} model={model} trans={trans} />}
      {input.kind === 'row' && <Row length={input.length} model={model} trans={trans} />}
      {input.kind === 'json' && <Json example={input.example} model={model} trans={trans} />}
      <Answer model={model} trans={trans} />
    </div>
  );
}
