import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import { longboatIcon } from '../../icons';
import { servicePageId } from '../../tokens';
import type { ILongboat } from '../../tokens';
import { Body } from './body';
import { ServiceModel } from './model';

/** The page of one service, in the main area. */
export class ServicePage extends MainAreaWidget<ReactWidget> {
  constructor(
    { client, live, trans }: ILongboat,
    readonly name: string,
    run: (command: string, args: object) => void
  ) {
    const model = new ServiceModel(client, live, name);
    const base = client.settings.baseUrl;
    super({
      content: ReactWidget.create(<Body model={model} trans={trans} run={run} base={base} />)
    });
    this._model = model;
    this.id = servicePageId(name);
    this.addClass('lb-ServicePage');
    this.toolbar.hide();
    this.title.icon = longboatIcon;
    this.title.label = name;
    this.title.closable = true;
    this.title.caption = trans.__('Service %1', name);
  }

  override dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  private readonly _model: ServiceModel;
}
