import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../components/hooks';
import { Empty } from '../components/parts';
import type { ServiceModel } from '../panels/service/model';
import { Try } from '../panels/service/try';

/** A service to try, and nothing else. */
export function Page(props: { model: ServiceModel; trans: TranslationBundle }): React.JSX.Element {
  const { model, trans } = props;
  const { service, problem } = useModel(model, each => each.view);
  if (!service) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <>
      <header>
        <h1>{service.name}</h1>
        <span className="lb-State" data-state={service.state}>
          {service.state}
        </span>
        <p>{trans.__('model %1, version %2', service.model, String(service.version))}</p>
      </header>
      <Try model={model} trans={trans} />
    </>
  );
}
