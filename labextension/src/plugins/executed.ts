import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { PartialJSONValue } from '@lumino/coreutils';

import { sentence } from '../api/failure';
import { readExecuted, readJob } from '../api/jobs';
import { executedName, failedCell } from '../model/executed';
import { commands, ILongboat } from '../tokens';

/** Milliseconds in which a notebook that was just opened may still move. */
const SETTLING = 2000;

/** Opens a job's notebook with its outputs, as a file of its own, at the cell that failed. */
export const executed: JupyterFrontEndPlugin<void> = {
  id: 'longboat:executed',
  description: 'Opens the notebook as a job has executed it.',
  autoStart: true,
  requires: [ILongboat, IDocumentManager],
  optional: [IDefaultFileBrowser],
  activate: (
    app,
    { client, trans }: ILongboat,
    documents: IDocumentManager,
    browser: IDefaultFileBrowser | null
  ) => {
    app.commands.addCommand(commands.openExecuted, {
      label: trans.__('Open Executed Notebook'),
      execute: async args => {
        const id = String(args['id']);
        try {
          await open(id);
        } catch (error) {
          Notification.error(sentence(error));
        }
      },
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
      }
    });

    async function open(id: string): Promise<void> {
      const [job, content] = await Promise.all([readJob(client, id), readExecuted(client, id)]);
      const { contents } = app.serviceManager;
      const path = contents.resolvePath(browser?.model.path ?? '', executedName(job));
      await contents.save(path, {
        type: 'notebook',
        format: 'json',
        content: content as PartialJSONValue
      });
      const widget = documents.openOrReveal(path);
      const failed = failedCell(content);
      if (failed !== null && widget instanceof NotebookPanel) {
        await widget.context.ready;
        await widget.revealed;
        widget.content.activeCellIndex = failed;
        await widget.content.scrollToItem(failed, 'center');
        keepInSight(widget.content.widgets[failed]?.node);
      }
    }
  }
};

/** Bring a cell into sight, and again while the outputs above it are drawn and push it away. */
function keepInSight(cell: HTMLElement | undefined): void {
  const until = performance.now() + SETTLING;
  const look = (now: number): void => {
    const panel = cell?.closest('.jp-Notebook');
    if (!cell || !panel || now > until) {
      return;
    }
    const { top } = cell.getBoundingClientRect();
    const box = panel.getBoundingClientRect();
    if (top < box.top || top > box.top + box.height * 0.8) {
      cell.scrollIntoView({ block: 'center' });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
