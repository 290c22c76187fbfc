import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useModel } from '../../components/hooks';
import { bytes, figure } from '../../model/words';
import type { SubmitModel } from './model';

/** What is free on this machine now; nothing where nobody knows. */
export function Free(props: {
  model: SubmitModel;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { trans } = props;
  const place = useModel(props.model, model => model.view.place);
  const parts = [];
  if (place?.cpu) {
    parts.push(trans.__('%1 of %2 cores', figure(place.cpu.free), figure(place.cpu.total)));
  }
  if (place?.memory) {
    parts.push(trans.__('%1 of %2', bytes(place.memory.free), bytes(place.memory.total)));
  }
  if (place?.gpu && place.gpu.total > 0) {
    parts.push(trans.__('%1 of %2 GPUs', String(place.gpu.free), String(place.gpu.total)));
  }
  return parts.length ? (
    <p className="lb-Hint">{trans.__('Free now: %1.', parts.join(', '))}</p>
  ) : null;
}
