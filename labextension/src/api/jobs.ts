import type { Client } from './client';
import type { Job, JobDetails, LogPiece, Series } from './wire';

/** What may be asked of a job; counts may be text, the server checks all of it. */
export interface JobRequest {
  readonly path: string;
  readonly [field: string]: unknown;
}

const at = (id: string): string => `jobs/${encodeURIComponent(id)}`;

export const readJob = (client: Client, id: string): Promise<JobDetails> =>
  client.get<JobDetails>(at(id));

export const submitJob = (client: Client, request: JobRequest): Promise<Job> =>
  client.post<Job>('jobs', request);

export const stopJob = (client: Client, id: string): Promise<Job> =>
  client.post<Job>(`${at(id)}/stop`);

export const runAgain = (client: Client, id: string): Promise<Job> =>
  client.post<Job>(`${at(id)}/again`);

export const removeJob = (client: Client, id: string): Promise<void> => client.delete(at(id));

/** Read a piece of a log, in bytes; a negative offset counts from its end. */
export const readLog = (
  client: Client,
  id: string,
  place: { replica: string; attempt: number; offset: number; limit: number }
): Promise<LogPiece> => client.get<LogPiece>(`${at(id)}/log`, place);

export const readMetrics = async (client: Client, id: string): Promise<Series> =>
  (await client.get<{ metrics: Series }>(`${at(id)}/metrics`)).metrics;
