import * as React from 'react';

import { useEffect, useRef } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { Environment } from './environment';
import { Text } from './fields';
import type { SubmitModel } from './model';
import { More } from './more';
import { Parameters } from './parameters';
import { Replicas } from './replicas';
import { Saying } from './saying';
import { Travels } from './travels';
import { Where } from './where';

/** What each part of the form is given. */
export interface PartProps {
  readonly model: SubmitModel;
  readonly trans: TranslationBundle;
}

interface BodyProps extends PartProps {
  readonly submit: (rehearse: boolean) => void;
}

/** The form that makes a notebook a job. */
export function Body(props: BodyProps): React.JSX.Element {
  const { model, trans, submit } = props;
  const form = useRef<HTMLFormElement>(null);
  const { busy, standards } = useModel(model, each => each.view);
  useEffect(() => {
    if (!busy) {
      const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
      wrong?.closest('details')?.setAttribute('open', '');
      (wrong ?? form.current?.querySelector('input'))?.focus();
    }
  }, [busy]);
  return (
    <form
      ref={form}
      className="lb-Submit"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        submit(false);
      }}
    >
      <div className="lb-Submit-fields">
        <Title model={model} trans={trans} />
        <div className="lb-Grid">
          <Text
            model={model}
            field="name"
            label={trans.__('Name')}
            placeholder={standards.name ?? trans.__('that of the notebook')}
          />
          <Where model={model} trans={trans} />
        </div>
        <Parameters model={model} trans={trans} />
        <Replicas model={model} trans={trans} />
        <Travels model={model} trans={trans} />
        <Environment model={model} trans={trans} />
        <More model={model} trans={trans} />
        <Saying model={model} trans={trans} />
      </div>
      <Footer {...props} />
    </form>
  );
}

function Title({ model, trans }: PartProps): React.JSX.Element {
  const { path, again } = model.subject;
  if (!again) {
    return <h2>{trans.__('Train %1', file(path))}</h2>;
  }
  return (
    <>
      <h2>{trans.__('Run %1 again', again.asked.name)}</h2>
      <p className="lb-Hint">
        {trans.__('%1 and all files are as they were in job %2.', file(path), again.id)}
      </p>
    </>
  );
}

function Footer({ model, trans, submit }: BodyProps): React.JSX.Element {
  const { busy, general, problems } = useModel(model, each => each.view);
  const wrong = Object.values(problems).filter(each => each !== undefined).length;
  return (
    <footer>
      {general.length > 0 && (
        <div className="lb-General" role="alert">
          {general.map(line => (
            <p key={line}>{line}</p>
          ))}
        </div>
      )}
      <div className="lb-Buttons">
        <button type="submit" className="jp-mod-styled jp-mod-accept" disabled={busy}>
          {busy ? trans.__('Submitting…') : trans.__('Submit')}
        </button>
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          disabled={busy}
          title={trans.__('Try it in small, and list what is to mend')}
          onClick={() => submit(true)}
        >
          {trans.__('Rehearse')}
        </button>
        {wrong > 0 && (
          <span className="lb-Wrong">
            {trans._n('%1 field is to mend', '%1 fields are to mend', wrong, String(wrong))}
          </span>
        )}
      </div>
    </footer>
  );
}

const file = (path: string): string => path.split('/').pop() ?? path;
