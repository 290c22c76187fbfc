import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import type { Job } from '../../api/wire';
import { longboatIcon } from '../../icons';
import type { ILongboat } from '../../tokens';
import { readPlace } from '../../api/place';
import { readNotebook, readPlan } from '../../api/plan';
import { submitJob } from '../../api/jobs';
import { Body } from './body';
import { SubmitModel } from './model';
import type { Subject } from './model';

/** The submit panel of one notebook; `submitted` is told the job. */
export function createSubmitPanel(
  { client, trans }: ILongboat,
  subject: Subject,
  submitted: (job: Job) => void
): MainAreaWidget<ReactWidget> {
  const model = new SubmitModel(subject, {
    submit: request => submitJob(client, request),
    place: () => readPlace(client),
    notebook: path => readNotebook(client, path),
    plan: request => readPlan(client, request)
  });
  const submit = async (rehearse: boolean): Promise<void> => {
    const job = await model.submit(rehearse);
    if (job) {
      submitted(job);
    }
  };
  const content = ReactWidget.create(
    <Body model={model} trans={trans} submit={rehearse => void submit(rehearse)} />
  );
  content.addClass('lb-SubmitPanel');
  const panel = new MainAreaWidget({ content });
  panel.toolbar.hide();
  panel.title.label = trans.__('Train');
  panel.title.caption = subject.path;
  panel.title.icon = longboatIcon;
  panel.title.closable = true;
  panel.disposed.connect(() => model.dispose());
  void model.look();
  return panel;
}
