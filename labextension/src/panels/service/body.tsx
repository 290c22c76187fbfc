import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { Answer } from './answer';
import { Draw } from './draw';
import { Header } from './header';
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
  const { service, problem, versions } = useModel(model, each => each.view);
  if (!service) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job lb-Service">
      <Header service={service} versions={versions} trans={trans} run={run} />
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
