import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

/** A kind of page in the main area, of which there is one for each name. */
export interface Pages<P extends Widget & { readonly name: string }> {
  readonly namespace: string;
  readonly command: string;
  readonly label: string;
  make(name: string, run: (command: string, args: object) => void): P;
}

/** Add the command that opens a page, or shows the one that is open; pages outlast a reload. */
export function addPages<P extends Widget & { readonly name: string }>(
  app: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  pages: Pages<P>
): void {
  const tracker = new WidgetTracker<P>({ namespace: pages.namespace });
  const run = (command: string, args: object): void =>
    void app.commands.execute(command, { ...args });
  app.commands.addCommand(pages.command, {
    label: pages.label,
    execute: args => {
      const name = String(args['name']);
      const known = tracker.find(page => page.name === name);
      const page = known ?? pages.make(name, run);
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
    command: pages.command,
    args: page => ({ name: page.name }),
    name: page => page.name
  });
}
