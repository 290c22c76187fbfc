import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from '../api/client';
import { Stream } from '../api/stream';
import type { Job } from '../api/wire';
import { Live } from '../model/live';
import { Trails } from '../model/trails';
import { commands, ILongboat, jobPageId } from '../tokens';

/** Milliseconds for which a notification is shown; the Lab keeps it behind its bell. */
const SEEN = 8000;

/** Holds the one connection to the server, and says when a job has ended. */
export const connection: JupyterFrontEndPlugin<ILongboat> = {
  id: 'longboat:connection',
  description: 'Jobs, models and services of the server, live.',
  autoStart: true,
  provides: ILongboat,
  optional: [ITranslator],
  activate: (app, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('longboat');
    const client = new Client(app.serviceManager.serverSettings, trans);
    const live = new Live();
    live.ended.connect((_, job) => tell(job));
    const stream = new Stream(client, live);
    void app.started.then(() => stream.start());
    return { client, live, trails: new Trails(live), logs: stream, trans };

    function tell(job: Job): void {
      // Who looks at its page sees it there; behind the bell it is kept.
      const page = [...app.shell.widgets('main')].find(each => each.id === jobPageId(job.id));
      const autoClose = page?.isVisible ? 0 : SEEN;
      const actions = [
        {
          label: trans.__('Open'),
          callback: () => void app.commands.execute(commands.openJob, { id: job.id })
        }
      ];
      if (job.state === 'failed') {
        Notification.error(trans.__('%1 failed. %2', job.name, job.message), {
          actions,
          autoClose
        });
      } else if (job.state === 'succeeded') {
        Notification.success(trans.__('%1 has succeeded.', job.name), { actions, autoClose });
      }
    }
  }
};
