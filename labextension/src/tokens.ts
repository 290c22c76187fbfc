import { Token } from '@lumino/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Client } from './api/client';
import type { Live } from './model/live';
import type { LogSource } from './model/logtail';
import type { Trails } from './model/trails';

/** What every panel needs: whom to ask, what is so, what is printed, and the reader's language. */
export interface ILongboat {
  readonly client: Client;
  readonly live: Live;
  readonly trails: Trails;
  readonly logs: LogSource;
  readonly trans: TranslationBundle;
}

export const ILongboat = new Token<ILongboat>(
  'longboat:ILongboat',
  'The connection to Longboat on the server: jobs, models and services, live.'
);

/** The commands, by which the panels reach each other. */
export const commands = {
  train: 'longboat:train',
  openJob: 'longboat:open-job',
  openExecuted: 'longboat:open-executed-notebook',
  openModel: 'longboat:open-model',
  openService: 'longboat:open-service',
  stopJob: 'longboat:stop-job',
  runAgain: 'longboat:run-again',
  changeAgain: 'longboat:run-again-with-changes',
  removeJob: 'longboat:remove-job',
  removeJobs: 'longboat:remove-jobs',
  copyJobId: 'longboat:copy-job-id',
  deploy: 'longboat:deploy',
  undeploy: 'longboat:undeploy',
  showSidebar: 'longboat:show-sidebar'
} as const;

/** The id of a model's page. */
export const modelPageId = (name: string): string => `longboat-model-${name}`;

/** The id of a service's page. */
export const servicePageId = (name: string): string => `longboat-service-${name}`;

/** The id of a job's page, by which the Lab's shell knows it. */
export const jobPageId = (id: string): string => `longboat-job-${id}`;
