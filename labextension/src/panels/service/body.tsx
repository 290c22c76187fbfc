import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { commands } from '../../tokens';
import { Header } from './header';
import { KeptTries } from './keeping';
import type { ServiceModel } from './model';
import { Comparison } from './replay';
import { Requests } from './requests';
import { Try } from './try';

interface BodyProps {
  readonly model: ServiceModel;
  readonly trans: TranslationBundle;
  readonly run: (command: string, args: object) => void;
  /** The address of the server. */
  readonly base: string;
}

/** A service: how it is, a try of it, and how others ask it. */
export function Body({ model, trans, run, base }: BodyProps): React.JSX.Element {
  const { service, problem, versions } = useModel(model, each => each.view);
  const { tries, replay } = useModel(model.kept, each => each.view);
  if (!service) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  const turn = (version: number): void =>
    run(commands.deploy, { model: `${service.model}@${version}`, service: service.name });
  const choose = (version: number): void =>
    tries.length && service.state === 'running' ? void model.kept.replay(version) : turn(version);
  return (
    <div className="lb-Job lb-Service">
      <Header
        service={service}
        versions={versions}
        chosen={replay?.version ?? service.version}
        choose={choose}
        trans={trans}
        run={run}
      />
      <Comparison model={model} trans={trans} onSwitch={turn} />
      <section className="lb-Job-part">
        <div className="lb-Titled">
          <h2>{trans.__('Try it')}</h2>
          <a
            className="lb-Small"
            href={`${base}longboat/try/${encodeURIComponent(service.name)}`}
            target="_blank"
            rel="noopener"
          >
            {trans.__('Open as a page')}
          </a>
        </div>
        <Try model={model} trans={trans} />
      </section>
      <KeptTries model={model} trans={trans} />
      <section className="lb-Job-part">
        <h2>{trans.__('Ask it from elsewhere')}</h2>
        <Requests service={service} base={base} trans={trans} />
      </section>
    </div>
  );
}
