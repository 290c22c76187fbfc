import type { Problem } from '../api/failure';
import type { JobRequest } from '../api/jobs';
import type { NotebookFacts, PlannedSpec } from '../api/wire';
import { isPrivate, items, lines } from './lists';
import type { Roles } from './topology';
import { bytes, figure } from './words';

/** What stands in the fields; text as it was typed, since the server is who judges it. */
export interface Choices {
  readonly name: string;
  readonly on: string;
  readonly image: string;
  readonly volume: string;
  readonly workers: string;
  readonly ps: string;
  readonly chief: boolean;
  readonly evaluator: boolean;
  readonly cpu: string;
  readonly memory: string;
  readonly gpu: string;
  /** Values of parameters that are not declared, `NAME=VALUE` in each line. */
  readonly others: string;
  /** A glob in each line. */
  readonly files: string;
  /** The name of a Jupyter kernel; empty: the notebook's. */
  readonly kernel: string;
  readonly requirements: string;
  readonly model: string;
  readonly retries: string;
  readonly deadline: string;
  /** `NAME=VALUE` in each line. */
  readonly env: string;
  /** Names of variables, apart by spaces, commas or lines. */
  readonly secrets: string;
}

export type Field = keyof Choices;
/** Name → the value as typed; what is not there is as the notebook has it. */
export type Values = Readonly<Record<string, string>>;

/** All that is chosen. */
export interface Chosen {
  readonly choices: Choices;
  readonly parameters: Values;
}

/** What a notebook's metadata hold of it. */
export type Remembered = Partial<Choices> & { readonly parameters?: Values };

export const DEFAULTS: Choices = {
  name: '',
  on: '',
  image: '',
  volume: '',
  workers: '1',
  ps: '0',
  chief: false,
  evaluator: false,
  cpu: '',
  memory: '',
  gpu: '',
  others: '',
  files: '',
  kernel: '',
  requirements: '',
  model: '',
  retries: '',
  deadline: '',
  env: '',
  secrets: ''
};

export const FIELDS = Object.keys(DEFAULTS) as Field[];
/** What means nothing on this machine, and what means nothing on a cluster. */
const OF_A_CLUSTER: readonly Field[] = ['on', 'image', 'volume'];
const OF_HERE: readonly Field[] = ['kernel'];

/** Whether it is to run on a cluster. */
export const isElsewhere = (choices: Choices): boolean =>
  choices.on !== '' && choices.on !== 'local';

/** The fields that say nothing where it is to run. */
export const meaningless = (choices: Choices): readonly Field[] =>
  isElsewhere(choices) ? OF_HERE : OF_A_CLUSTER;

/** Read what a notebook's metadata remember; what is of another type there is left out. */
export function recall(metadata: unknown): Chosen {
  if (typeof metadata !== 'object' || metadata === null) {
    return { choices: DEFAULTS, parameters: {} };
  }
  const kept = Object.entries(metadata).filter(
    ([name, value]) => name in DEFAULTS && typeof value === typeof DEFAULTS[name as Field]
  );
  const choices = { ...DEFAULTS, ...(Object.fromEntries(kept) as Partial<Choices>) };
  return { choices, parameters: texts((metadata as { parameters?: unknown }).parameters) };
}

function texts(value: unknown): Values {
  const pairs = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(pairs.filter(([, each]) => typeof each === 'string'));
}

/** What a notebook's metadata shall remember: what is not as by default, and nothing private. */
export function remember({ choices, parameters }: Chosen): Remembered {
  const env = lines(choices.env).filter(line => !isPrivate(line));
  const others = lines(choices.others).filter(line => !isSecret(...pair(line)));
  const told = { ...choices, env: env.join('\n'), others: others.join('\n') };
  const kept = Object.entries(told).filter(([name, value]) => value !== DEFAULTS[name as Field]);
  const values = Object.entries(parameters).filter(([name, value]) => !isSecret(name, value));
  const typed = values.length ? { parameters: Object.fromEntries(values) } : {};
  return { ...Object.fromEntries(kept), ...typed };
}

