import { ISignal, Signal } from '@lumino/signaling';

import { Failure, sentence } from '../../api/failure';
import type { JobRequest } from '../../api/jobs';
import type { Job, Place } from '../../api/wire';
import type { Choices, Complaints, Field } from '../../model/form';
import { recall, remember, request, sortProblems } from '../../model/form';

/** The notebook that is to be submitted. */
export interface Subject {
  /** Relative to the server's root. */
  readonly path: string;
  /** What it remembers of the last choices. */
  readonly remembered: unknown;
  /** Note the choices in it, and save it. */
  save(choices: Partial<Choices>): Promise<void>;
}

/** What the submit panel asks of the server. */
export interface Desk {
  submit(request: JobRequest): Promise<Job>;
  place(): Promise<Place>;
}

/** What the submit panel shows; replaced whole. */
export interface SubmitView {
  readonly choices: Choices;
  readonly problems: Complaints;
  /** Sentences about what has no field here. */
  readonly general: readonly string[];
  readonly busy: boolean;
  readonly place: Place | null;
}

/** The submit panel's state: what was typed, what is wrong with it. */
export class SubmitModel {
  constructor(
    readonly subject: Subject,
    private readonly _desk: Desk
  ) {
    this._view = {
      choices: recall(subject.remembered),
      problems: {},
      general: [],
      busy: false,
      place: null
    };
  }

  get view(): SubmitView {
    return this._view;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Ask what is free; the form works without an answer. */
  async look(): Promise<void> {
    try {
      this.update({ place: await this._desk.place() });
    } catch {
      this.update({ place: null });
    }
  }

  /** Take in what was typed; what was wrong with it may be mended now. */
  set<F extends Field>(field: F, value: Choices[F]): void {
    const problems = { ...this._view.problems, [field]: undefined };
    this.update({ choices: { ...this._view.choices, [field]: value }, problems });
  }

  /** Save the notebook and submit it; null when that was refused, and why is in `view`. */
  async submit(rehearse: boolean): Promise<Job | null> {
    if (this._view.busy) {
      return null;
    }
    this.update({ busy: true, problems: {}, general: [] });
    const { choices } = this._view;
    try {
      await this.subject.save(remember(choices));
      return await this._desk.submit(request(this.subject.path, choices, rehearse));
    } catch (error) {
      this.refuse(error);
      return null;
    } finally {
      this.update({ busy: false });
    }
  }

  private refuse(error: unknown): void {
    const { fields, others } = sortProblems(error instanceof Failure ? error.problems : []);
    const found = Object.keys(fields).length + others.length;
    const general = found ? others.map(other => other.message) : [sentence(error)];
    this.update({ problems: fields, general });
  }

  private update(change: Partial<SubmitView>): void {
    this._view = { ...this._view, ...change };
    this._changed.emit();
  }

  private _view: SubmitView;
  private readonly _changed = new Signal<this, void>(this);
}
