import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Parameter } from '../../api/wire';
import { useModel } from '../../components/hooks';
import { defaultText, keyboardOf } from '../../model/parameter';
import type { PartProps } from './body';
import { Frame, Lines, typed } from './fields';
import type { InputProps } from './fields';

/** A field for each parameter that the notebook declares, empty as long as its own value counts. */
export function Parameters({ model, trans }: PartProps): React.JSX.Element | null {
  const { notebook, parameters, problems } = useModel(model, each => each.view);
  const declared = notebook?.parameters ?? [];
  if (!declared.length && !notebook?.open) {
    return null;
  }
  return (
    <fieldset>
      <legend>{trans.__('Parameters')}</legend>
      <div className="lb-Grid lb-mod-three">
        {declared.map(parameter => (
          <Frame
            key={parameter.name}
            field={`parameters.${parameter.name}`}
            label={parameter.name}
            problem={problems[`parameters.${parameter.name}`]}
          >
            {input => (
              <Value
                parameter={parameter}
                value={parameters[parameter.name] ?? ''}
                input={input}
                trans={trans}
                onChange={value => model.setParameter(parameter.name, value)}
              />
            )}
          </Frame>
        ))}
        {notebook?.open && (
          <Lines
            model={model}
            field="others"
            label={trans.__('Other parameters')}
            placeholder="NAME=VALUE"
            hint={trans.__('The notebook takes any, one in each line.')}
          />
        )}
      </div>
    </fieldset>
  );
}

function Value(props: {
  parameter: Parameter;
  value: string;
  input: InputProps;
  trans: TranslationBundle;
  onChange: (value: string) => void;
}): React.JSX.Element {
  const { parameter, value, input, trans, onChange } = props;
  const standard = defaultText(parameter) || unwritten(parameter, trans);
  if (parameter.kind === 'switch') {
    const other = parameter.default ? 'false' : 'true';
    const remembered = value !== '' && value !== other ? [value] : [];
    return (
      <select {...input} value={value} onChange={event => onChange(event.target.value)}>
        <option value="">{standard}</option>
        {[other, ...remembered].map(each => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...input}
      {...typed()}
      inputMode={keyboardOf(parameter)}
      value={value}
      placeholder={standard}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** What stands for a default that is empty, or that only running the notebook tells. */
function unwritten({ kind }: Parameter, trans: TranslationBundle): string {
  return kind === 'computed' ? trans.__('as computed') : trans.__('empty');
}
