import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import { longboatIcon } from '../../icons';
import { jobPageId } from '../../tokens';
import type { ILongboat } from '../../tokens';
import { Body } from './body';
import { JobModel } from './model';

/** The page of one job, in the main area. */
export class JobPage extends MainAreaWidget<ReactWidget> {
  constructor(
    { client, live, logs, trans }: ILongboat,
    readonly jobId: string,
    run: (command: string, args: object) => void
  ) {
    const model = new JobModel(client, live, logs, jobId);
    super({
      content: ReactWidget.create(<Body model={model} live={live} trans={trans} run={run} />)
    });
    this._model = model;
    this.id = jobPageId(jobId);
    this.addClass('lb-JobPage');
    this.toolbar.hide();
    this.title.icon = longboatIcon;
    this.title.closable = true;
    this.title.caption = trans.__('Job %1', jobId);
    model.changed.connect(this.entitle, this);
    this.entitle();
  }

  override dispose(): void {
    this._model.dispose();
    super.dispose();
  }

  private entitle(): void {
    this.title.label = this._model.view.job?.name ?? this.jobId;
  }

  private readonly _model: JobModel;
}
