import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';

import { ServicePage } from '../panels/service';
import { commands, ILongboat } from '../tokens';

/** The service pages; they are there again after a reload. */
export const service: JupyterFrontEndPlugin<void> = {
  id: 'longboat:service',
  description: 'A page for each service.',
  autoStart: true,
  requires: [ILongboat],
  optional: [ILayoutRestorer],
  activate: (app, longboat: ILongboat, restorer: ILayoutRestorer | null) => {
    const tracker = new WidgetTracker<ServicePage>({ namespace: 'longboat-service' });
    const run = (command: string, args: object): void =>
      void app.commands.execute(command, { ...args });
    app.commands.addCommand(commands.openService, {
      label: longboat.trans.__('Open Service'),
      execute: args => {
        const name = String(args['name']);
        const known = tracker.find(page => page.name === name);
        const page = known ?? new ServicePage(longboat, name, run);
        if (!known) {
          void tracker.add(page);
          app.shell.add(page, 'main', { type: 'Longboat' });
        }
        app.shell.activateById(page.id);
        return page;
      },
      describedBy: {
        args: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
      }
    });
    void restorer?.restore(tracker, {
      command: commands.openService,
      args: page => ({ name: page.name }),
      name: page => page.name
    });
  }
};
