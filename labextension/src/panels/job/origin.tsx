import * as React from 'react';

import { useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { sentence } from '../../api/failure';
import type { Receipt } from '../../api/receipt';
import { Copyable } from '../../components/copyable';

/** Distributions that say most of a result. */
const TELLING = ['tensorflow', 'keras', 'numpy', 'torch', 'jax'];

/** Where the job came from, read when somebody wants to know. */
export function Origin(props: {
  read: () => Promise<Receipt>;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { read, trans } = props;
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [problem, setProblem] = useState('');
  const look = async (): Promise<void> => {
    try {
      setReceipt(await read());
      setProblem('');
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <details
      className="lb-Job-part lb-Origin"
      onToggle={event => {
        if (event.currentTarget.open && !receipt) {
          void look();
        }
      }}
    >
      <summary>{trans.__('Where it comes from')}</summary>
      {problem && <p className="lb-Problem">{problem}</p>}
      {receipt && <Facts receipt={receipt} trans={trans} />}
    </details>
  );
}

function Facts(props: { receipt: Receipt; trans: TranslationBundle }): React.JSX.Element {
  const { receipt, trans } = props;
  return (
    <>
      <dl>
        {facts(receipt, trans)
          .filter(([, fact]) => fact)
          .map(([name, fact]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </div>
          ))}
      </dl>
      <Copyable
        title={trans.__('The receipt')}
        text={JSON.stringify(receipt, null, 2)}
        trans={trans}
      />
    </>
  );
}

function facts(receipt: Receipt, trans: TranslationBundle): [string, string][] {
  const { git, interpreter, parameters, env, secrets } = receipt;
  const count = Object.keys(receipt.files).length;
  return [
    [
      trans.__('Submitted'),
      trans.__('%1 by %2', new Date(receipt.when).toLocaleString(), receipt.who)
    ],
    [
      trans.__('Snapshot'),
      trans._n('%2, %1 file', '%2, %1 files', count, receipt.snapshot.slice(0, 12))
    ],
    [trans.__('Commit'), git ? commit(git, trans) : ''],
    [trans.__('Python'), interpreter ? versions(interpreter, trans) : ''],
    [
      trans.__('Parameters'),
      Object.entries(parameters)
        .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
        .join(', ')
    ],
    [trans.__('Environment'), env.join(', ')],
    [trans.__('Secrets'), secrets.join(', ')]
  ];
}

function commit(git: NonNullable<Receipt['git']>, trans: TranslationBundle): string {
  const short = git.commit.slice(0, 10);
  return git.dirty ? trans.__('%1, with changes that were not committed', short) : short;
}

function versions(of: NonNullable<Receipt['interpreter']>, trans: TranslationBundle): string {
  const known = Object.entries(of.distributions);
  const telling = known.filter(([name]) => TELLING.includes(name.toLowerCase()));
  const rest = known.length - telling.length;
  return [
    of.version,
    ...telling.map(([name, version]) => `${name} ${version}`),
    trans._n('%1 other package', '%1 other packages', rest)
  ].join(', ');
}
