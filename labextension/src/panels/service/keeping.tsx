import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel, useNow } from '../../components/hooks';
import { inShort, pixelsIn } from '../../model/kept';
import type { Input } from '../../model/tryit';
import { ago } from '../../model/words';
import type { ServiceModel } from './model';
import { Pixels } from './pixels';

interface KeepingProps {
  readonly model: ServiceModel;
  readonly trans: TranslationBundle;
}

/** A button that keeps what was asked last, and what became of that. */
export function Keep({ model, trans }: KeepingProps): React.JSX.Element | null {
  const { asked, isPending } = useModel(model, each => each.view);
  const { last, problem } = useModel(model.kept, each => each.view);
  if (!asked && !problem) {
    return null;
  }
  const isKept = asked !== null && asked.instance === last;
  return (
    <div className="lb-Keep">
      <button
        type="button"
        className="lb-Small"
        disabled={!asked || isPending || isKept}
        onClick={() => asked && void model.kept.keep(asked.instance)}
      >
        {isKept ? trans.__('Kept') : trans.__('Keep this try')}
      </button>
      {problem && (
        <p className="lb-Problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** What was kept, the newest first; nothing while there is nothing. */
export function KeptTries({ model, trans }: KeepingProps): React.JSX.Element | null {
  const { tries } = useModel(model.kept, each => each.view);
  const { input } = useModel(model, each => each.view);
  const now = useNow();
  if (!tries.length) {
    return null;
  }
  return (
    <section className="lb-Job-part">
      <h2>{trans.__('Kept tries')}</h2>
      <p className="lb-Kept-why">
        {trans.__('Another version is asked these before the service switches to it.')}
      </p>
      <ul className="lb-Kept">
        {tries.map(each => (
          <li key={each.id}>
            <Instance instance={each.instance} input={input} trans={trans} />
            <span className="lb-Kept-answer">{inShort(each.answer)}</span>
            <span className="lb-Kept-when">
              {trans.__('version %1, %2', String(each.version), ago(each.kept, now, trans))}
            </span>
            <button
              type="button"
              className="lb-Small"
              aria-label={trans.__('Remove the try that gave %1', inShort(each.answer))}
              onClick={() => void model.kept.remove(each.id)}
            >
              {trans.__('Remove')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a model was asked: as a picture, or its JSON cut short. */
export function Instance(props: {
  instance: unknown;
  input: Input | null;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { instance, input, trans } = props;
  const pixels = input?.kind === 'image' ? pixelsIn(input, instance) : null;
  return input?.kind === 'image' && pixels ? (
    <Pixels pixels={pixels} side={input.side} label={trans.__('A kept picture')} />
  ) : (
    <code>{JSON.stringify(instance).slice(0, 40)}</code>
  );
}
