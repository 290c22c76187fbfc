import type { Client } from './client';
import { at } from './jobs';

/** Where a job came from; of the environment and of secrets the names. */
export interface Receipt {
  readonly snapshot: string;
  readonly entry: string;
  /** Path → SHA-256. */
  readonly files: Readonly<Record<string, string>>;
  readonly who: string;
  /** ISO 8601. */
  readonly when: string;
  /** Of git. */
  readonly git: { readonly commit: string; readonly dirty: boolean } | null;
  /** null of a job on a cluster. */
  readonly interpreter: {
    readonly version: string;
    readonly implementation: string;
    /** Name → version. */
    readonly distributions: Readonly<Record<string, string>>;
  } | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly env: readonly string[];
  readonly secrets: readonly string[];
}

export const readReceipt = (client: Client, id: string): Promise<Receipt> =>
  client.get<Receipt>(`${at(id)}/receipt`);
