import { describe, expect, it } from 'vitest';

import type { JobState, Phase } from '../src/api/wire';
import { attemptsOf, recent } from '../src/model/timeline';

const phase = (state: JobState, since: number, attempt = 1, message = ''): Phase => ({
  ...{ state, since, attempt, message },
  reason: message ? 'retrying' : ''
});

describe('attemptsOf', () => {
  it('lasts until now while it runs', () => {
    const [only] = attemptsOf([phase('queued', 10), phase('running', 13)], { ended: null }, 20);
    expect(only?.stretches.map(each => [each.state, each.seconds])).toEqual([
      ['queued', 3],
      ['running', 7]
    ]);
    expect(only?.end).toBeNull();
  });

  it('ends when the job did, and not when that was noted', () => {
    const history = [phase('running', 10), phase('succeeded', 16)];
    const [only] = attemptsOf(history, { ended: 15 }, 99);
    expect(only?.stretches.map(each => each.seconds)).toEqual([5]);
    expect(only?.end).toBe('succeeded');
  });

  it('tells why there was another attempt at the one that failed', () => {
    const history = [
      phase('queued', 0, 1, 'Waits for memory.'),
      phase('running', 5),
      phase('queued', 9, 2, 'Attempt 1 failed.'),
      phase('running', 10, 2)
    ];
    const found = attemptsOf(history, { ended: null }, 12);
    expect(found.map(each => [each.number, each.end, each.message])).toEqual([
      [1, 'failed', 'Attempt 1 failed.'],
      [2, null, '']
    ]);
    expect(found.flatMap(each => each.stretches.map(({ message }) => message))).toEqual([
      ...['Waits for memory.', '', '', '']
    ]);
    expect(found[0]?.stretches.at(-1)?.seconds).toBe(4);
  });

  it('does not blame whom the machine has displaced', () => {
    const displaced: Phase = { ...phase('queued', 9, 2, 'The node went.'), reason: 'displaced' };
    expect(attemptsOf([phase('running', 5), displaced], { ended: null }, 12)[0]?.end).toBe(
      'stopped'
    );
  });
});

describe('recent', () => {
  it('sums up what is long past', () => {
    const history = Array.from({ length: 8 }, (_, at) => phase('running', 10 * at, at + 1));
    const { told, earlier, seconds } = recent(attemptsOf(history, { ended: null }, 80));
    expect([told.length, earlier, seconds]).toEqual([5, 3, 30]);
  });
});
