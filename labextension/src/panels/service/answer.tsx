import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { figure } from '../../model/words';
import type { ServiceModel } from './model';

/** What the model answers: bars where it is a list of numbers. */
export function Answer(props: {
  model: ServiceModel;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { model, trans } = props;
  const { bars, answer, refusal } = useModel(model, each => each.view);
  const best = bars.find(bar => bar.best);
  return (
    <div className="lb-Answer" aria-live="polite">
      {refusal && (
        <p className="lb-General" role="alert">
          {refusal}
        </p>
      )}
      {best && <p className="lb-Answer-best">{best.label}</p>}
      {bars.length > 0 && (
        <ol className="lb-Bars" aria-label={trans.__('Answer')}>
          {bars.map(bar => (
            <li key={bar.label} data-best={bar.best}>
              <span className="lb-Bars-label">{bar.label}</span>
              <span className="lb-Bars-track">
                <span style={{ width: `${Math.round(bar.length * 100)}%` }} />
              </span>
              <span className="lb-Bars-value">{figure(Number(bar.value.toFixed(3)))}</span>
            </li>
          ))}
        </ol>
      )}
      {answer && <pre>{answer}</pre>}
    </div>
  );
}
