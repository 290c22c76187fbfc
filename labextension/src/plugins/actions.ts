import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { sentence } from '../api/failure';
import { removeJob, runAgain, stopJob } from '../api/jobs';
import { deploy, undeploy } from '../api/services';
import { commands, ILongboat } from '../tokens';

/** What can be done to a job, a model or a service, as commands that every panel runs. */
export const actions: JupyterFrontEndPlugin<void> = {
  id: 'longboat:actions',
  description: 'Stop, run again and remove jobs; deploy and undeploy models.',
  autoStart: true,
  requires: [ILongboat],
  activate: (app, longboat: ILongboat) => {
    addJobActions(app, longboat);
    addServiceActions(app, longboat);
  }
};

function addJobActions(app: JupyterFrontEnd, { client, live, trans }: ILongboat): void {
  const named = (id: string): string => live.job(id)?.name ?? id;
  add(app, commands.stopJob, trans.__('Stop Job'), async args => {
    const id = String(args['id']);
    if (
      await sure(
        trans.__('Stop %1?', named(id)),
        trans.__('What it has written so far is kept.'),
        trans.__('Stop')
      )
    ) {
      await stopJob(client, id);
    }
  });
  add(app, commands.runAgain, trans.__('Run Job Again'), async args => {
    const job = await runAgain(client, String(args['id']));
    await app.commands.execute(commands.openJob, { id: job.id });
  });
  add(app, commands.removeJob, trans.__('Remove Job'), async args => {
    const id = String(args['id']);
    if (
      await sure(
        trans.__('Remove %1?', named(id)),
        trans.__('Its logs and outputs are deleted; models that it left stay.'),
        trans.__('Remove')
      )
    ) {
      await removeJob(client, id);
    }
  });

  async function sure(title: string, body: string, label: string): Promise<boolean> {
    const buttons = [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label })
    ];
    return (await showDialog({ title, body, buttons })).button.accept;
  }
}

function addServiceActions(app: JupyterFrontEnd, { client, trans }: ILongboat): void {
  add(app, commands.deploy, trans.__('Deploy Model'), async args => {
    const service = await deploy(client, String(args['model']));
    await app.commands.execute(commands.openService, { name: service.name });
  });
  add(app, commands.undeploy, trans.__('Undeploy Service'), async args => {
    await undeploy(client, String(args['name']));
  });
}

/** Add a command whose failure a person is told in a sentence. */
function add(
  app: JupyterFrontEnd,
  id: string,
  label: string,
  run: (args: ReadonlyPartialJSONObject) => Promise<void>
): void {
  app.commands.addCommand(id, {
    label,
    execute: async args => {
      try {
        await run(args);
      } catch (error) {
        Notification.error(sentence(error));
      }
    },
    describedBy: {
      args: {
        type: 'object',
        properties: { id: { type: 'string' }, model: { type: 'string' }, name: { type: 'string' } }
      }
    }
  });
}
