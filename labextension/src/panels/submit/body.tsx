import * as React from 'react';

import { useEffect, useRef } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { roles } from '../../model/form';
import { Switch, Text } from './fields';
import { Free } from './free';
import type { SubmitModel } from './model';
import { Picture } from './picture';

interface BodyProps {
  readonly model: SubmitModel;
  readonly trans: TranslationBundle;
  readonly submit: (rehearse: boolean) => void;
}

/** The form that makes a notebook a job. */
export function Body(props: BodyProps): React.JSX.Element {
  const { model, trans, submit } = props;
  const form = useRef<HTMLFormElement>(null);
  const { busy } = useModel(model, each => each.view);
  useEffect(() => {
    if (!busy) {
      const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
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
        <h2>{trans.__('Train %1', file(model.subject.path))}</h2>
        <Text
          model={model}
          field="name"
          label={trans.__('Name')}
          placeholder={trans.__('that of the notebook')}
        />
        <Replicas model={model} trans={trans} />
        <Resources model={model} trans={trans} />
        <More model={model} trans={trans} />
      </div>
      <Footer {...props} />
    </form>
  );
}

type PartProps = Pick<BodyProps, 'model' | 'trans'>;

function Replicas({ model, trans }: PartProps): React.JSX.Element {
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
  const share = trans.__('a fair share');
  return (
    <fieldset>
      <legend>{trans.__('Each replica gets')}</legend>
      <div className="lb-Grid lb-mod-three">
        <Text model={model} field="cpu" label={trans.__('CPU cores')} placeholder={share} />
        <Text model={model} field="memory" label={trans.__('Memory')} placeholder={share} />
        <Text
          model={model}
          field="gpu"
          label={trans.__('GPUs')}
          placeholder="0"
          count={{ least: 0 }}
        />
      </div>
      <Free model={model} trans={trans} />
    </fieldset>
  );
}

function More({ model, trans }: PartProps): React.JSX.Element {
  const { choices, problems } = useModel(model, each => each.view);
  const used = choices.retries || choices.deadline || problems.retries || problems.deadline;
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
      </div>
    </details>
  );
}

function Footer({ model, trans, submit }: BodyProps): React.JSX.Element {
  const { busy, general } = useModel(model, each => each.view);
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
      </div>
    </footer>
  );
}

const file = (path: string): string => path.split('/').pop() ?? path;
