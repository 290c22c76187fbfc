import * as React from 'react';

import type { Model } from '../../api/wire';
import { modelKey } from '../../api/wire';
import { Empty, IconButton } from '../../components/parts';
import { useModel, useNow } from '../../components/hooks';
import { deployIcon } from '../../icons';
import { ago, metricsWords } from '../../model/words';
import { commands } from '../../tokens';
import type { SidebarProps } from './model';

/** The newest version of each model. */
export function Models({ longboat, run }: SidebarProps): React.JSX.Element {
  const { trans, live } = longboat;
  const { models, empty } = useModel(live, each => each.picture);
  const now = useNow();
  if (empty || !models.length) {
    return (
      <Empty>
        {empty
          ? trans.__('Waiting for the server…')
          : trans.__(
              'No models yet. A job leaves one when its notebook exports to longboat.model_dir().'
            )}
      </Empty>
    );
  }
  return (
    <ul className="lb-List">
      {models.map(model => (
        <Row key={modelKey(model)} model={model} now={now} longboat={longboat} run={run} />
      ))}
    </ul>
  );
}

function Row(props: SidebarProps & { model: Model; now: number }): React.JSX.Element {
  const { model, now, run } = props;
  const { trans } = props.longboat;
  const key = modelKey(model);
  const { name } = model;
  return (
    <li className="lb-Row">
      <button
        type="button"
        className="lb-Row-main"
        title={trans.__('Open model %1', name)}
        onClick={() => run(commands.openModel, { name })}
      >
        <span className="lb-Row-line">
          <span className="lb-Row-name">{name}</span>
          <span className="lb-Tag">{trans.__('version %1', String(model.version))}</span>
        </span>
        <span className="lb-Row-detail">
          <span className="lb-Row-words">{metricsWords(model.metrics)}</span>
          {model.created !== null && (
            <span className="lb-Row-age">{ago(model.created, now, trans)}</span>
          )}
        </span>
      </button>
      <IconButton
        icon={deployIcon}
        label={trans.__('Deploy %1', key)}
        onClick={() => run(commands.deploy, { model: key })}
      />
    </li>
  );
}
