import { describe, expect, it } from 'vitest';

import { greysOf } from '../src/model/greys';
import { pixelsOf } from '../src/model/strokes';
import { barsOf, inputOf, instanceOf } from '../src/model/tryit';
import type { ImageInput, Tensor } from '../src/model/tryit';

const taking = (...inputs: Tensor[]) => ({
  inputs: Object.fromEntries(inputs.map((each, number) => [`x${number}`, each])),
  outputs: {}
});
const floats = (...shape: (number | null)[]): Tensor => ({ dtype: 'float32', shape });
const GREY: ImageInput = { kind: 'image', side: 8, flat: false, channel: true };

describe('what a model takes', () => {
  it.each([
    [[null, 8, 8, 1], GREY],
    [[null, 8, 8], { ...GREY, channel: false }],
    [[null, 28, 28], { ...GREY, side: 28, channel: false }],
    [[null, 64], { ...GREY, flat: true, channel: false }],
    [[null, 784], { ...GREY, side: 28, flat: true, channel: false }]
  ])('is drawn where it is a picture: %j', (shape, input) => {
    expect(inputOf(taking(floats(...shape)))).toEqual(input);
  });

  it('has a field for each of a few numbers', () => {
    expect(inputOf(taking(floats(null, 4)))).toEqual({ kind: 'row', length: 4 });
  });

  it.each([
    ['colours', taking(floats(null, 8, 8, 3)), '[[[0,0,0]'],
    ['what is no square', taking(floats(null, 8, 9)), '[[0,0'],
    ['text', taking({ dtype: 'string', shape: [null] }), '"text"'],
    ['two inputs', taking(floats(null, 2), floats(null)), '{"x0":[0,0],"x1":0}'],
    ['an open rank', taking({ dtype: 'float32', shape: null }), '0'],
    ['nothing known', null, '{}']
  ])('is written as JSON, with an example: %s', (_, signature, begins) => {
    const input = inputOf(signature);
    expect(input.kind).toBe('json');
    expect(input.kind === 'json' && input.example.startsWith(begins)).toBe(true);
  });
});

describe('a drawing', () => {
  const line = (x0: number, y0: number, x1: number, y1: number) => [
    { x: x0, y: y0 },
    { x: x1, y: y1 }
  ];

  it('of nothing is empty', () => {
    expect(pixelsOf([], 8)).toEqual(Array(64).fill(0));
  });

  it.each([8, 28])('is in the middle of %i pixels wherever it was drawn', side => {
    const left = pixelsOf([line(0.1, 0.1, 0.1, 0.5)], side);
    expect(pixelsOf([line(0.8, 0.4, 0.8, 0.8)], side)).toEqual(left);
    const columns = Array.from({ length: side }, (_, x) =>
      left.reduce((sum, value, at) => sum + (at % side === x ? value : 0), 0)
    );
    expect(columns[side / 2]).toBeCloseTo(columns[side / 2 - 1] ?? 0);
    expect(columns[0]).toBe(0);
  });

  it('has the margin that its collection has', () => {
    const rows = (side: number) => {
      const pixels = pixelsOf([line(0.5, 0, 0.5, 1)], side);
      return [...Array(side).keys()].filter(y =>
        pixels.slice(y * side, (y + 1) * side).some(value => value > 0)
      );
    };
    expect(rows(8)).toHaveLength(8);
    expect(rows(28)).toHaveLength(20);
  });

  it('has values from 0 to 1, and grey at its edges', () => {
    const pixels = pixelsOf([line(0, 0, 1, 1)], 8);
    expect(Math.max(...pixels)).toBeLessThanOrEqual(1);
    expect(pixels.some(value => value > 0 && value < 1)).toBe(true);
  });

  it('of a dot is not blown up', () => {
    const inked = pixelsOf([[{ x: 0.3, y: 0.3 }]], 8).filter(value => value > 0);
    expect(inked.length).toBeLessThanOrEqual(4);
  });

  it('is sent in the shape that is asked for', () => {
    const pixels = Array.from({ length: 64 }, (_, at) => at);
    expect(instanceOf({ ...GREY, flat: true }, pixels)).toEqual(pixels);
    expect(instanceOf({ ...GREY, channel: false }, pixels)).toHaveLength(8);
    const rows = instanceOf(GREY, pixels) as number[][][];
    expect(rows[1]?.[2]).toEqual([10]);
  });
});

describe('an answer', () => {
  it('is bars, the highest marked', () => {
    const bars = barsOf({ predictions: [[0.1, 0.8, 0.1]] });
    expect(bars.map(bar => bar.best)).toEqual([false, true, false]);
    expect(bars[1]).toMatchObject({ label: '1', value: 0.8, length: 1 });
  });

  it('may have a name, and be below nothing', () => {
    const bars = barsOf({ predictions: [{ logits: [-2, 2] }] });
    expect(bars.map(bar => bar.length)).toEqual([0, 1]);
  });

  it.each([null, {}, { predictions: [] }, { predictions: [5] }, { predictions: ['text'] }])(
    'that is no list of numbers has no bars: %j',
    answer => {
      expect(barsOf(answer)).toEqual([]);
    }
  );
});

describe('a picture', () => {
  const rgba = (greys: number[], alpha = 255): number[] =>
    greys.flatMap(grey => [grey, grey, grey, alpha]);

  it('is light ink on dark paper, however it was', () => {
    expect(greysOf(rgba([0, 0, 0, 0, 255, 0, 0, 0, 0]), 3)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(greysOf(rgba([255, 255, 255, 255, 0, 255, 255, 255, 255]), 3)[4]).toBe(1);
  });

  it('is on white paper where it is transparent', () => {
    expect(greysOf(rgba([0, 0, 0, 0], 0), 2)).toEqual([0, 0, 0, 0]);
  });
});
