import type { Difference, JobDiff } from '../api/wire';
import { figure } from './words';

/** One thing, of this job and of the other. */
export interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What was asked otherwise, and what came of it. */
export function rowsOf(diff: JobDiff): Row[] {
  const asked = [...diff.parameters, ...diff.asked, ...diff.environment].map(row);
  const measured = Object.entries(diff.metrics).map(([name, [before, after]]) =>
    row({ name, before, after })
  );
  return [...asked, ...measured];
}

function row({ name, before, after }: Difference): Row {
  return { name: name.replace(/^parameters\./, ''), before: text(before), after: text(after) };
}

function text(value: unknown): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (typeof value === 'number') {
    return figure(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
