import * as React from 'react';

import { useModel } from '../../components/hooks';
import { isElsewhere, roles } from '../../model/form';
import type { PartProps } from './body';
import { Switch, Text, Warnings } from './fields';
import { Free } from './free';
import { Picture } from './picture';

/** How many replicas there are, as a picture, and what each of them gets. */
export function Replicas(props: PartProps): React.JSX.Element {
  return (
    <>
      <Counts {...props} />
      <Resources {...props} />
    </>
  );
}

function Counts({ model, trans }: PartProps): React.JSX.Element {
  const { choices } = useModel(model, each => each.view);
  const asked = roles(choices);
  return (
    <fieldset>
      <legend>{trans.__('Replicas')}</legend>
      <Picture roles={asked} trans={trans} />
      <div className="lb-Grid">
        <Text model={model} field="workers" label={trans.__('Workers')} count={{ least: 1 }} />
        <Text model={model} field="ps" label={trans.__('Parameter servers')} count={{ least: 0 }} />
        <Switch
          model={model}
          field="chief"
          label={trans.__('Chief')}
          forced={asked.ps > 0}
          hint={
            asked.ps > 0
              ? trans.__('Parameter servers bring one.')
              : trans.__('Leads in place of the first worker.')
          }
        />
        <Switch
          model={model}
          field="evaluator"
          label={trans.__('Evaluator')}
          hint={trans.__('Evaluates what the others save.')}
        />
      </div>
    </fieldset>
  );
}

function Resources({ model, trans }: PartProps): React.JSX.Element {
  const { choices, plan, standards } = useModel(model, each => each.view);
  const share = trans.__('a fair share');
  return (
    <fieldset>
      <legend>{trans.__('Each replica gets')}</legend>
      <div className="lb-Grid lb-mod-three">
        <Text
          model={model}
          field="cpu"
          label={trans.__('CPU cores')}
          placeholder={standards.cpu ?? share}
        />
        <Text
          model={model}
          field="memory"
          label={trans.__('Memory')}
          placeholder={standards.memory ?? share}
        />
        <Text
          model={model}
          field="gpu"
          label={trans.__('GPUs')}
          placeholder="0"
          count={{ least: 0 }}
        />
      </div>
      {!isElsewhere(choices) && <Free model={model} trans={trans} />}
      <Warnings lines={plan?.advice ?? []} />
    </fieldset>
  );
}
