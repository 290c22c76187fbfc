import * as React from 'react';

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import type { Client } from '../../api/client';
import type { Job, Place } from '../../api/wire';
import { longboatIcon } from '../../icons';
import type { ILongboat } from '../../tokens';
import { readPlace } from '../../api/place';
import { readNotebook, readPlan } from '../../api/plan';
import { planAgain, readAsked } from '../../api/again';
import { runAgain, submitJob } from '../../api/jobs';
import { Body } from './body';
import { SubmitModel } from './model';
import type { Desk, Subject } from './model';

/** The submit panel of one notebook, or of a job once more; `submitted` is told the job. */
export function createSubmitPanel(
  { client, trans }: ILongboat,
  subject: Subject,
  submitted: (job: Job) => void
): MainAreaWidget<ReactWidget> {
  const model = new SubmitModel(subject, deskOf(client, subject.again?.id));
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
  panel.title.label = subject.again ? trans.__('Again') : trans.__('Train');
  panel.title.caption = subject.path;
  panel.title.icon = longboatIcon;
  panel.title.closable = true;
  panel.disposed.connect(() => model.dispose());
  void model.look();
  return panel;
}

/** Whom a form asks: of a notebook, or of a job that is to run once more. */
function deskOf(client: Client, job: string | undefined): Desk {
  const place = (): Promise<Place> => readPlace(client);
  if (job !== undefined) {
    return {
      place,
      submit: changes => runAgain(client, job, changes),
      notebook: async () => (await readAsked(client, job)).notebook,
      plan: changes => planAgain(client, job, changes)
    };
  }
  return {
    place,
    submit: request => submitJob(client, request),
    notebook: path => readNotebook(client, path),
    plan: request => readPlan(client, request)
  };
}
