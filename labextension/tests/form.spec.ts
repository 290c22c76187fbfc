import { describe, expect, it } from 'vitest';

import { readFailure } from '../src/api/failure';
import {
  DEFAULTS,
  recall,
  remember,
  request,
  roles,
  sortProblems,
  standards
} from '../src/model/form';
import type { Parameter, ParameterKind } from '../src/api/wire';
import type { Choices, Chosen, Declared, Values } from '../src/model/form';

import { isPrivate, items, lines } from '../src/model/lists';
import { defaultText, keyboardOf } from '../src/model/parameter';

const declared: Declared = {
  parameters: [{ name: 'lr', kind: 'number', default: 0.1 }],
  open: false
};

const chosen = (given: Partial<Choices> = {}, parameters: Values = {}): Chosen => ({
  choices: { ...DEFAULTS, ...given },
  parameters
});

describe('request', () => {
  it('leaves to the server what was left empty', () => {
    expect(request('a.ipynb', chosen())).toEqual({ path: 'a.ipynb' });
  });

  it('sends what was typed as it was typed', () => {
    const asked = chosen({ workers: 'two', memory: ' 2G ', chief: true }, { lr: '0.1' });
    expect(request('a.ipynb', asked)).toMatchObject({
      workers: 'two',
      memory: '2G',
      chief: true,
      parameters: ['lr=0.1']
    });
  });

  it('sends lists of what was typed in lines', () => {
    const asked = chosen({ env: 'A=1\n\n B=2 ', secrets: 'X, Y\nZ', files: 'data/*' });
    expect(request('a.ipynb', asked)).toMatchObject({
      env: ['A=1', 'B=2'],
      secrets: ['X', 'Y', 'Z'],
      files: ['data/*']
    });
  });

  it('names an image and a volume only to a cluster', () => {
    const there = { image: 'a/b', volume: 'shared' };
    expect(request('a.ipynb', chosen(there))).not.toHaveProperty('image');
    expect(request('a.ipynb', chosen({ ...there, on: 'local' }))).not.toHaveProperty('volume');
    expect(request('a.ipynb', chosen({ ...there, on: 'team' }))).toMatchObject({
      on: 'team',
      ...there
    });
  });

  it('leaves out what is remembered of a parameter that is declared no more', () => {
    const asked = chosen({ others: 'size=8' }, { lr: '0.1', gone: '1' });
    expect(request('a.ipynb', asked, declared)).toMatchObject({ parameters: ['lr=0.1'] });
    expect(request('a.ipynb', asked, { ...declared, open: true })).toMatchObject({
      parameters: ['lr=0.1', 'size=8']
    });
  });

  it('names a kernel only to this machine', () => {
    expect(request('a.ipynb', chosen({ kernel: 'gpu' }))).toMatchObject({ kernel: 'gpu' });
    expect(request('a.ipynb', chosen({ kernel: 'gpu', on: 'team' }))).not.toHaveProperty('kernel');
  });
});

describe('what an empty field means', () => {
  const spec = { name: 'a', model: 'a', python: null, resources: { cpu: 0.5, memory: 2 ** 31 } };

  it('is told by the plan', () => {
    expect(standards({}, DEFAULTS, spec)).toEqual({
      name: 'a',
      model: 'a',
      cpu: '0.5',
      memory: '2 GB'
    });
  });

  it('is not what was typed into it', () => {
    const typed = standards(
      { cpu: '0.5' },
      { ...DEFAULTS, cpu: '2' },
      {
        ...spec,
        resources: { cpu: 2, memory: 2 ** 30 }
      }
    );
    expect(typed).toMatchObject({ cpu: '0.5', memory: '1 GB' });
  });
});

