import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { createSidebar } from '../panels/sidebar';
import { commands, ILongboat } from '../tokens';

/** The sidebar, on the left. */
export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'longboat:sidebar',
  description: 'A sidebar with jobs, models and services.',
  autoStart: true,
  requires: [ILongboat],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app,
    longboat: ILongboat,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const run = (command: string, args: object): void =>
      void app.commands.execute(command, { ...args });
    const widget = createSidebar({ longboat, run });
    restorer?.add(widget, widget.id);
    app.shell.add(widget, 'left', { rank: 350, type: 'Longboat' });
    app.commands.addCommand(commands.showSidebar, {
      label: longboat.trans.__('Show Longboat’s Jobs, Models and Services'),
      execute: () => app.shell.activateById(widget.id),
      describedBy: { args: { type: 'object', properties: {} } }
    });
    palette?.addItem({ command: commands.showSidebar, category: 'Longboat' });
  }
};
