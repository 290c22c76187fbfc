import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { ModelPage } from '../panels/model';
import { commands, ILongboat } from '../tokens';
import { addPages } from './pages';

/** The model pages; they are there again after a reload. */
export const model: JupyterFrontEndPlugin<void> = {
  id: 'longboat:model',
  description: 'A page for each model.',
  autoStart: true,
  requires: [ILongboat],
  optional: [ILayoutRestorer],
  activate: (app, longboat: ILongboat, restorer: ILayoutRestorer | null) =>
    addPages(app, restorer, {
      namespace: 'longboat-model',
      command: commands.openModel,
      label: longboat.trans.__('Open Model'),
      make: (name, run) => new ModelPage(longboat, name, run)
    })
};
