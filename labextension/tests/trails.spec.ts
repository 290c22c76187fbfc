import { describe, expect, it } from 'vitest';

import { Live } from '../src/model/live';
import { line, rates, Trails, watched } from '../src/model/trails';
import { job } from './samples';

describe('trails', () => {
  it('follow what a person would watch', () => {
    expect(watched({ accuracy: 0.5, val_loss: 2, note: 'x' })).toBe(2);
    expect(watched({ steps: 3 })).toBe(3);
    expect(watched({ note: 'x' })).toBeNull();
  });

  it('grow while a job runs, and are gone with its end', () => {
    const live = new Live();
    const trails = new Trails(live);
    const now = { kind: 'state' as const, models: [], services: [] };
    live.hear({ ...now, jobs: [job({ id: 'a', metrics: { loss: 3 } })] });
    for (const loss of [2, 2, 1]) {
      const changed = [job({ id: 'a', metrics: { loss } })];
      live.hear({ kind: 'jobs', changed, removed: [] });
    }
    expect(trails.of('a')).toEqual([3, 2, 1]);
    live.hear({ kind: 'jobs', changed: [job({ id: 'a', ended: 5 })], removed: [] });
    expect(trails.of('a')).toEqual([]);
  });

  it('are lines from the left to the right', () => {
    expect(line([1, 3, 2], 10, 4)).toBe('0.0,4.0 5.0,0.0 10.0,2.0');
    expect(line([1, 1], 10, 4)).toBe('0.0,4.0 10.0,4.0');
  });

  it('tell how many came in each second', () => {
    const samples = [[0, 0] as const, [1, 5] as const, [3, 5] as const, [4, 2] as const];
    expect(rates(samples)).toEqual([5, 0, 0]);
    expect(rates([])).toEqual([]);
  });
});
