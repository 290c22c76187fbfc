import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { bytes } from '../../model/words';
import { commands } from '../../tokens';
import type { JobModel } from './model';

/** What it wrote: the notebook with its outputs, and files to download. */
export function Left(props: {
  model: JobModel;
  trans: TranslationBundle;
  run: (command: string, args: object) => void;
}): React.JSX.Element | null {
  const { model, trans, run } = props;
  const left = useModel(model, each => each.view.left);
  if (!left || (!left.notebook && !left.files.length)) {
    return null;
  }
  return (
    <section className="lb-Job-part">
      <h2>{trans.__('What it wrote')}</h2>
      <ul className="lb-Files">
        {left.notebook && (
          <li>
            <button
              type="button"
              className="lb-Link"
              onClick={() => run(commands.openExecuted, { id: model.id })}
            >
              {trans.__('The executed notebook')}
            </button>
          </li>
        )}
        {left.files.map(file => (
          <li key={file.path}>
            <a className="lb-Link" href={model.file(file.path)} download>
              {file.path}
            </a>
            <span>{bytes(file.size)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
