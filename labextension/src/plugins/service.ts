import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { ServicePage } from '../panels/service';
import { commands, ILongboat } from '../tokens';
import { addPages } from './pages';

/** The service pages; they are there again after a reload. */
export const service: JupyterFrontEndPlugin<void> = {
  id: 'longboat:service',
  description: 'A page for each service.',
  autoStart: true,
  requires: [ILongboat],
  optional: [ILayoutRestorer],
  activate: (app, longboat: ILongboat, restorer: ILayoutRestorer | null) =>
    addPages(app, restorer, {
      namespace: 'longboat-service',
      command: commands.openService,
      label: longboat.trans.__('Open Service'),
      make: (name, run) => new ServicePage(longboat, name, run)
    })
};
