import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { Header } from './header';
import type { ServiceModel } from './model';
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
  if (!service) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job lb-Service">
      <Header service={service} versions={versions} trans={trans} run={run} />
      <section className="lb-Job-part">
        <h2>
          {trans.__('Try it')}
          <a
            className="lb-Small"
            href={`${base}longboat/try/${encodeURIComponent(service.name)}`}
            target="_blank"
            rel="noopener"
          >
            {trans.__('Open as a page')}
          </a>
        </h2>
        <Try model={model} trans={trans} />
      </section>
      <section className="lb-Job-part">
        <h2>{trans.__('Ask it from elsewhere')}</h2>
        <Requests service={service} base={base} trans={trans} />
      </section>
    </div>
  );
}
