import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Signature as Signed, Tensor } from '../../model/tryit';
import { shapeWords } from '../../model/versions';

/** The tensors that a model takes and gives. */
export function Signature(props: {
  signature: Signed;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { signature, trans } = props;
  return (
    <div className="lb-Table">
      <table>
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{trans.__('Type')}</th>
            <th scope="col">{trans.__('Shape')}</th>
          </tr>
        </thead>
        <tbody>
          <Side word={trans.__('takes')} tensors={signature.inputs} />
          <Side word={trans.__('gives')} tensors={signature.outputs} />
        </tbody>
      </table>
    </div>
  );
}

function Side(props: {
  word: string;
  tensors: Readonly<Record<string, Tensor>>;
}): React.JSX.Element {
  return (
    <>
      {Object.entries(props.tensors).map(([name, tensor]) => (
        <tr key={name}>
          <td>{props.word}</td>
          <th scope="row">{name}</th>
          <td>{tensor.dtype}</td>
          <td>{shapeWords(tensor.shape)}</td>
        </tr>
      ))}
    </>
  );
}
