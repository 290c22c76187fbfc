import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Failure } from '../src/api/failure';
import type { JobRequest } from '../src/api/jobs';
import type { Job, NotebookFacts, Plan } from '../src/api/wire';
import { chosenOf } from '../src/model/again';
import { SubmitModel } from '../src/panels/submit/model';
import { ASKED, job } from './samples';

/** A panel of a notebook, whose server answers as told; `happened` lists what was done. */
function panel(
  answer: (request: JobRequest) => Promise<Job>,
  remembered: unknown = undefined,
  planned: (request: JobRequest) => Promise<Plan> = async () => PLAN
) {
  const happened: string[] = [];
  const save = async (choices: object): Promise<void> => {
    happened.push(`save ${JSON.stringify(choices)}`);
  };
  const saving = new Signal<object, string>({});
  const subject = { path: 'a.ipynb', remembered, kernels: [], saving, save };
  const model = new SubmitModel(subject, {
    submit: request => {
      happened.push(`submit ${String(request['workers'])}`);
      return answer(request);
    },
    place: async () => ({}),
    notebook: async () => {
      happened.push('notebook');
      return FACTS;
    },
    plan: asked => {
      happened.push(`plan ${String(asked['workers'])}`);
      return planned(asked);
    }
  });
  return { model, happened, saving };
}

const FACTS: NotebookFacts = {
  kind: 'notebook',
  kernel: null,
  open: false,
  parameters: [{ name: 'lr', kind: 'number', default: 0.1 }],
  travels: { files: [], count: 3, size: 30, warnings: [] }
};

const PLAN: Plan = {
  travels: { files: [], count: 1, size: 10, warnings: [] },
  advice: [],
  spec: { name: 'a', model: 'a', python: null, resources: { cpu: 0.5, memory: 1e9 } },
  shell: 'longboat submit a.ipynb',
  python: '',
  yaml: null
};

const REFUSED = new Failure('No.', 422, [{ field: 'parameters.lr', message: 'No number.' }]);

describe('SubmitModel', () => {
  it('saves the notebook with the choices before it submits', async () => {
    const { model, happened } = panel(async () => job({ id: 'new' }));
    model.set('workers', '2');
    expect((await model.submit(false))?.id).toBe('new');
    expect(happened).toEqual(['save {"workers":"2"}', 'submit 2']);
  });

  it('begins with what the notebook remembers', () => {
    const { model } = panel(async () => job(), { workers: '4' });
    expect(model.view.choices.workers).toBe('4');
  });

  it('shows a problem at its field until the field is changed', async () => {
    const { model } = panel(() =>
      Promise.reject(new Failure('No.', 422, [{ field: 'workers', message: 'Too many.' }]))
    );
    expect(await model.submit(false)).toBeNull();
    expect(model.view).toMatchObject({ problems: { workers: 'Too many.' }, general: [] });
    model.set('workers', '2');
    expect(model.view.problems.workers).toBeUndefined();
    expect(model.view.busy).toBe(false);
  });

  it('says in a sentence what has no field', async () => {
    const { model } = panel(() => Promise.reject(new Failure('The server does not answer.', 0)));
    await model.submit(false);
    expect(model.view.general).toEqual(['The server does not answer.']);
  });

  it('submits once, however often somebody presses', async () => {
    const { model, happened } = panel(async () => job());
    await Promise.all([model.submit(false), model.submit(false)]);
    expect(happened.filter(each => each.startsWith('submit'))).toHaveLength(1);
  });
});

