import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import { longboatIcon } from '../../icons';
import { modelPageId } from '../../tokens';
import type { ILongboat } from '../../tokens';
import { Body } from './body';
import { ModelModel } from './model';

/** The page of one model, in the main area. */
export class ModelPage extends MainAreaWidget<ReactWidget> {
  constructor(
    { client, live, trans }: ILongboat,
    readonly name: string,
    run: (command: string, args: object) => void
  ) {
    const model = new ModelModel(client, live, name);
    super({ content: ReactWidget.create(<Body model={model} trans={trans} run={run} />) });
    this._model = model;
    this.id = modelPageId(name);
    this.addClass('lb-ModelPage');
    this.toolbar.hide();
    this.title.icon = longboatIcon;
    this.title.label = name;
    this.title.closable = true;
    this.title.caption = trans.__('Model %1', name);
  }

  override dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  private readonly _model: ModelModel;
}
