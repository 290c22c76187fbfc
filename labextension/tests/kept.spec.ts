import { describe, expect, it } from 'vitest';

import type { TryDifference, Verdict } from '../src/api/tries';
import { changed, inShort, mostChangedFirst, pixelsIn } from '../src/model/kept';

const found = (...verdicts: Verdict[]): TryDifference[] =>
  verdicts.map((verdict, number) => ({
    id: String(number),
    version: 1,
    instance: 0,
    then: 0,
    now: 0,
    verdict
  }));

describe('kept tries', () => {
  it.each([
    [[0.1, 0.9], '1 (0.9)'],
    [{ p: [2, 1] }, '0 (2)'],
    [3.5, '3.5'],
    ['cat', 'cat'],
    [{ a: 'x' }, '{"a":"x"}'],
    ['x'.repeat(90), `${'x'.repeat(60)}…`]
  ])('are told in short: %j', (answer, text) => {
    expect(inShort(answer)).toBe(text);
  });

  it('are pictures where they have as many numbers', () => {
    const input = { kind: 'image', side: 2, flat: false, channel: true } as const;
    expect(
      pixelsIn(input, [
        [[0], [255]],
        [[51], [-1]]
      ])
    ).toEqual([0, 1, 0.2, 0]);
    expect(pixelsIn({ ...input, channel: false }, [[0, 1]])).toBeNull();
    expect(pixelsIn({ ...input, flat: true }, [0, 0.5, 1, 'a'])).toBeNull();
    expect(pixelsIn(input, 'text')).toBeNull();
  });

  it('stand with what has changed in front', () => {
    const sorted = mostChangedFirst(found('same', 'other', 'same-class', 'refused'));
    expect(sorted.map(each => each.verdict)).toEqual(['refused', 'other', 'same-class', 'same']);
    expect(changed(sorted)).toBe(2);
  });
});
