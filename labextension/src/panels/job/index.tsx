import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';

import { longboatIcon } from '../../icons';
import { jobPageId } from '../../tokens';
import type { ILongboat } from '../../tokens';
import { Body } from './body';
import { JobModel, mayGrow } from './model';

/** Milliseconds between looks at the logs of a job that runs, while its page is seen. */
const LOOK = 1000;

/** The page of one job, in the main area. */
export class JobPage extends MainAreaWidget<ReactWidget> {
  constructor(
    { client, live, trans }: ILongboat,
    readonly jobId: string,
    run: (command: string, args: object) => void
  ) {
    const model = new JobModel(client, live, jobId);
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
    // The socket tells of states and not of what is printed.
    this._poll = new Poll({
      name: `longboat:logs-${jobId}`,
      frequency: { interval: LOOK, backoff: true, max: 30_000 },
      standby: () => document.hidden || !this.isVisible || !mayGrow(model.view.job),
      factory: () => model.pull()
    });
  }

  override dispose(): void {
    this._poll.dispose();
    this._model.dispose();
    super.dispose();
  }

  private entitle(): void {
    this.title.label = this._model.view.job?.name ?? this.jobId;
  }

  private readonly _model: JobModel;
  private readonly _poll: Poll;
}
