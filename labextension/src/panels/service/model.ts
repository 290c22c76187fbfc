import type { Client } from '../../api/client';
import { sentence } from '../../api/failure';
import { readModel } from '../../api/models';
import { predict, readService } from '../../api/services';
import type { Service } from '../../api/wire';
import type { Live } from '../../model/live';
import { PageModel } from '../../model/page';
import type { Bar, Input } from '../../model/tryit';
import { barsOf, inputOf } from '../../model/tryit';
import { KeptModel } from './kept';

/** What a service's page shows; replaced whole. */
export interface ServiceView {
  readonly service: Service | null;
  /** Why there is no service; empty while there is one. */
  readonly problem: string;
  readonly input: Input | null;
  /** What the answer is to; null while there is none. */
  readonly asked: { readonly instance: unknown } | null;
  /** A newer question has no answer yet. */
  readonly isPending: boolean;
  /** Those of its model, the newest first. */
  readonly versions: readonly number[];
  readonly bars: readonly Bar[];
  /** The answer as JSON, where it is no list of numbers. */
  readonly answer: string;
  /** Why the last question has no answer. */
  readonly refusal: string;
}

const NOTHING: ServiceView = {
  service: null,
  problem: '',
  input: null,
  asked: null,
  isPending: false,
  versions: [],
  bars: [],
  answer: '',
  refusal: ''
};

/** One service, for as long as its page is open. */
export class ServiceModel extends PageModel<ServiceView> {
  constructor(
    private readonly _client: Client,
    private readonly _live: Live,
    readonly name: string
  ) {
    super(NOTHING);
    this.kept = new KeptModel(_client, name);
    _live.changed.connect(this.look, this);
    void this.read();
    this.look();
  }

  /** What was asked and answered so far, as far as somebody kept it. */
  readonly kept: KeptModel;

  override dispose(): void {
    this.kept.dispose();
    super.dispose();
  }

  /** Ask for predictions; while one is asked, only the newest of the others is kept. */
  async ask(instance: unknown): Promise<void> {
    this._next = { instance };
    this.update({ isPending: true });
    if (this._asking) {
      return;
    }
    this._asking = true;
    while (this._next && !this.isDisposed) {
      const { instance: now } = this._next;
      this._next = null;
      await this.answer(now);
    }
    this._asking = false;
    this.update({ isPending: false });
  }

  /** Show no answer. */
  clear(): void {
    this._next = null;
    this._cleared += 1;
    this.update({ asked: null, bars: [], answer: '', refusal: '' });
  }

  private async answer(instance: unknown): Promise<void> {
    const cleared = this._cleared;
    const update = (change: Partial<ServiceView>): void => {
      if (cleared === this._cleared) {
        this.update(change);
      }
    };
    try {
      const found = await predict(this._client, this.name, [instance]);
      const bars = barsOf(found);
      update({
        asked: { instance },
        bars,
        answer: bars.length ? '' : JSON.stringify(found, null, 2),
        refusal: ''
      });
    } catch (error) {
      update({ asked: null, bars: [], answer: '', refusal: sentence(error) });
    }
  }

  /** Take in what the socket tells; another version may take something else. */
  private look(): void {
    const service = this._live.picture.services.find(each => each.name === this.name);
    const before = this.view.service;
    if (service && service !== before) {
      this.update({ service, problem: '' });
      if (before && before.version !== service.version) {
        void this.read();
      }
    } else if (!service && before && this._live.picture.link === 'open') {
      this.update({ service: null, problem: '' });
      void this.read();
    }
  }

  private async read(): Promise<void> {
    try {
      const found = await readService(this._client, this.name);
      this.update({ service: found, input: inputOf(found.signature), problem: '' });
      const { versions } = await readModel(this._client, found.model);
      this.update({ versions: versions.map(each => each.version) });
      await this.kept.read(found.model);
    } catch (error) {
      if (!this.view.service) {
        this.update({ problem: sentence(error) });
      }
    }
  }

  private _next: { instance: unknown } | null = null;
  private _asking = false;
  /** How often nothing was to be shown: what was asked before has no answer then. */
  private _cleared = 0;
}
