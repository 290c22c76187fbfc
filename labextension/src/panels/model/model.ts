import type { Client } from '../../api/client';
import { sentence } from '../../api/failure';
import { readModel } from '../../api/models';
import type { ModelDetails } from '../../api/wire';
import type { Live } from '../../model/live';
import { PageModel } from '../../model/page';

/** What a model's page shows; replaced whole. */
export interface ModelView {
  readonly details: ModelDetails | null;
  /** Why there is no model; empty while there is one. */
  readonly problem: string;
}

/** One model, for as long as its page is open. */
export class ModelModel extends PageModel<ModelView> {
  constructor(
    private readonly _client: Client,
    private readonly _live: Live,
    readonly name: string
  ) {
    super({ details: null, problem: '' });
    _live.changed.connect(this.look, this);
    void this.read();
  }

  /** The socket tells of the newest version: another one means that there are more. */
  private look(): void {
    const newest = this._live.picture.models.find(each => each.name === this.name)?.version;
    if (newest !== this._newest) {
      this._newest = newest;
      void this.read();
    }
  }

  private async read(): Promise<void> {
    try {
      this.update({ details: await readModel(this._client, this.name), problem: '' });
    } catch (error) {
      this.update({ details: null, problem: sentence(error) });
    }
  }

  private _newest: number | undefined;
}
