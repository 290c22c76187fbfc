import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Service } from '../../api/wire';
import { Copyable } from '../../components/copyable';

/** Requests that one can copy: by Longboat in Python, and by HTTP behind the Lab's login. */
export function Requests(props: {
  service: Service;
  base: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { service, base, trans } = props;
  const python = `import longboat\n\nlongboat.service("${service.name}").predict([…])`;
  const url = `${base}longboat/services/${service.name}/v1/models/${service.model}:predict`;
  const curl = [
    `curl -H "Authorization: token $JUPYTER_TOKEN" -H "Content-Type: application/json"`,
    `  -d '{"instances": […]}' '${url}'`
  ].join(' \\\n');
  return (
    <div className="lb-Requests">
      <Copyable title={trans.__('Python')} text={python} trans={trans} />
      <Copyable title="curl" text={curl} trans={trans} />
    </div>
  );
}
