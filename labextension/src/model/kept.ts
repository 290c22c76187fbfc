import type { TryDifference, Verdict } from '../api/tries';
import type { ImageInput } from './tryit';
import { barsOf } from './tryit';
import { figure } from './words';

const LONGEST = 60;
const ORDER: readonly Verdict[] = ['refused', 'other', 'same-class', 'same'];

/** An answer in few words: the class with its value, or its JSON cut short. */
export function inShort(answer: unknown): string {
  const best = barsOf({ predictions: [answer] }).find(bar => bar.best);
  if (best) {
    return `${best.label} (${figure(Number(best.value.toFixed(3)))})`;
  }
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The grey values of an instance, from 0 to 1; null where it is no such picture. */
export function pixelsIn(input: ImageInput, instance: unknown): readonly number[] | null {
  const values: unknown[] = Array.isArray(instance) ? instance.flat(2) : [];
  const isPicture = values.every(each => typeof each === 'number');
  if (!isPicture || values.length !== input.side ** 2) {
    return null;
  }
  const most = Math.max(1, ...values);
  return values.map(value => Math.max(0, value) / most);
}

/** What has changed comes first. */
export function mostChangedFirst(found: readonly TryDifference[]): TryDifference[] {
  return [...found].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
}

/** How many are answered by something else. */
export function changed(found: readonly TryDifference[]): number {
  return found.filter(each => each.verdict === 'other' || each.verdict === 'refused').length;
}
