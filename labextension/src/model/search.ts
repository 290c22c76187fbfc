import type { Job } from '../api/wire';

/** The jobs in which each word is found: of the name, the id, the state, the file, the message. */
export function found(jobs: readonly Job[], text: string): readonly Job[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length
    ? jobs.filter(job => words.every(word => haystack(job).includes(word)))
    : jobs;
}

function haystack(job: Job): string {
  const kind = job.rehearse ? 'rehearsal' : '';
  const parts = [job.name, job.id, job.state, job.backend, job.entry, job.message, kind];
  return parts.join('\n').toLowerCase();
}
