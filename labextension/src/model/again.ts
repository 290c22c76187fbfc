import type { Asked } from '../api/again';
import type { JobRequest } from '../api/jobs';
import type { Chosen, Declared, Field, Values } from './form';
import { DEFAULTS, isElsewhere, meaningless, request } from './form';

/** A job that is to run once more: what it was asked for, and how that stands in the form. */
export interface Earlier {
  readonly id: string;
  readonly asked: Asked;
  readonly chosen: Chosen;
}

const LISTS: readonly string[] = ['parameters', 'env', 'secrets', 'files'];

/** What stands in the form of a job that is to run once more. */
export function chosenOf(asked: Asked, { parameters }: Declared): Chosen {
  const names = new Set(parameters.map(each => each.name));
  const values = Object.entries(asked.parameters).map(([name, value]) => [name, text(value)]);
  const isDeclared = ([name = '']: string[]): boolean => names.has(name);
  const { name, model, image, volume, backend, chief, evaluator } = asked;
  return {
    choices: {
      ...DEFAULTS,
      ...{ name, model, evaluator, chief: chief ?? false },
      on: backend === 'local' ? '' : backend,
      image: image ?? '',
      volume: volume ?? '',
      workers: String(asked.workers),
      ps: String(asked.ps),
      cpu: String(asked.cpu),
      memory: memoryText(asked.memory),
      gpu: asked.gpu ? String(asked.gpu) : '',
      retries: asked.retries ? String(asked.retries) : '',
      deadline: asked.deadline === null ? '' : durationText(asked.deadline),
      env: pairs(Object.entries(asked.env)),
      others: pairs(values.filter(each => !isDeclared(each))),
      secrets: asked.secrets.join(' ')
    },
    parameters: Object.fromEntries(values.filter(isDeclared)) as Values
  };
}

/** What is asked otherwise than then; what was emptied is null: as by default. */
export function changes(before: Chosen, now: Chosen, declared: Declared | null): JobRequest {
  const then = request('', before, declared);
  const asked = request('', now, declared);
  // Elsewhere there are other images and volumes: there what stands in the form counts.
  const moved = then['on'] !== asked['on'] && isElsewhere(now.choices) ? ['image', 'volume'] : [];
  const silent = meaningless(now.choices).filter(field => field !== 'on');
  const every = new Set([...Object.keys(then), ...Object.keys(asked), ...moved]);
  const names = [...every].filter(name => name !== 'path' && !silent.some(each => each === name));
  const isOther = (name: string): boolean =>
    moved.includes(name) || JSON.stringify(then[name]) !== JSON.stringify(asked[name]);
  return Object.fromEntries(
    names.filter(isOther).map(name => [name, asked[name] ?? unasked(name, now)])
  );
}

/** How to ask for what a new job would have by itself. */
function unasked(name: string, { choices }: Chosen): unknown {
  if (LISTS.includes(name)) {
    return [];
  }
  const value = choices[name as Field];
  return typeof value === 'string' ? value.trim() || (name === 'on' ? 'local' : null) : value;
}

const pairs = (values: readonly (readonly string[])[]): string =>
  values.map(each => each.join('=')).join('\n');

/** A parameter's value as one types it: JSON, or a text that cannot be taken for JSON. */
function text(value: unknown): string {
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  try {
    JSON.parse(value);
  } catch {
    return value;
  }
  return JSON.stringify(value);
}

/** Bytes in the largest unit that says them exactly. */
export function memoryText(amount: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['G', 1e9],
    ['Gi', 2 ** 30],
    ['M', 1e6],
    ['Mi', 2 ** 20]
  ];
  const exact = units.find(([, size]) => amount % size === 0);
  return exact ? `${amount / exact[1]}${exact[0]}` : String(amount);
}

/** Seconds in the largest unit that says them exactly. */
export function durationText(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['h', 3600],
    ['m', 60]
  ];
  const exact = units.find(([, size]) => seconds % size === 0);
  return exact ? `${seconds / exact[1]}${exact[0]}` : `${seconds}s`;
}
