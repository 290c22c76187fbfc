import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { DockLayout } from '@lumino/widgets';
import { Signal } from '@lumino/signaling';

import { readAsked } from '../api/again';
import { chosenOf } from '../model/again';
import { createSubmitPanel } from '../panels/submit';
import type { Subject } from '../panels/submit/model';
import { commands, ILongboat, jobPageId } from '../tokens';
import { add, jobOf } from './actions';
import { pythons } from './kernels';

/** A job once more with changes: the submit panel with what was chosen then. */
export const again: JupyterFrontEndPlugin<void> = {
  id: 'longboat:again',
  description: 'Runs a job again with changes.',
  autoStart: true,
  requires: [ILongboat],
  optional: [INotebookTracker],
  activate: (app, longboat: ILongboat, tracker: INotebookTracker | null) => {
    add(app, commands.changeAgain, longboat.trans.__('Run Job Again With Changes…'), async args => {
      const id = jobOf(app, args);
      const panelId = `longboat-again-${id}`;
      if (![...app.shell.widgets('main')].some(each => each.id === panelId)) {
        await open(id, panelId);
      }
      app.shell.activateById(panelId);
    });

    async function open(id: string, panelId: string): Promise<void> {
      const subject = await subjectOf(app, longboat, id);
      const panel = createSubmitPanel(longboat, subject, job => {
        void app.commands
          .execute(commands.openJob, { id: job.id, ref: panelId })
          .then(() => panel.dispose());
      });
      panel.id = panelId;
      app.shell.add(panel, 'main', { type: 'Longboat', ...besides(subject.path, id) });
    }

    /** Beside its notebook where that is open, else beside the job's page. */
    function besides(path: string, id: string): { ref?: string; mode?: DockLayout.InsertMode } {
      const notebook = tracker?.find(each => `/${each.context.path}`.endsWith(`/${path}`));
      if (notebook?.isAttached) {
        return { ref: notebook.id, mode: 'split-right' };
      }
      const page = [...app.shell.widgets('main')].find(each => each.id === jobPageId(id));
      return page ? { ref: page.id, mode: 'split-right' } : {};
    }
  }
};

/** What the form is about; the job stays as it is, and so does its notebook. */
async function subjectOf(
  app: JupyterFrontEnd,
  { client }: ILongboat,
  id: string
): Promise<Subject> {
  const { asked, entry, notebook } = await readAsked(client, id);
  const chosen = chosenOf(asked, notebook);
  return {
    path: entry,
    again: { id, asked, chosen },
    remembered: { ...chosen.choices, parameters: chosen.parameters },
    get kernels() {
      return pythons(app.serviceManager.kernelspecs.specs);
    },
    saving: new Signal<object, string>({}),
    save: async () => undefined
  };
}
