import type { Client } from '../../api/client';
import { sentence } from '../../api/failure';
import type { KeptTry, TryDifference } from '../../api/tries';
import { keepTry, readTries, removeTry, replayTries } from '../../api/tries';
import { mostChangedFirst } from '../../model/kept';
import { PageModel } from '../../model/page';

/** What another version answers to what was kept. */
export interface Replay {
  readonly version: number;
  /** null while it is asked. */
  readonly differences: readonly TryDifference[] | null;
  /** Why it cannot be asked. */
  readonly problem: string;
}

export interface KeptView {
  readonly tries: readonly KeptTry[];
  /** The instance that was kept last, or is being kept. */
  readonly last: unknown;
  readonly problem: string;
  readonly replay: Replay | null;
}

/** The kept tries of a service's model. */
export class KeptModel extends PageModel<KeptView> {
  constructor(
    private readonly _client: Client,
    private readonly _service: string
  ) {
    super({ tries: [], last: null, problem: '', replay: null });
  }

  /** Read those of a model. Raises Failure. */
  async read(model: string): Promise<void> {
    this._model = model;
    this.update({ tries: await readTries(this._client, model) });
  }

  /** Keep what was asked. */
  async keep(instance: unknown): Promise<void> {
    this.update({ last: instance, problem: '' });
    try {
      const kept = await keepTry(this._client, this._service, instance);
      this.update({ tries: [kept, ...this.view.tries] });
    } catch (error) {
      this.update({ last: null, problem: sentence(error) });
    }
  }

  async remove(id: string): Promise<void> {
    try {
      await removeTry(this._client, this._model, id);
      this.update({ tries: this.view.tries.filter(each => each.id !== id), problem: '' });
    } catch (error) {
      this.update({ problem: sentence(error) });
    }
  }

  /** Ask another version; an answer that comes when nobody waits for it any more is let go. */
  async replay(version: number): Promise<void> {
    const asked: Replay = { version, differences: null, problem: '' };
    this.update({ replay: asked });
    const found = await this.asked(asked);
    if (this.view.replay === asked) {
      this.update({ replay: found });
    }
  }

  /** Show no comparison any more. */
  leave(): void {
    this.update({ replay: null });
  }

  private async asked(replay: Replay): Promise<Replay> {
    try {
      const found = await replayTries(this._client, this._service, replay.version);
      return { ...replay, differences: mostChangedFirst(found) };
    } catch (error) {
      return { ...replay, differences: [], problem: sentence(error) };
    }
  }

  private _model = '';
}
