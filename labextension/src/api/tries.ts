import type { Client } from './client';

/** What a model was asked once, and answered. */
export interface KeptTry {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly kept: number;
  /** Which answered. */
  readonly version: number;
  readonly instance: unknown;
  readonly answer: unknown;
}

/** `same-class`: other numbers, of which the largest stands at the same place. */
export type Verdict = 'same' | 'same-class' | 'other' | 'refused';

/** A kept try, asked again. */
export interface TryDifference {
  readonly id: string;
  readonly version: number;
  readonly instance: unknown;
  readonly then: unknown;
  /** A sentence where it is refused. */
  readonly now: unknown;
  readonly verdict: Verdict;
}

const ofModel = (name: string): string => `models/${encodeURIComponent(name)}/tries`;
const ofService = (name: string): string => `services/${encodeURIComponent(name)}`;

/** The kept tries of a model, the newest first. */
export const readTries = async (client: Client, model: string): Promise<readonly KeptTry[]> =>
  (await client.get<{ tries: readonly KeptTry[] }>(ofModel(model))).tries;

/** Ask a service once more, and keep what it answers. */
export const keepTry = (client: Client, service: string, instance: unknown): Promise<KeptTry> =>
  client.post<KeptTry>(`${ofService(service)}/keep`, { instance });

export const removeTry = (client: Client, model: string, id: string): Promise<void> =>
  client.delete(`${ofModel(model)}/${encodeURIComponent(id)}`);

/** Ask another version of a service's model what was kept. */
export const replayTries = async (
  client: Client,
  service: string,
  version: number
): Promise<readonly TryDifference[]> => {
  const body = { version };
  type Answer = { differences: readonly TryDifference[] };
  return (await client.post<Answer>(`${ofService(service)}/replay`, body)).differences;
};
