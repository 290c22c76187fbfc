import { describe, expect, it } from 'vitest';

import { backoff } from '../src/api/stream';
import type { Job } from '../src/api/wire';
import { Live } from '../src/model/live';
import { job } from './samples';

const state = (...jobs: Job[]) => ({ kind: 'state' as const, jobs, models: [], services: [] });

describe('Live', () => {
  it('is empty until the first picture came', () => {
    const live = new Live();
    expect(live.picture.empty).toBe(true);
    live.hear(state());
    expect(live.picture.empty).toBe(false);
  });

  it('shows the newest job first, whatever comes when', () => {
    const live = new Live();
    live.hear(state(job({ id: 'old', created: 1 })));
    live.hear({ kind: 'jobs', changed: [job({ id: 'new', created: 2 })], removed: [] });
    expect(live.picture.jobs.map(each => each.id)).toEqual(['new', 'old']);
  });

  it('replaces what changed and forgets what was removed', () => {
    const live = new Live();
    live.hear(state(job({ id: 'a' }), job({ id: 'b' })));
    live.hear({ kind: 'jobs', changed: [job({ id: 'a', message: 'x' })], removed: ['b'] });
    expect(live.picture.jobs.map(each => [each.id, each.message])).toEqual([['a', 'x']]);
  });

  it('tells once that a job has ended, and not of one that had ended before', () => {
    const live = new Live();
    const ended: string[] = [];
    live.ended.connect((_, each) => ended.push(each.id));
    live.hear(state(job({ id: 'a' }), job({ id: 'b', state: 'failed', ended: 5 })));
    const done = job({ id: 'a', state: 'succeeded', ended: 9 });
    live.hear({ kind: 'jobs', changed: [done], removed: [] });
    live.hear({ kind: 'jobs', changed: [done], removed: [] });
    expect(ended).toEqual(['a']);
  });

  it('tells what ended while there was no connection', () => {
    const live = new Live();
    const ended: string[] = [];
    live.ended.connect((_, each) => ended.push(each.id));
    live.hear(state(job({ id: 'a' })));
    live.linked('lost');
    live.hear(state(job({ id: 'a', state: 'stopped', ended: 9 })));
    expect(ended).toEqual(['a']);
  });

  it('keeps what it showed while there is no connection', () => {
    const live = new Live();
    live.hear(state(job()));
    live.linked('lost');
    expect(live.picture.link).toBe('lost');
    expect(live.picture.jobs).toHaveLength(1);
  });

  it('passes over a message of a kind that it does not know', () => {
    const live = new Live();
    live.hear(state(job()));
    live.hear({ kind: 'sweeps', changed: [], removed: [] } as never);
    expect(live.picture.jobs).toHaveLength(1);
  });
});

describe('backoff', () => {
  it('doubles up to a bound', () => {
    expect([1, 2, 3].map(failures => backoff(failures, 0.5))).toEqual([250, 500, 1000]);
    expect(backoff(50, 0.5)).toBe(15_000);
  });
});