describe('a job that runs once more', () => {
  const again = async (rehearsed: boolean, rehearse: boolean): Promise<JobRequest[]> => {
    const asked = { ...ASKED, rehearse: rehearsed };
    const chosen = chosenOf(asked, FACTS);
    const sent: JobRequest[] = [];
    const model = new SubmitModel(
      {
        ...{ path: 'a.ipynb', kernels: [], saving: new Signal<object, string>({}) },
        again: { id: 'j1', asked, chosen },
        remembered: { ...chosen.choices, parameters: chosen.parameters },
        save: async () => undefined
      },
      {
        submit: async changes => {
          sent.push(changes);
          return job();
        },
        ...{ place: async () => ({}), notebook: async () => FACTS, plan: async () => PLAN }
      }
    );
    model.set('workers', '4');
    await model.submit(rehearse);
    return sent;
  };

  it('is asked for with what was changed, and no more', async () => {
    expect(await again(false, false)).toEqual([{ workers: '4' }]);
    expect(await again(false, true)).toEqual([{ workers: '4', rehearse: true }]);
  });

  it('is run in earnest after a rehearsal', async () => {
    expect(await again(true, false)).toEqual([{ workers: '4', rehearse: false }]);
  });
});

describe('what was typed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is checked when the typing pauses, once', async () => {
    const { model, happened } = panel(async () => job());
    await model.look();
    model.set('workers', '2');
    model.set('workers', '23');
    await vi.advanceTimersByTimeAsync(1000);
    expect(happened).toEqual(['notebook', 'plan undefined', 'plan 23']);
    expect(model.view.plan).toBe(PLAN);
  });

  it('is wrong at its field, until it is mended', async () => {
    const { model } = panel(
      async () => job(),
      undefined,
      async asked => {
        if (asked['parameters']) {
          throw REFUSED;
        }
        return PLAN;
      }
    );
    await model.look();
    model.setParameter('lr', 'high');
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.view.problems['parameters.lr']).toBe('No number.');
    expect(model.view.plan).toBeNull();
    expect(model.view.travels).toBe(PLAN.travels);
    model.setParameter('lr', '');
    expect(model.view.problems['parameters.lr']).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.view.plan).toBe(PLAN);
  });

  it('counts as it is now, whichever answer comes last', async () => {
    const answers: ((plan: Plan) => void)[] = [];
    const { model } = panel(
      async () => job(),
      undefined,
      () => new Promise<Plan>(answer => answers.push(answer))
    );
    void model.look();
    await vi.advanceTimersByTimeAsync(1000);
    model.set('workers', '2');
    await vi.advanceTimersByTimeAsync(1000);
    answers[1]?.({ ...PLAN, shell: 'now' });
    answers[0]?.({ ...PLAN, shell: 'then' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.view.plan?.shell).toBe('now');
  });

  it('is not said to run where the server cannot tell', async () => {
    let answers = true;
    const { model } = panel(
      async () => job(),
      undefined,
      async () => {
        if (!answers) {
          throw new Failure('The cluster does not answer.', 503);
        }
        return PLAN;
      }
    );
    await model.look();
    answers = false;
    model.set('on', 'team');
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.view).toMatchObject({
      general: ['The cluster does not answer.'],
      plan: null,
      travels: null
    });
  });

  it('may be wrong from the start, and what travels is told all the same', async () => {
    const { model } = panel(
      async () => job(),
      { workers: 'two' },
      () => Promise.reject(new Failure('No.', 422, [{ field: 'workers', message: 'No count.' }]))
    );
    await model.look();
    expect(model.view.travels).toBe(FACTS.travels);
  });

  it('is looked at again when the notebook has been saved', async () => {
    const { model, happened, saving } = panel(async () => job());
    saving.emit('started');
    saving.emit('completed manually');
    await vi.advanceTimersByTimeAsync(1000);
    expect(happened).toEqual(['notebook', 'plan undefined']);
    model.dispose();
    saving.emit('completed');
    expect(happened).toHaveLength(2);
  });

  it('is not asked about where nobody looks any more', async () => {
    const { model, happened } = panel(async () => job());
    model.set('workers', '2');
    model.dispose();
    await vi.advanceTimersByTimeAsync(1000);
    expect(happened).toEqual([]);
  });
});
