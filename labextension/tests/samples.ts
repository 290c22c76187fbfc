import type { Asked } from '../src/api/again';
import type { Job, Replica } from '../src/api/wire';

/** A job for the tests, with what a test cares for. */
export function job(given: Partial<Job> = {}): Job {
  return {
    id: 'j1',
    name: 'digits',
    state: 'running',
    reason: '',
    message: '',
    backend: 'local',
    created: 100,
    started: 101,
    ended: null,
    attempt: 1,
    retries: 0,
    replicas: [replica()],
    resources: { cpu: 1, memory: 2 ** 30, gpu: 0 },
    progress: { cell: 0, cells: 0, done: 0, total: 0, remaining: null },
    metrics: {},
    model: null,
    rehearse: false,
    entry: 'digits.ipynb',
    parameters: {},
    again: null,
    ...given
  };
}

/** A replica for the tests. */
export function replica(given: Partial<Replica> = {}): Replica {
  return {
    role: 'worker',
    index: 0,
    state: 'running',
    exit_code: null,
    memory_peak: null,
    ...given
  };
}

/** What a job was asked for. */
export const ASKED: Asked = {
  name: 'digits',
  workers: 2,
  ps: 0,
  evaluator: false,
  cpu: 0.5,
  memory: 2e9,
  gpu: 0,
  parameters: { lr: 0.5, kind: '12', other: true },
  env: { MODE: 'fast', SIZE: '1' },
  secrets: ['TOKEN'],
  model: 'digits',
  requirements: [],
  deadline: 5400,
  retries: 1,
  backend: 'local',
  image: null,
  volume: null,
  rehearse: false
};
