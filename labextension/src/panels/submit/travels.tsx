import * as React from 'react';

import { useModel } from '../../components/hooks';
import { bytes } from '../../model/words';
import type { PartProps } from './body';
import { Lines, Warnings } from './fields';

/** The files that go along, with their sizes, and what is to be said of them. */
export function Travels({ model, trans }: PartProps): React.JSX.Element {
  const { travels, choices, problems } = useModel(model, each => each.view);
  const words = travels
    ? trans._n('%1 file travels, %2', '%1 files travel, %2', travels.count, bytes(travels.size))
    : trans.__('Files that travel');
  const rest = travels ? travels.count - travels.files.length : 0;
  return (
    <>
      <Warnings lines={travels?.warnings ?? []} />
      <details open={problems['files'] || choices.files ? true : undefined}>
        <summary>{words}</summary>
        {travels && (
          <ul className="lb-Files">
            {travels.files.map(file => (
              <li key={file.path}>
                <span>{file.path}</span>
                <span>{bytes(file.size)}</span>
              </li>
            ))}
            {rest > 0 && <li>{trans.__('and %1 more', String(rest))}</li>}
          </ul>
        )}
        {!model.subject.again && (
          <Lines
            model={model}
            field="files"
            label={trans.__('More files')}
            placeholder="data/**/*.csv"
            hint={trans.__('Patterns of files beside the notebook, one in each line.')}
          />
        )}
      </details>
    </>
  );
}
