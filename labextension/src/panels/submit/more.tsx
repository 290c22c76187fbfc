import * as React from 'react';

import { useModel } from '../../components/hooks';
import type { Field } from '../../model/form';
import type { PartProps } from './body';
import { Lines, Text } from './fields';

const FIELDS: readonly Field[] = ['retries', 'deadline', 'model', 'env', 'secrets'];

/** What few need. */
export function More({ model, trans }: PartProps): React.JSX.Element {
  const { choices, problems, standards } = useModel(model, each => each.view);
  const used = FIELDS.some(field => choices[field] || problems[field]);
  return (
    <details open={used ? true : undefined}>
      <summary>{trans.__('More')}</summary>
      <div className="lb-Grid">
        <Text
          model={model}
          field="retries"
          label={trans.__('Retries')}
          placeholder="0"
          count={{ least: 0 }}
          hint={trans.__('Further attempts after a failed one.')}
        />
        <Text
          model={model}
          field="deadline"
          label={trans.__('Deadline')}
          placeholder={trans.__('none')}
          hint={trans.__('The longest it may run, such as 2h.')}
        />
        <Text
          model={model}
          field="model"
          label={trans.__('Model')}
          placeholder={standards.model ?? trans.__('that of the notebook')}
          hint={trans.__('The name of the model it leaves.')}
        />
        <Text
          model={model}
          field="secrets"
          label={trans.__('Secrets')}
          placeholder="API_TOKEN"
          hint={trans.__('Variables of the server to pass on; their values are not recorded.')}
        />
        <Lines
          model={model}
          field="env"
          label={trans.__('Variables')}
          placeholder="NAME=VALUE"
          hint={trans.__('For its environment, one in each line.')}
        />
      </div>
    </details>
  );
}
