import * as React from 'react';

import { useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

/** A text under its title, with a button that copies it. */
export function Copyable(props: {
  title: string;
  text: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { title, text, trans } = props;
  const [copied, setCopied] = useState('');
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  return (
    <figure className="lb-Copyable">
      <figcaption>
        {title}
        <button type="button" onClick={() => void copy()}>
          {copied === text ? trans.__('Copied') : trans.__('Copy')}
        </button>
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}
