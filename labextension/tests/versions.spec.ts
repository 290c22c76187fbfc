import { describe, expect, it } from 'vitest';

import { found } from '../src/model/search';
import { best, metricNames, shapeWords } from '../src/model/versions';
import { job } from './samples';

const VERSIONS = [
  { version: 3, metrics: { accuracy: 0.9, loss: 0.4, note: 'text' } },
  { version: 2, metrics: { accuracy: 0.95, loss: 0.2 } },
  { version: 1, metrics: null }
];

describe('versions', () => {
  it('have the metrics that are numbers, as columns', () => {
    expect(metricNames(VERSIONS)).toEqual(['accuracy', 'loss']);
    expect(metricNames([{ version: 1, metrics: { b: 1 } }, ...VERSIONS], 2)).toEqual([
      'accuracy',
      'loss'
    ]);
  });

  it('are best where a loss is small and an accuracy is large', () => {
    expect(best(VERSIONS, 'accuracy')).toBe(2);
    expect(best(VERSIONS, 'loss')).toBe(2);
    expect(best(VERSIONS.slice(0, 1), 'loss')).toBeNull();
    const equal = [1, 2].map(version => ({ version, metrics: { loss: 1 } }));
    expect(best(equal, 'loss')).toBeNull();
  });

  it('take tensors of a shape', () => {
    expect(shapeWords([null, 8, 8])).toBe('any × 8 × 8');
    expect(shapeWords([])).toBe('one value');
    expect(shapeWords(null)).toBe('any');
  });
});

describe('jobs', () => {
  const jobs = [
    job({ id: 'aa', name: 'digits', state: 'failed' }),
    job({ id: 'bb', name: 'digits' }),
    job({ id: 'cc', name: 'taxi', rehearse: true })
  ];

  it('are found by all of the words', () => {
    expect(found(jobs, ' DIGITS failed').map(each => each.id)).toEqual(['aa']);
    expect(found(jobs, 'rehearsal').map(each => each.id)).toEqual(['cc']);
    expect(found(jobs, '  ')).toBe(jobs);
    expect(found(jobs, 'nothing')).toEqual([]);
  });
});
