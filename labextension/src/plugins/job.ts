import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';

import { JobPage } from '../panels/job';
import { commands, ILongboat } from '../tokens';

/** The job pages; they are there again after a reload. */
export const job: JupyterFrontEndPlugin<void> = {
  id: 'longboat:job',
  description: 'A page for each job.',
  autoStart: true,
  requires: [ILongboat],
  optional: [ILayoutRestorer],
  activate: (app, longboat: ILongboat, restorer: ILayoutRestorer | null) => {
    const { trans } = longboat;
    const tracker = new WidgetTracker<JobPage>({ namespace: 'longboat-job' });
    const run = (command: string, args: object): void =>
      void app.commands.execute(command, { ...args });
    app.commands.addCommand(commands.openJob, {
      label: trans.__('Open Job'),
      execute: args => {
        const id = String(args['id']);
        const known = tracker.find(page => page.jobId === id);
        const page = known ?? new JobPage(longboat, id, run);
        if (!known) {
          void tracker.add(page);
          const ref = args['ref'];
          app.shell.add(page, 'main', {
            type: 'Longboat',
            ...(typeof ref === 'string' ? { ref, mode: 'tab-after' as const } : {})
          });
        }
        app.shell.activateById(page.id);
        return page;
      },
      describedBy: {
        args: {
          type: 'object',
          properties: { id: { type: 'string' }, ref: { type: 'string' } },
          required: ['id']
        }
      }
    });
    void restorer?.restore(tracker, {
      command: commands.openJob,
      args: page => ({ id: page.jobId }),
      name: page => page.jobId
    });
  }
};
