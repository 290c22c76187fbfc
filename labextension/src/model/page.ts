import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

/** What a page shows, replaced whole at each change; nothing changes any more once it is closed. */
export abstract class PageModel<V> implements IDisposable {
  constructor(private _view: V) {}

  get view(): V {
    return this._view;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    Signal.clearData(this);
  }

  protected update(change: Partial<V>): void {
    if (!this._disposed) {
      this._view = { ...this._view, ...change };
      this._changed.emit();
    }
  }

  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
