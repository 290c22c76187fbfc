import * as React from 'react';

import { useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ServiceModel } from './model';

/** A field for each of a few numbers. */
export function Row(props: {
  length: number;
  model: ServiceModel;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { length, model, trans } = props;
  const [values, setValues] = useState<readonly string[]>(() => Array<string>(length).fill('0'));
  const change = (at: number, text: string): void =>
    setValues(values.map((value, number) => (number === at ? text : value)));
  return (
    <form
      className="lb-Written"
      onSubmit={event => {
        event.preventDefault();
        void model.ask(values.map(Number));
      }}
    >
      <div className="lb-Grid lb-mod-three">
        {values.map((value, at) => (
          <label key={at}>
            {String(at)}
            <input
              className="jp-mod-styled"
              type="number"
              step="any"
              required
              value={value}
              onChange={event => change(at, event.target.value)}
            />
          </label>
        ))}
      </div>
      <Ask trans={trans} />
    </form>
  );
}

/** An instance as JSON. */
export function Json(props: {
  example: string;
  model: ServiceModel;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { example, model, trans } = props;
  const [text, setText] = useState(example);
  const [wrong, setWrong] = useState('');
  return (
    <form
      className="lb-Written"
      onSubmit={event => {
        event.preventDefault();
        try {
          void model.ask(JSON.parse(text));
          setWrong('');
        } catch (error) {
          setWrong(trans.__('This is not JSON: %1.', String(error)));
        }
      }}
    >
      <label>
        {trans.__('One instance, as JSON')}
        <textarea
          className="jp-mod-styled"
          rows={8}
          spellCheck={false}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </label>
      {wrong && (
        <p className="lb-General" role="alert">
          {wrong}
        </p>
      )}
      <Ask trans={trans} />
    </form>
  );
}

function Ask({ trans }: { trans: TranslationBundle }): React.JSX.Element {
  return (
    <button type="submit" className="jp-mod-styled jp-mod-accept">
      {trans.__('Ask')}
    </button>
  );
}
