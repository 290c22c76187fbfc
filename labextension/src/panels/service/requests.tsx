import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Service } from '../../api/wire';

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
      <Copied title={trans.__('Python')} text={python} trans={trans} />
      <Copied title="curl" text={curl} trans={trans} />
    </div>
  );
}

function Copied(props: {
  title: string;
  text: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { title, text, trans } = props;
  return (
    <figure>
      <figcaption>
        {title}
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          onClick={() => void navigator.clipboard.writeText(text)}
        >
          {trans.__('Copy')}
        </button>
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}
