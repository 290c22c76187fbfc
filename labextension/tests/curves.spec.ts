import { describe, expect, it } from 'vitest';

import { charts } from '../src/model/curves';

describe('charts', () => {
  it('show training and validation together, each at its steps', () => {
    const found = charts({
      loss: [
        [1, 0.5],
        [2, 0.25]
      ],
      val_loss: [[2, 0.3]],
      accuracy: [
        [1, 1],
        [2, 1]
      ]
    });
    expect(found.map(each => each.title)).toEqual(['loss', 'accuracy']);
    expect(found[0]).toEqual({
      title: 'loss',
      steps: [1, 2],
      lines: [
        { name: 'loss', values: [0.5, 0.25] },
        { name: 'val_loss', values: [null, 0.3] }
      ]
    });
  });

  it('leave out what is no curve', () => {
    expect(charts({ loss: [], test_accuracy: [[1, 0.98]] })).toEqual([]);
  });
});
