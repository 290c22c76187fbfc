import { describe, expect, it } from 'vitest';

import { changes, chosenOf, durationText, memoryText } from '../src/model/again';
import type { Chosen, Declared } from '../src/model/form';
import { ASKED } from './samples';

const DECLARED: Declared = {
  parameters: [
    { name: 'lr', kind: 'number', default: 0.1 },
    { name: 'kind', kind: 'text', default: 'a' }
  ],
  open: true
};

const BEFORE = chosenOf(ASKED, DECLARED);
const now = (choices: object, parameters = BEFORE.parameters): Chosen => ({
  choices: { ...BEFORE.choices, ...choices },
  parameters
});

describe('chosenOf', () => {
  it('writes what was asked as one would type it', () => {
    expect(BEFORE.parameters).toEqual({ lr: '0.5', kind: '"12"' });
    expect(BEFORE.choices).toMatchObject({
      ...{ workers: '2', ps: '0', cpu: '0.5', memory: '2G', deadline: '90m', on: '' },
      ...{ others: 'other=true', env: 'MODE=fast\nSIZE=1', secrets: 'TOKEN', chief: false }
    });
  });

  it('says an amount exactly', () => {
    expect([2 ** 30, 64e6, 2 ** 20, 7].map(memoryText)).toEqual(['1Gi', '64M', '1Mi', '7']);
    expect([7200, 90, 60].map(durationText)).toEqual(['2h', '90s', '1m']);
  });
});

describe('changes', () => {
  it('are none where nothing was changed', () => {
    expect(changes(BEFORE, BEFORE, DECLARED)).toEqual({});
  });

  it('are what was typed otherwise, also where it is what a new job would have', () => {
    expect(changes(BEFORE, now({ workers: '1' }), DECLARED)).toEqual({ workers: '1' });
    expect(changes(BEFORE, now({ workers: '4' }), DECLARED)).toEqual({ workers: '4' });
    expect(changes(BEFORE, now({ chief: true }), DECLARED)).toEqual({ chief: true });
  });

  it('are null where a field was emptied', () => {
    const emptied = now({ deadline: '', env: '', secrets: '' });
    expect(changes(BEFORE, emptied, DECLARED)).toEqual({ deadline: null, env: [], secrets: [] });
  });

  it('of one parameter tell all of them: the server replaces them together', () => {
    const other = now({}, { ...BEFORE.parameters, lr: '0.1' });
    expect(changes(BEFORE, other, DECLARED)).toEqual({
      parameters: ['lr=0.1', 'kind="12"', 'other=true']
    });
  });

  it('say the image with the cluster, and not without', () => {
    const there = chosenOf({ ...ASKED, backend: 'team', image: 'a/b' }, DECLARED);
    const moved = { ...there, choices: { ...there.choices, on: 'other' } };
    expect(changes(there, moved, DECLARED)).toEqual({ on: 'other', image: 'a/b', volume: null });
    const back = { ...there, choices: { ...there.choices, on: '' } };
    expect(changes(there, back, DECLARED)).toEqual({ on: 'local' });
  });
});