describe('a notebook’s memory', () => {
  it('holds only what is not as by default, and gives it back', () => {
    const asked = chosen({ workers: '3', evaluator: true }, { lr: '0.1' });
    expect(remember(asked)).toEqual({ workers: '3', evaluator: true, parameters: { lr: '0.1' } });
    expect(recall(remember(asked))).toEqual(asked);
    expect(remember(chosen())).toEqual({});
  });

  it('holds no value that looks private', () => {
    const asked = chosen({ env: 'SIZE=2\nMY_TOKEN=abc\npassword=x', secrets: 'API_KEY' });
    expect(remember(asked)).toEqual({ env: 'SIZE=2', secrets: 'API_KEY' });
  });

  it('holds no text of a parameter that looks private', () => {
    const others = 'token=a=b\nn=1';
    const asked = chosen({ others }, { api_key: 'abc', max_tokens: '1e3', lr: '0.1' });
    expect(remember(asked)).toEqual({
      others: 'n=1',
      parameters: { max_tokens: '1e3', lr: '0.1' }
    });
    expect(remember(chosen({}, { api_key: 'abc' }))).toEqual({});
  });

  it('is not believed where it has another form', () => {
    const odd = { workers: 3, chief: 'yes', more: 'x', parameters: { lr: 1 } };
    expect(recall(odd)).toEqual(chosen());
    expect(recall({ parameters: 'x' })).toEqual(chosen());
    expect(recall('nonsense')).toEqual(chosen());
  });
});

describe('lists', () => {
  it('are read from what people type', () => {
    expect(lines(' a \n\nb')).toEqual(['a', 'b']);
    expect(items(' a,b  c\nd')).toEqual(['a', 'b', 'c', 'd']);
    expect(isPrivate('DB_PASSWORD=1')).toBe(true);
    expect(isPrivate('SIZE=KEY')).toBe(false);
  });
});

describe('a parameter', () => {
  const of = (kind: ParameterKind, value: unknown): Parameter => ({
    name: 'x',
    kind,
    default: value
  });

  it('is typed on the keyboard that suits it', () => {
    const kinds = ['whole', 'number', 'text', 'json', 'computed'] as const;
    expect(kinds.map(kind => keyboardOf(of(kind, null)))).toEqual([
      'numeric',
      'decimal',
      'text',
      'text',
      'text'
    ]);
  });

  it('shows its default as one would type it', () => {
    const shown = [
      of('number', 0.1),
      of('switch', false),
      of('text', 'a'),
      of('json', [1, 2]),
      of('any', null),
      of('computed', null)
    ].map(defaultText);
    expect(shown).toEqual(['0.1', 'false', 'a', '[1,2]', 'None', '']);
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
          { field: 'notebook', message: 'Cell 3 has a magic.' },
          { field: 'parameters.lr', message: 'No number.' },
          { field: 'parameters.gone', message: 'There is none.' },
          { field: 'backend', message: 'Unknown.' },
          { field: 'python', message: 'It has no IPython.' },
          { field: 'env.A', message: 'Give it once.' },
          { field: 'env', message: 'B is not NAME=VALUE.' }
        ]
      },
      ''
    );
    const sorted = sortProblems(failure.problems, declared);
    expect(sorted.fields).toEqual({
      workers: 'Too many.',
      on: 'Unknown.',
      kernel: 'It has no IPython.',
      env: 'A: Give it once. B is not NAME=VALUE.',
      'parameters.lr': 'No number.'
    });
    expect(sorted.others.map(each => each.field)).toEqual(['notebook', 'parameters.gone']);
  });

  it('of parameters that are not declared stand at their common field', () => {
    const problems = [
      { field: 'parameters.lr', message: 'No number.' },
      { field: 'parameters.size', message: 'Too large.' },
      { field: 'parameters', message: 'x is not NAME=VALUE.' }
    ];
    expect(sortProblems(problems, { ...declared, open: true })).toEqual({
      fields: { 'parameters.lr': 'No number.', others: 'size: Too large. x is not NAME=VALUE.' },
      others: []
    });
  });

  it('are read of an answer with one field, and of none at all', () => {
    expect(readFailure(400, { message: 'No.', field: 'cpu' }, '').problems).toEqual([
      { field: 'cpu', message: 'No.' }
    ]);
    expect(readFailure(400, { message: 'No.', field: null }, '').problems).toEqual([]);
    expect(readFailure(502, '<html>', 'Refused.').message).toBe('Refused.');
  });
});
