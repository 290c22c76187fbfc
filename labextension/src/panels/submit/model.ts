import { Debouncer } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { Failure, sentence } from '../../api/failure';
import type { JobRequest } from '../../api/jobs';
import type { Job, NotebookFacts, Place, Plan, Travels } from '../../api/wire';
import type { Choices, Chosen, Complaints, Field, Remembered, Standards } from '../../model/form';
import type { Earlier } from '../../model/again';
import { changes } from '../../model/again';
import { recall, remember, request, sortProblems, standards } from '../../model/form';

export interface Kernel {
  readonly name: string;
  readonly label: string;
}

/** The notebook that is to be submitted, or the job that is to run once more. */
export interface Subject {
  /** Relative to the server's root; of a job, in its snapshot. */
  readonly path: string;
  /** The job, whose files and environment are those of then; none of a notebook. */
  readonly again?: Earlier;
  /** What it remembers of the last choices. */
  readonly remembered: unknown;
  /** Those that Python runs in. */
  readonly kernels: readonly Kernel[];
  /** Says when the notebook is about to be saved, and when it is. */
  readonly saving: ISignal<unknown, string>;
  /** Note the choices in it, and save it. */
  save(choices: Remembered): Promise<void>;
}

/** What the submit panel asks of the server. */
export interface Desk {
  submit(request: JobRequest): Promise<Job>;
  place(): Promise<Place>;
  notebook(path: string): Promise<NotebookFacts>;
  plan(request: JobRequest): Promise<Plan>;
}

/** What the submit panel shows; replaced whole. */
export interface SubmitView extends Chosen {
  readonly problems: Complaints;
  /** Sentences about what has no field here. */
  readonly general: readonly string[];
  readonly busy: boolean;
  readonly place: Place | null;
  readonly notebook: NotebookFacts | null;
  /** What would run, as far as that is known of what is chosen now. */
  readonly plan: Plan | null;
  /** What would travel; what is wrong elsewhere says nothing of it. */
  readonly travels: Travels | null;
  readonly standards: Standards;
}

/** Milliseconds after the last key, before what was typed is checked. */
const PAUSE = 400;

/** The submit panel's state: what was typed, what is wrong with it, what would run. */
export class SubmitModel {
  constructor(
    readonly subject: Subject,
    private readonly _desk: Desk
  ) {
    this._view = {
      ...recall(subject.remembered),
      problems: {},
      general: [],
      busy: false,
      place: null,
      notebook: null,
      plan: null,
      travels: null,
      standards: {}
    };
    subject.saving.connect(this.saved, this);
  }

  get view(): SubmitView {
    return this._view;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Ask what there is and what would run; the form works without an answer. */
  async look(): Promise<void> {
    const notebook = await this._desk.notebook(this.subject.path).catch(() => null);
    if (notebook) {
      const { travels } = this._view.choices.files ? this._view : notebook;
      this.update({ notebook, travels });
    }
    await this.check();
  }

  /** Take in what was typed; what was wrong with it may be mended now. */
  set<F extends Field>(field: F, value: Choices[F]): void {
    this.change(field, { choices: { ...this._view.choices, [field]: value } });
  }

  /** The same of a parameter; empty: as the notebook has it. */
  setParameter(name: string, value: string): void {
    const others = Object.entries(this._view.parameters).filter(([each]) => each !== name);
    const values = value === '' ? others : [...others, [name, value] as const];
    this.change(`parameters.${name}`, { parameters: Object.fromEntries(values) });
  }

  /** Save the notebook and submit it; null when that was refused, and why is in `view`. */
  async submit(rehearse: boolean): Promise<Job | null> {
    if (this._view.busy) {
      return null;
    }
    this._checks++; // what is still asked has been overtaken
    this.update({ busy: true, problems: {}, general: [] });
    try {
      await this.subject.save(remember(this._view));
      const { asked } = this.subject.again ?? {};
      const same = rehearse === (asked?.rehearse ?? false);
      return await this._desk.submit(same ? this.asked() : { ...this.asked(), rehearse });
    } catch (error) {
      this.refuse(error);
      return null;
    } finally {
      this.update({ busy: false });
    }
  }

  dispose(): void {
    Signal.disconnectReceiver(this);
    this._checks++;
    this._soon.dispose();
  }

  /** Other parameters may be declared now, or what was wrong in a cell is mended. */
  private saved(_: unknown, state: string): void {
    if (state.startsWith('completed') && !this._view.busy) {
      void this.look();
    }
  }

  private change(field: string, change: Partial<SubmitView>): void {
    this.update({ ...change, problems: { ...this._view.problems, [field]: undefined } });
    this._checks++;
    void this._soon.invoke().catch(() => undefined); // disposed
  }

  /** Have the server look at what is chosen; only the newest answer counts. */
  private async check(): Promise<void> {
    const mine = ++this._checks;
    const isNewest = (): boolean => mine === this._checks && !this._view.busy;
    void this.lookForRoom();
    try {
      const plan = await this._desk.plan(this.asked());
      if (isNewest()) {
        this.accept(plan);
      }
    } catch (error) {
      if (isNewest()) {
        this.refuse(error);
      }
    }
  }

  /** Ask what is free now. */
  private async lookForRoom(): Promise<void> {
    const place = await this._desk.place().catch(() => null);
    if (place) {
      this.update({ place });
    }
  }

  private asked(): JobRequest {
    const { path, again } = this.subject;
    const { notebook } = this._view;
    return again
      ? changes(again.chosen, this._view, notebook)
      : request(path, this._view, notebook);
  }

  private accept(plan: Plan): void {
    const known = standards(this._view.standards, this._view.choices, plan.spec);
    this.update({ plan, travels: plan.travels, standards: known, problems: {}, general: [] });
  }

  private refuse(error: unknown): void {
    const problems = error instanceof Failure ? error.problems : [];
    const { fields, others } = sortProblems(problems, this._view.notebook);
    const found = Object.keys(fields).length + others.length;
    const general = found ? others.map(other => other.message) : [sentence(error)];
    const travels = fields['files'] || general.length ? null : this._view.travels;
    this.update({ problems: fields, general, plan: null, travels });
  }

  private update(change: Partial<SubmitView>): void {
    this._view = { ...this._view, ...change };
    this._changed.emit();
  }

  private _view: SubmitView;
  private _checks = 0;
  private readonly _soon = new Debouncer(() => this.check(), PAUSE);
  private readonly _changed = new Signal<this, void>(this);
}
