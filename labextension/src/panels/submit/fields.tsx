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

interface FrameProps {
  /** Such as `workers`, `parameters.lr`. */
  readonly field: string;
  readonly label: string;
  readonly problem: string | undefined;
  readonly hint?: string | undefined;
  readonly wide?: boolean;
  readonly children: (props: InputProps) => React.ReactNode;
}

/** What an input has to say for its label and its note. */
export interface InputProps {
  readonly id: string;
  readonly className: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

/** A label, an input, and below it what is wrong or what it means. */
export function Frame(props: FrameProps): React.JSX.Element {
  const { field, label, problem, hint, wide, children } = props;
  const id = useId();
  return (
    <div className={wide ? 'lb-Field lb-mod-wide' : 'lb-Field'} data-field={field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: 'jp-mod-styled',
        'aria-invalid': problem !== undefined,
        'aria-describedby': `${id}-note`
      })}
      <Note id={`${id}-note`} problem={problem} hint={hint} />
    </div>
  );
}

/** How text and counts are typed: neither mended nor remembered by the browser. */
export const typed = (count?: { readonly least: number }): React.InputHTMLAttributes<unknown> => ({
  spellCheck: false,
  autoComplete: 'off',
  ...(count ? { type: 'number', min: count.least, step: 1 } : { type: 'text' })
});

/** A field for text or a count. */
export function Text(
  props: FieldProps<TextField> & {
    placeholder?: string;
    count?: { readonly least: number };
    wide?: boolean;
  }
): React.JSX.Element {
  const { model, field, placeholder, count } = props;
  const { choices, problems } = useModel(model, each => each.view);
  return (
    <Frame {...props} problem={problems[field]}>
      {input => (
        <input
          {...input}
          {...typed(count)}
          value={choices[field]}
          placeholder={placeholder}
          onChange={event => model.set(field, event.target.value)}
        />
      )}
    </Frame>
  );
}

/** A field for several lines. */
export function Lines(props: FieldProps<TextField> & { placeholder?: string }): React.JSX.Element {
  const { model, field, placeholder } = props;
  const { choices, problems } = useModel(model, each => each.view);
  const rows = Math.min(6, Math.max(2, choices[field].split('\n').length));
  return (
    <Frame {...props} problem={problems[field]} wide>
      {input => (
        <textarea
          {...input}
          rows={rows}
          spellCheck={false}
          value={choices[field]}
          placeholder={placeholder}
          onChange={event => model.set(field, event.target.value)}
        />
      )}
    </Frame>
  );
}

/** A field for one of a few. */
export function Choice(
  props: FieldProps<TextField> & { options: readonly { value: string; label: string }[] }
): React.JSX.Element {
  const { model, field, options } = props;
  const { choices, problems } = useModel(model, each => each.view);
  return (
    <Frame {...props} problem={problems[field]}>
      {input => (
        <select
          {...input}
          value={choices[field]}
          onChange={event => model.set(field, event.target.value)}
        >
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Frame>
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

/** What is nothing in the way, and to be known. */
export function Warnings({ lines }: { lines: readonly string[] }): React.JSX.Element {
  return (
    <>
      {lines.map(line => (
        <p key={line} className="lb-Warning">
          {line}
        </p>
      ))}
    </>
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
