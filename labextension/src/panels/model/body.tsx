import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ModelDetails, ModelVersion } from '../../api/wire';
import { useModel } from '../../components/hooks';
import { Empty } from '../../components/parts';
import { metricNames } from '../../model/versions';
import type { ModelModel } from './model';
import { Signature } from './signature';
import { Versions } from './versions';

/** Runs a command of the Lab. */
export type Run = (command: string, args: object) => void;

interface BodyProps {
  readonly model: ModelModel;
  readonly trans: TranslationBundle;
  readonly run: Run;
}

/** A model: its versions side by side, what the newest takes, and where each comes from. */
export function Body({ model, trans, run }: BodyProps): React.JSX.Element {
  const { details, problem } = useModel(model, each => each.view);
  const [newest] = details?.versions ?? [];
  if (!details || !newest) {
    return <Empty>{problem || trans.__('Waiting for the server…')}</Empty>;
  }
  return (
    <div className="lb-Job lb-Model">
      <header className="lb-Job-header">
        <div className="lb-Job-title">
          <h1>{details.name}</h1>
          <span className="lb-Tag">{trans.__('version %1', String(newest.version))}</span>
        </div>
      </header>
      <section className="lb-Job-part">
        <h2>{trans.__('Versions')}</h2>
        <Versions
          details={details}
          metrics={metricNames(details.versions)}
          trans={trans}
          run={run}
        />
      </section>
      {newest.signature && (
        <section className="lb-Job-part">
          <h2>{trans.__('What version %1 takes and gives', String(newest.version))}</h2>
          <Signature signature={newest.signature} trans={trans} />
        </section>
      )}
      <section className="lb-Job-part">
        <h2>{trans.__('Where they come from')}</h2>
        <Origins details={details} trans={trans} />
      </section>
    </div>
  );
}

function Origins(props: { details: ModelDetails; trans: TranslationBundle }): React.JSX.Element {
  const { details, trans } = props;
  return (
    <ul className="lb-Origins">
      {details.versions.map(version => (
        <li key={version.version}>
          <strong>{trans.__('Version %1', String(version.version))}</strong>
          <span>{origin(version, trans)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What a version was made from, in words. */
function origin({ lineage }: ModelVersion, trans: TranslationBundle): string {
  if (!lineage) {
    return trans.__('Made outside Longboat.');
  }
  const values = Object.entries(lineage.parameters ?? {}).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`
  );
  const parts = [trans.__('From %1', lineage.entry ?? '?')];
  if (values.length) {
    parts.push(trans.__('with %1', values.join(', ')));
  }
  if (lineage.commit) {
    parts.push(trans.__('at commit %1', lineage.commit.slice(0, 10)));
  }
  if (lineage.snapshot) {
    parts.push(trans.__('snapshot %1', lineage.snapshot.slice(0, 12)));
  }
  if (lineage.who) {
    parts.push(trans.__('by %1', lineage.who));
  }
  return `${parts.join(', ')}.`;
}
