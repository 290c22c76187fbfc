import * as React from 'react';

import { useId } from 'react';

import type { Choices, Field } from '../../model/form';
import { useModel } from '../../components/hooks';
import type { SubmitModel } from './model';

type TextField = { [F in Field]: Choices[F] extends string ? F : never }[Field];
type SwitchField = { [F in Field]: Choices[F] extends boolean ? F : never }[Field];

interface FieldProps<F extends Field> {
  readonly model: SubmitModel;
  readonly field: F;
  readonly label: string;
  /** What it means, or what happens when it is left empty. */
  readonly hint?: string;
}

/** A field for text or a count, with what is wrong with it below. */
export function Text(
  props: FieldProps<TextField> & { placeholder?: string; count?: { readonly least: number } }
): React.JSX.Element {
  const { model, field, label, hint, placeholder, count } = props;
  const { choices, problems } = useModel(model, each => each.view);
  const id = useId();
  const problem = problems[field];
  return (
    <div className="lb-Field" data-field={field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="jp-mod-styled"
        value={choices[field]}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        {...(count ? { type: 'number', min: count.least, step: 1 } : { type: 'text' })}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note`}
        onChange={event => model.set(field, event.target.value)}
      />
      <Note id={`${id}-note`} problem={problem} hint={hint} />
    </div>
  );
}

/** A field that is on or off. */
export function Switch(props: FieldProps<SwitchField> & { forced?: boolean }): React.JSX.Element {
  const { model, field, label, hint, forced } = props;
  const { choices, problems } = useModel(model, each => each.view);
  const id = useId();
  return (
    <div className="lb-Field lb-Switch" data-field={field}>
      <label>
        <input
          type="checkbox"
          checked={forced || choices[field]}
          disabled={forced}
          aria-invalid={problems[field] !== undefined}
          aria-describedby={`${id}-note`}
          onChange={event => model.set(field, event.target.checked)}
        />
        {label}
      </label>
      <Note id={`${id}-note`} problem={problems[field]} hint={hint} />
    </div>
  );
}

function Note(props: {
  id: string;
  problem: string | undefined;
  hint: string | undefined;
}): React.JSX.Element {
  const { id, problem, hint } = props;
  return problem ? (
    <p id={id} className="lb-Problem" role="alert">
      {problem}
    </p>
  ) : (
    <p id={id} className="lb-Hint">
      {hint}
    </p>
  );
}
