import type { Client } from './client';
import type { Job, JobDetails, JobDiff, JobFiles, Series } from './wire';

/** What may be asked of a job; counts may be text, the server checks all of it. */
export type JobRequest = Readonly<Record<string, unknown>>;

export const at = (id: string): string => `jobs/${encodeURIComponent(id)}`;

export const readJob = (client: Client, id: string): Promise<JobDetails> =>
  client.get<JobDetails>(at(id));

export const submitJob = (client: Client, request: JobRequest): Promise<Job> =>
  client.post<Job>('jobs', request);

export const stopJob = (client: Client, id: string): Promise<Job> =>
  client.post<Job>(`${at(id)}/stop`);

/** Run its snapshot once more; `changes` to what was asked. */
export const runAgain = (client: Client, id: string, changes: object = {}): Promise<Job> =>
  client.post<Job>(`${at(id)}/again`, changes);

export const removeJob = (client: Client, id: string): Promise<void> => client.delete(at(id));

export const readMetrics = async (client: Client, id: string): Promise<Series> =>
  (await client.get<{ metrics: Series }>(`${at(id)}/metrics`)).metrics;

/** Where a whole log can be downloaded. */
export const wholeLogUrl = (client: Client, id: string, replica: string, attempt: number): string =>
  client.url(`${at(id)}/log/whole`, { replica, attempt });

export const readFiles = (client: Client, id: string): Promise<JobFiles> =>
  client.get<JobFiles>(`${at(id)}/files`);

/** Where one of its files can be downloaded. */
export const fileUrl = (client: Client, id: string, path: string): string =>
  client.url(`${at(id)}/file`, { path });

/** The notebook as it was executed, as nbformat's JSON. */
export const readExecuted = (client: Client, id: string): Promise<unknown> =>
  client.get<unknown>(`${at(id)}/notebook`);

/** What is other in another job. */
export const readDiff = (client: Client, id: string, other: string): Promise<JobDiff> =>
  client.get<JobDiff>(`${at(id)}/diff`, { other });
