import { describe, expect, it } from 'vitest';

import { Failure } from '../src/api/failure';
import type { JobRequest } from '../src/api/jobs';
import type { Job } from '../src/api/wire';
import { SubmitModel } from '../src/panels/submit/model';
import { job } from './samples';

/** A panel of a notebook, whose server answers as told; `happened` lists what was done. */
function panel(answer: (request: JobRequest) => Promise<Job>, remembered: unknown = undefined) {
  const happened: string[] = [];
  const save = async (choices: object): Promise<void> => {
    happened.push(`save ${JSON.stringify(choices)}`);
  };
  const model = new SubmitModel(
    { path: 'a.ipynb', remembered, save },
    {
      submit: request => {
        happened.push(`submit ${String(request['workers'])}`);
        return answer(request);
      },
      place: async () => ({})
    }
  );
  return { model, happened };
}

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
