import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { Answer } from './answer';
import { Draw } from './draw';
import { Keep } from './keeping';
import type { ServiceModel } from './model';
import { Json, Row } from './written';

/** What one can give a service, and what it answers. */
export function Try(props: { model: ServiceModel; trans: TranslationBundle }): React.JSX.Element {
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
      <div className="lb-Answered">
        <Answer model={model} trans={trans} />
        <Keep model={model} trans={trans} />
      </div>
    </div>
  );
}
