import { describe, expect, it } from 'vitest';

import { readFailure } from '../src/api/failure';
import { DEFAULTS, recall, remember, request, roles, sortProblems } from '../src/model/form';

describe('request', () => {
  it('leaves to the server what was left empty', () => {
    expect(request('a.ipynb', DEFAULTS, false)).toEqual({
      path: 'a.ipynb',
      workers: '1',
      ps: '0'
    });
  });

  it('sends what was typed as it was typed', () => {
    const choices = { ...DEFAULTS, workers: 'two', memory: ' 2G ', chief: true };
    expect(request('a.ipynb', choices, true)).toMatchObject({
      workers: 'two',
      memory: '2G',
      chief: true,
      rehearse: true
    });
  });
});

describe('a notebook’s memory', () => {
  it('holds only what is not as by default, and gives it back', () => {
    const choices = { ...DEFAULTS, workers: '3', evaluator: true };
    expect(remember(choices)).toEqual({ workers: '3', evaluator: true });
    expect(recall(remember(choices))).toEqual(choices);
  });

  it('is not believed where it has another form', () => {
    expect(recall({ workers: 3, chief: 'yes', more: 'x' })).toEqual(DEFAULTS);
    expect(recall('nonsense')).toEqual(DEFAULTS);
  });
});

describe('roles', () => {
  it('takes what is no count for none', () => {
    expect(roles({ ...DEFAULTS, workers: '-1', ps: '1e3' })).toMatchObject({ workers: 0, ps: 0 });
  });
});

describe('problems', () => {
  it('stand at their field, the others apart', () => {
    const failure = readFailure(
      422,
      {
        message: 'two things',
        problems: [
          { field: 'workers', message: 'Too many.' },
          { field: 'notebook', message: 'Cell 3 has a magic.' }
        ]
      },
      ''
    );
    const sorted = sortProblems(failure.problems);
    expect(sorted.fields).toEqual({ workers: 'Too many.' });
    expect(sorted.others.map(each => each.field)).toEqual(['notebook']);
  });

  it('are read of an answer with one field, and of none at all', () => {
    expect(readFailure(400, { message: 'No.', field: 'cpu' }, '').problems).toEqual([
      { field: 'cpu', message: 'No.' }
    ]);
    expect(readFailure(400, { message: 'No.', field: null }, '').problems).toEqual([]);
    expect(readFailure(502, '<html>', 'Refused.').message).toBe('Refused.');
  });
});
