import { describe, expect, it } from 'vitest';

import { charts, together } from '../src/model/curves';
import { rowsOf } from '../src/model/differences';

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

describe('two jobs', () => {
  it('have their curves in the same charts', () => {
    const one = { loss: [[1, 2] as const, [2, 1] as const] };
    const other = { loss: [[1, 3] as const], more: [[1, 1] as const] };
    const [chart] = charts(together(one, other, 'abc'));
    expect(chart?.lines).toEqual([
      { name: 'loss', values: [2, 1] },
      { name: 'loss (abc)', values: [3, null] }
    ]);
  });

  it('are other in what was asked and what came of it', () => {
    const none = { same: false, asked: [], environment: [], cells: [], files: [] };
    const parameters = [{ name: 'parameters.lr', before: null, after: 0.5 }];
    expect(rowsOf({ ...none, parameters, metrics: { loss: [0.25, 'x'] } })).toEqual([
      { name: 'lr', before: '–', after: '0.5' },
      { name: 'loss', before: '0.25', after: 'x' }
    ]);
  });
});
