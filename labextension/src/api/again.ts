import type { Client } from './client';
import { at } from './jobs';
import type { NotebookFacts, Plan } from './wire';

/** What would have to be asked to get a job; the words of a request. */
export interface Asked {
  readonly name: string;
  readonly workers: number;
  readonly chief?: boolean;
  readonly ps: number;
  readonly evaluator: boolean;
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpu: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Names. */
  readonly secrets: readonly string[];
  readonly model: string;
  readonly requirements: readonly string[];
  /** Seconds. */
  readonly deadline: number | null;
  readonly retries: number;
  readonly backend: string;
  readonly image: string | null;
  readonly volume: string | null;
  readonly rehearse: boolean;
}

/** What a job was asked for, and what its notebook of then declares. */
export interface Repeatable {
  /** The notebook's path in the snapshot. */
  readonly entry: string;
  readonly asked: Asked;
  readonly notebook: NotebookFacts;
}

/** What it was asked for. */
export const readAsked = (client: Client, id: string): Promise<Repeatable> =>
  client.get<Repeatable>(`${at(id)}/again`);

/** Check what running it again with changes would check; nothing runs. Raises Failure. */
export const planAgain = (client: Client, id: string, changes: object): Promise<Plan> =>
  client.post<Plan>(`${at(id)}/again/plan`, changes);
