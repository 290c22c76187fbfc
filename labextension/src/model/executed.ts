import type { Job } from '../api/wire';

/** What a job's executed notebook is called beside the one that was submitted. */
export function executedName(job: Pick<Job, 'id' | 'entry'>): string {
  const file = job.entry.split('/').pop() ?? '';
  return `${file.replace(/\.ipynb$/, '')}-${job.id}.ipynb`;
}

/** Which cell of an executed notebook ended in an error, from 0; null: none. */
export function failedCell(notebook: unknown): number | null {
  const cells = (notebook as { cells?: unknown } | null)?.cells;
  const found = Array.isArray(cells) ? cells.findIndex(hasError) : -1;
  return found < 0 ? null : found;
}

function hasError(cell: { outputs?: unknown }): boolean {
  const outputs = cell.outputs;
  return (
    Array.isArray(outputs) &&
    outputs.some((each: { output_type?: unknown }) => each.output_type === 'error')
  );
}
