import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { isElsewhere } from '../../model/form';
import type { PartProps } from './body';
import { Choice, Text } from './fields';
import type { SubmitModel } from './model';

/** What runs it: an interpreter of this machine, and packages beside what that has. */
export function Environment({ model, trans }: PartProps): React.JSX.Element {
  const { choices, problems, plan } = useModel(model, each => each.view);
  const here = !isElsewhere(choices);
  const used = Boolean(
    choices.requirements ||
    problems['requirements'] ||
    (here && (choices.kernel || problems['kernel']))
  );
  return (
    <details open={used ? true : undefined}>
      <summary>
        {here ? trans.__('Runs in %1', kernelLabel(model, trans)) : trans.__('Packages')}
      </summary>
      <div className="lb-Grid">
        {here && (
          <Choice
            model={model}
            field="kernel"
            label={trans.__('Kernel')}
            options={options(model, trans)}
            {...(plan?.spec.python ? { hint: plan.spec.python } : {})}
          />
        )}
        <Requirements model={model} trans={trans} />
      </div>
    </details>
  );
}

/** A file of them; of a job that runs once more, those of then, which stay. */
function Requirements({ model, trans }: PartProps): React.JSX.Element | null {
  const { again } = model.subject;
  if (!again) {
    return (
      <Text
        model={model}
        field="requirements"
        label={trans.__('Requirements')}
        placeholder="requirements.txt"
        hint={trans.__('Packages it needs beside; installed once.')}
      />
    );
  }
  const { requirements } = again.asked;
  return requirements.length ? (
    <div className="lb-Field">
      <span>{trans.__('Requirements')}</span>
      <ul className="lb-Files">
        {requirements.map(each => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </div>
  ) : null;
}

/** The notebook's own, and all others; one that was chosen and is gone is still named. */
function options(
  model: SubmitModel,
  trans: TranslationBundle
): readonly { value: string; label: string }[] {
  const { kernel } = model.view.choices;
  const own = model.subject.again ? trans.__('as it was') : trans.__('that of the notebook');
  const known = model.subject.kernels.map(({ name, label }) => ({ value: name, label }));
  const gone =
    kernel && !known.some(each => each.value === kernel) ? [{ value: kernel, label: kernel }] : [];
  return [{ value: '', label: own }, ...known, ...gone];
}

function kernelLabel(model: SubmitModel, trans: TranslationBundle): string {
  const { choices, notebook } = model.view;
  const name = choices.kernel || (notebook?.kernel ?? '');
  const found = model.subject.kernels.find(each => each.name === name);
  return found?.label ?? (name || trans.__('the Python of the server'));
}
