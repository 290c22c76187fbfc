import * as React from 'react';

import { useModel } from '../../components/hooks';
import { isElsewhere } from '../../model/form';
import type { PartProps } from './body';
import { Choice, Text, Warnings } from './fields';

/** Where it runs: a choice only where there is one. */
export function Where({ model, trans }: PartProps): React.JSX.Element | null {
  const { choices, place } = useModel(model, each => each.view);
  const clusters = (place?.backends ?? []).filter(name => name !== 'local');
  const known = clusters.includes(choices.on) || !isElsewhere(choices);
  const names = known ? clusters : [...clusters, choices.on];
  if (!names.length && !place?.mistake) {
    return null;
  }
  const options = names.map(name => ({ value: name, label: name }));
  return (
    <>
      <Choice
        model={model}
        field="on"
        label={trans.__('Runs on')}
        options={[{ value: '', label: trans.__('this machine') }, ...options]}
      />
      {place?.mistake && (
        <div className="lb-Field lb-mod-wide">
          <Warnings lines={[place.mistake]} />
        </div>
      )}
      {isElsewhere(choices) && (
        <>
          <Text
            model={model}
            field="image"
            label={trans.__('Image')}
            placeholder={trans.__('that of the cluster')}
          />
          <Text
            model={model}
            field="volume"
            label={trans.__('Volume')}
            placeholder={trans.__('that of the cluster')}
            hint={trans.__('A claim that its replicas share.')}
          />
        </>
      )}
    </>
  );
}
