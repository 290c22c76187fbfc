import type { Problem } from '../api/failure';
import type { JobRequest } from '../api/jobs';
import type { Roles } from './topology';

/** What stands in the fields; text as it was typed, since the server is who judges it. */
export interface Choices {
  readonly name: string;
  readonly workers: string;
  readonly ps: string;
  readonly chief: boolean;
  readonly evaluator: boolean;
  readonly cpu: string;
  readonly memory: string;
  readonly gpu: string;
  readonly retries: string;
  readonly deadline: string;
}

export type Field = keyof Choices;

export const DEFAULTS: Choices = {
  name: '',
  workers: '1',
  ps: '0',
  chief: false,
  evaluator: false,
  cpu: '',
  memory: '',
  gpu: '',
  retries: '',
  deadline: ''
};

export const FIELDS = Object.keys(DEFAULTS) as Field[];

/** Read what a notebook's metadata remember; what is of another type there is left out. */
export function recall(metadata: unknown): Choices {
  if (typeof metadata !== 'object' || metadata === null) {
    return DEFAULTS;
  }
  const kept = Object.entries(metadata).filter(
    ([name, value]) => name in DEFAULTS && typeof value === typeof DEFAULTS[name as Field]
  );
  return { ...DEFAULTS, ...(Object.fromEntries(kept) as Partial<Choices>) };
}

/** What a notebook's metadata shall remember: only what is not as by default. */
export function remember(choices: Choices): Partial<Choices> {
  return Object.fromEntries(
    Object.entries(choices).filter(([name, value]) => value !== DEFAULTS[name as Field])
  );
}

/** The request: what was left empty or as it was is the server's to decide. */
export function request(path: string, choices: Choices, rehearse: boolean): JobRequest {
  const told = Object.entries(choices)
    .map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const)
    .filter(([, value]) => value !== '' && value !== false);
  return { path, ...Object.fromEntries(told), ...(rehearse ? { rehearse } : {}) };
}

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

/** What is wrong with which field. */
export type Complaints = { readonly [F in Field]?: string | undefined };

export interface Sorted {
  readonly fields: Complaints;
  /** Of what has no field here. */
  readonly others: readonly Problem[];
}

/** Put problems where they belong. */
export function sortProblems(problems: readonly Problem[]): Sorted {
  const fields: { -readonly [F in Field]?: string } = {};
  const others: Problem[] = [];
  for (const problem of problems) {
    const field = FIELDS.find(name => name === problem.field);
    if (field) {
      fields[field] = [fields[field], problem.message].filter(Boolean).join(' ');
    } else {
      others.push(problem);
    }
  }
  return { fields, others };
}
