import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { bytes, duration, figure, metricsWords, progressWords, share } from '../src/model/words';
import { job } from './samples';

const trans = nullTranslator.load('longboat');

describe('words', () => {
  it('say a time in its largest unit', () => {
    expect([0, 89, 90, 5399, 5400, 200_000].map(s => duration(s, trans))).toEqual([
      '0 s',
      '89 s',
      '2 min',
      '90 min',
      '2 h',
      '2 d'
    ]);
  });

  it('say an amount of memory', () => {
    expect([512, 2 ** 20 * 512, 1.5 * 2 ** 30].map(bytes)).toEqual(['512 B', '512 MB', '1.5 GB']);
  });

  it('say how far a job is, and what is left only while it runs', () => {
    const progress = { cell: 3, cells: 9, done: 5, total: 20, remaining: 100 };
    expect(progressWords(job({ progress }), trans)).toBe('cell 3 of 9 · 25 % · 2 min left');
    expect(progressWords(job({ progress, ended: 1 }), trans)).toBe('cell 3 of 9 · 25 %');
    expect(share(progress)).toBe(0.25);
    expect(share({ ...progress, total: 0, cells: 0 })).toBeNull();
  });

  it('leave out what is no number', () => {
    expect(metricsWords({ loss: 0.123456, note: 'x', accuracy: 1 })).toBe(
      'loss 0.1235 · accuracy 1'
    );
    expect(figure(Number.NaN)).toBe('NaN');
  });
});
