import type { TranslationBundle } from '@jupyterlab/translation';

import type { Job, JobState, Progress, ReplicaState } from '../api/wire';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A state as a word of the reader's language. */
export function stateWord(state: JobState | ReplicaState, trans: TranslationBundle): string {
  const words: Record<JobState | ReplicaState, string> = {
    queued: trans.__('queued'),
    starting: trans.__('starting'),
    running: trans.__('running'),
    pending: trans.__('pending'),
    succeeded: trans.__('succeeded'),
    failed: trans.__('failed'),
    stopped: trans.__('stopped')
  };
  return words[state] ?? state;
}

/** A length of time in its largest unit: "12 s", "3 min", "5 h", "2 d". */
export function duration(seconds: number, trans: TranslationBundle): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) {
    return trans.__('%1 s', String(whole));
  }
  if (whole < 90 * MINUTE) {
    return trans.__('%1 min', String(Math.round(whole / MINUTE)));
  }
  if (whole < 2 * DAY) {
    return trans.__('%1 h', String(Math.round(whole / HOUR)));
  }
  return trans.__('%1 d', String(Math.round(whole / DAY)));
}

/** How long ago something was. */
export function ago(then: number, now: number, trans: TranslationBundle): string {
  return now - then < 10 ? trans.__('just now') : trans.__('%1 ago', duration(now - then, trans));
}

/** An amount of memory: "512 MB", "1.5 GB". */
export function bytes(amount: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 && unit > 2 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit] ?? ''}`;
}

/** How far a job is, from 0 to 1; null where nothing tells. */
export function share(progress: Progress): number | null {
  if (progress.total > 0) {
    return Math.min(1, progress.done / progress.total);
  }
  return progress.cells > 0 ? Math.min(1, progress.cell / progress.cells) : null;
}

/** How far a job is in a few words, with the time left. */
export function progressWords(job: Job, trans: TranslationBundle): string {
  const { cell, cells, done, total, remaining } = job.progress;
  const parts = [];
  if (cells) {
    parts.push(trans.__('cell %1 of %2', String(cell), String(cells)));
  }
  if (total) {
    parts.push(`${Math.round((100 * Math.min(done, total)) / total)} %`);
  }
  if (remaining !== null && job.ended === null) {
    parts.push(trans.__('%1 left', duration(remaining, trans)));
  }
  return parts.join(' · ');
}

/** The metrics with a number, in a few words: "accuracy 0.9713". */
export function metricsWords(
  metrics: Readonly<Record<string, unknown>> | null | undefined,
  most = 2
): string {
  return numbers(metrics)
    .slice(0, most)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(' · ');
}

/** The metrics that are numbers. */
export function numbers(
  metrics: Readonly<Record<string, unknown>> | null | undefined
): [string, number][] {
  return Object.entries(metrics ?? {}).filter(
    (pair): pair is [string, number] => typeof pair[1] === 'number'
  );
}

/** A number with four significant digits, and no zeros that say nothing. */
export function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