/** Of a parameter: max_tokens=100 is none. */
const isSecret = (name: string, value: string): boolean =>
  isPrivate(name) && !/^\s*([-+.\d][-+.\de]*|true|false)\s*$/i.test(value);

function pair(line: string): [string, string] {
  const [name = '', ...value] = line.split('=');
  return [name, value.join('=')];
}

/** What of the notebook a form must know. */
export type Declared = Pick<NotebookFacts, 'parameters' | 'open'>;

/**
 * The request: what was left empty or as it was is the server's to decide.
 *
 * A value remembered of a parameter that `declared` has no more is left out: it has no field in
 * which it could be taken back.
 */
export function request(
  path: string,
  { choices, parameters }: Chosen,
  declared: Declared | null = null
): JobRequest {
  const { env, secrets, files, others, ...single } = choices;
  const names = declared?.parameters.map(each => each.name);
  const typed = Object.entries(parameters).filter(([name]) => names?.includes(name) ?? true);
  const lists = {
    parameters: [
      ...typed.map(([name, value]) => `${name}=${value}`),
      ...(declared?.open ? lines(others) : [])
    ],
    env: lines(env),
    secrets: items(secrets),
    files: lines(files)
  };
  const silent = meaningless(choices);
  const told = [...Object.entries(single), ...Object.entries(lists)]
    .filter(([name]) => !silent.some(each => each === name))
    .map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const)
    .filter(
      ([name, value]) => value !== '' && value !== DEFAULTS[name as Field] && !isEmpty(value)
    );
  return { path, ...Object.fromEntries(told) };
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** How many replicas the choices ask for; what is no count is none. */
export function roles(choices: Choices): Roles {
  return {
    workers: count(choices.workers),
    ps: count(choices.ps),
    chief: choices.chief,
    evaluator: choices.evaluator
  };
}

function count(text: string): number {
  const value = /^\s*\d{1,4}\s*$/.test(text) ? Number(text) : 0;
  return Math.min(value, 1000);
}

/** What is wrong with which field: `workers`, `parameters.lr`. */
export type Complaints = Readonly<Record<string, string | undefined>>;

export interface Sorted {
  readonly fields: Complaints;
  /** Of what has no field here. */
  readonly others: readonly Problem[];
}

/** The server's word for a field, where it is not the form's. */
const NAMES: Readonly<Record<string, string>> = { backend: 'on', python: 'kernel' };

/** Put problems where they belong. */
export function sortProblems(
  problems: readonly Problem[],
  declared: Declared | null = null
): Sorted {
  const names = (declared?.parameters ?? []).map(each => `parameters.${each.name}`);
  const known = new Set([...FIELDS, ...names]);
  const fields: Record<string, string> = {};
  const others: Problem[] = [];
  for (const problem of problems) {
    const field = fieldOf(problem.field, known, declared?.open ?? false);
    if (known.has(field)) {
      const message = field === problem.field ? problem.message : worded(problem);
      fields[field] = [fields[field], message].filter(Boolean).join(' ');
    } else {
      others.push(problem);
    }
  }
  return { fields, others };
}

/** The form's word: of variables, and of parameters that are not declared, one field has several. */
function fieldOf(field: string, known: ReadonlySet<string>, open: boolean): string {
  const [first] = field.split('.', 1);
  if (first === 'parameters' && open && !known.has(field)) {
    return 'others';
  }
  return NAMES[field] ?? (first === 'env' ? 'env' : field);
}

/** What is said of one of several in a field, with its name. */
function worded({ field, message }: Problem): string {
  const name = field.split('.').slice(1).join('.');
  return name ? `${name}: ${message}` : message;
}

/** What counts where a field is left empty, as far as a plan has told. */
export type Standards = Partial<Record<Field, string>>;

/** Learn from a plan what its empty fields mean. */
export function standards(known: Standards, choices: Choices, spec: PlannedSpec): Standards {
  const { name, model, resources } = spec;
  const told = { name, model, cpu: figure(resources.cpu), memory: bytes(resources.memory) };
  const empty = Object.entries(told).filter(([field]) => choices[field as Field] === '');
  return { ...known, ...Object.fromEntries(empty) };
}
