import type { Client } from './client';
import type { JobRequest } from './jobs';
import type { NotebookFacts, Plan } from './wire';

export const readNotebook = (client: Client, path: string): Promise<NotebookFacts> =>
  client.get<NotebookFacts>('notebook', { path });

/** Check what submitting would check; nothing is changed. Raises Failure with the problems. */
export const readPlan = (client: Client, request: JobRequest): Promise<Plan> =>
  client.post<Plan>('plan', request);
