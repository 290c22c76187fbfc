import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { TryDifference, Verdict } from '../../api/tries';
import { useModel } from '../../components/hooks';
import { changed, inShort } from '../../model/kept';
import { Instance } from './keeping';
import type { Replay } from './kept';
import type { ServiceModel } from './model';

interface ReplayProps {
  readonly model: ServiceModel;
  readonly trans: TranslationBundle;
  /** Have the version answer. */
  readonly onSwitch: (version: number) => void;
}

/** Before another version answers: what it says to what was kept, and whether to switch. */
export function Comparison({ model, trans, onSwitch }: ReplayProps): React.JSX.Element | null {
  const { replay } = useModel(model.kept, each => each.view);
  if (!replay) {
    return null;
  }
  const title = trans.__('Before version %1 answers', String(replay.version));
  return (
    <section className="lb-Job-part lb-Comparison" aria-label={title}>
      <h2>{title}</h2>
      <p role="status">{wordsOf(replay, trans)}</p>
      {replay.differences && replay.differences.length > 0 && (
        <Differences model={model} found={replay.differences} trans={trans} />
      )}
      <div className="lb-Comparison-buttons">
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept"
          disabled={!replay.differences}
          onClick={() => {
            model.kept.leave();
            onSwitch(replay.version);
          }}
        >
          {trans.__('Switch')}
        </button>
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          onClick={() => model.kept.leave()}
        >
          {trans.__('Cancel')}
        </button>
      </div>
    </section>
  );
}

function wordsOf({ version, differences, problem }: Replay, trans: TranslationBundle): string {
  if (problem) {
    return trans.__('It could not be asked what was kept. %1', problem);
  }
  if (!differences) {
    return trans.__(
      'Version %1 is being loaded and asked what was kept; the service goes on meanwhile.',
      String(version)
    );
  }
  const other = changed(differences);
  return other
    ? trans.__(
        'It answers otherwise to %1 of %2 kept tries.',
        String(other),
        String(differences.length)
      )
    : trans.__('It answers none of %1 kept tries otherwise.', String(differences.length));
}

function Differences(props: {
  model: ServiceModel;
  found: readonly TryDifference[];
  trans: TranslationBundle;
}): React.JSX.Element {
  const { model, found, trans } = props;
  const { input } = useModel(model, each => each.view);
  return (
    <div className="lb-Table">
      <table>
        <thead>
          <tr>
            {[trans.__('Asked'), trans.__('Answer then'), trans.__('Answer now'), ''].map(name =>
              name ? (
                <th key={name} scope="col">
                  {name}
                </th>
              ) : (
                <td key={name} />
              )
            )}
          </tr>
        </thead>
        <tbody>
          {found.map(each => (
            <tr key={each.id} data-verdict={each.verdict}>
              <td>
                <Instance instance={each.instance} input={input} trans={trans} />
              </td>
              <td>{inShort(each.then)}</td>
              <td>{inShort(each.now)}</td>
              <td className="lb-Verdict">{verdictWord(each.verdict, trans)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function verdictWord(verdict: Verdict, trans: TranslationBundle): string {
  switch (verdict) {
    case 'same':
      return trans.__('the same');
    case 'same-class':
      return trans.__('the same class');
    case 'other':
      return trans.__('another answer');
    case 'refused':
      return trans.__('refused');
  }
}
