import * as React from 'react';

import { useState } from 'react';

import { Copyable } from '../../components/copyable';
import { useModel } from '../../components/hooks';
import type { PartProps } from './body';

/** What is chosen, as one would say it elsewhere. */
export function Saying({ model, trans }: PartProps): React.JSX.Element {
  const plan = useModel(model, each => each.view.plan);
  const [chosen, choose] = useState('shell');
  const ways = [
    {
      name: 'shell',
      label: trans.__('Command line'),
      use: trans.__('For a terminal in the Lab’s folder'),
      text: plan?.shell
    },
    {
      name: 'python',
      label: trans.__('Python'),
      use: trans.__('For Python in the Lab’s folder'),
      text: plan?.python
    },
    {
      name: 'yaml',
      label: trans.__('YAML'),
      use: trans.__('What the cluster would be given'),
      text: plan?.yaml
    }
  ].filter(way => way.text);
  const shown = ways.find(way => way.name === chosen) ?? ways[0];
  return (
    <details>
      <summary>{trans.__('Show as')}</summary>
      {shown?.text ? (
        <>
          <div className="lb-Ways" role="group" aria-label={trans.__('Show as')}>
            {ways.map(way => (
              <button
                key={way.name}
                type="button"
                aria-pressed={way === shown}
                onClick={() => choose(way.name)}
              >
                {way.label}
              </button>
            ))}
          </div>
          <Copyable title={shown.use} text={shown.text} trans={trans} />
        </>
      ) : (
        <p className="lb-Hint">{trans.__('Mend what is marked, and it stands here.')}</p>
      )}
    </details>
  );
}
