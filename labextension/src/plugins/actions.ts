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
  const idOf = (args: ReadonlyPartialJSONObject): string => jobOf(app, args);
  add(app, commands.stopJob, trans.__('Stop Job'), async args => {
    const id = idOf(args);
    const kept = trans.__('What it has written so far is kept.');
    if (await sure(trans.__('Stop %1?', named(id)), kept, trans.__('Stop'))) {
      await stopJob(client, id);
    }
  });
  add(app, commands.runAgain, trans.__('Run Job Again'), async args => {
    const { memory } = args;
    const job = await runAgain(client, idOf(args), memory === undefined ? {} : { memory });
    await app.commands.execute(commands.openJob, { id: job.id });
  });
  const gone = trans.__('Their logs and outputs are deleted; models that they left stay.');
  add(app, commands.removeJob, trans.__('Remove Job'), async args => {
    const id = idOf(args);
    if (await sure(trans.__('Remove %1?', named(id)), gone, trans.__('Remove'))) {
      await removeJob(client, id);
    }
  });
  add(app, commands.removeJobs, trans.__('Remove Jobs'), async args => {
    const ids = Array.isArray(args['ids']) ? args['ids'].map(String) : [];
    const title = trans._n('Remove %1 job?', 'Remove %1 jobs?', ids.length, String(ids.length));
    if (ids.length && (await sure(title, gone, trans.__('Remove')))) {
      await Promise.all(ids.map(id => removeJob(client, id)));
    }
  });
  add(app, commands.copyJobId, trans.__('Copy Job Id'), async args => {
    await navigator.clipboard.writeText(idOf(args));
  });
  [
    ...[commands.runAgain, commands.changeAgain, commands.stopJob],
    ...[commands.removeJob, commands.copyJobId]
  ].forEach((command, rank) =>
    app.contextMenu.addItem({ command, rank, selector: '.lb-Row[data-job]' })
  );

  async function sure(title: string, body: string, label: string): Promise<boolean> {
    const buttons = [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label })
    ];
    return (await showDialog({ title, body, buttons })).button.accept;
  }
}

/** The job that a command is about; in the context menu the one under the pointer. */
export const jobOf = (app: JupyterFrontEnd, args: ReadonlyPartialJSONObject): string =>
  String(args['id'] ?? app.contextMenuHitTest(isJob)?.dataset['job'] ?? '');

const isJob = (node: HTMLElement): boolean => node.dataset['job'] !== undefined;

function addServiceActions(app: JupyterFrontEnd, { client, trans }: ILongboat): void {
  add(app, commands.deploy, trans.__('Deploy Model'), async args => {
    const known = args['service'];
    const service = await deploy(
      client,
      String(args['model']),
      typeof known === 'string' ? known : undefined
    );
    await app.commands.execute(commands.openService, { name: service.name });
  });
  add(app, commands.undeploy, trans.__('Undeploy Service'), async args => {
    await undeploy(client, String(args['name']));
  });
}

/** Add a command whose failure a person is told in a sentence. */
export function add(
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
        properties: Object.fromEntries(
          ['id', 'model', 'name', 'service'].map(name => [name, { type: 'string' }])
        )
      }
    }
  });
}
