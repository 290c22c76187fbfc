import type { Job, JobState, Phase } from '../api/wire';
import { isFinal } from '../api/wire';

/** A stretch of a job's time in one state. */
export interface Stretch {
  readonly state: JobState;
  readonly seconds: number;
  /** What it waited for. */
  readonly message: string;
}

/** What became of one attempt. */
export interface Attempt {
  readonly number: number;
  readonly stretches: readonly Stretch[];
  /** How it ended; null while it has not. */
  readonly end: JobState | null;
  /** Why, where another attempt came after it; the last one's reason is the job's. */
  readonly message: string;
}

/** Attempts that are told one by one; those before them only in sum. */
const TOLD = 5;

/** A job's attempts, one after the other; what still lasts, lasts until `now`. */
export function attemptsOf(
  history: readonly Phase[],
  job: Pick<Job, 'ended'>,
  now: number
): Attempt[] {
  const until = job.ended ?? now;
  const numbers = [...new Set(history.map(each => each.attempt))];
  return numbers.map((number, at) => {
    const own = history.filter(each => each.attempt === number);
    const next = history.find(each => each.attempt === numbers[at + 1]);
    const last = own.at(-1);
    const stretches = own
      .filter(each => !isFinal(each.state))
      .map((phase, place) => ({
        state: phase.state,
        seconds: Math.max(0, ends(own[place + 1], next, until) - phase.since),
        message: at > 0 && place === 0 ? '' : phase.message // that one says why it is a next attempt
      }));
    return { number, stretches, end: endOf(last, next), message: next?.message ?? '' };
  });
}

/** Whom the machine or the cluster has displaced has not failed. */
function endOf(last: Phase | undefined, next: Phase | undefined): JobState | null {
  if (next) {
    return next.reason === 'displaced' ? 'stopped' : 'failed';
  }
  return last && isFinal(last.state) ? last.state : null;
}

/** When a phase was over: its end state is noted a moment after it has ended. */
function ends(after: Phase | undefined, next: Phase | undefined, until: number): number {
  if (after) {
    return isFinal(after.state) ? Math.min(after.since, until) : after.since;
  }
  return next ? next.since : until;
}

/** The attempts to tell of, and how many and how long those before them were. */
export function recent(attempts: readonly Attempt[]): {
  readonly told: readonly Attempt[];
  readonly earlier: number;
  readonly seconds: number;
} {
  const before = attempts.slice(0, Math.max(0, attempts.length - TOLD));
  const seconds = before
    .flatMap(each => each.stretches)
    .reduce((sum, each) => sum + each.seconds, 0);
  return { told: attempts.slice(before.length), earlier: before.length, seconds };
}
