import { ISignal, Signal } from '@lumino/signaling';

import { sentence } from '../api/failure';
import type { LogPiece } from '../api/wire';
import { plain } from './terminal';

/** Lines that are kept: enough to read back in, and no load for the browser. */
export const KEPT = 2000;

/** What a lane shows; replaced whole. */
export interface LogView {
  readonly lines: readonly string[];
  /** How many lines came before them. */
  readonly dropped: number;
  /** Nothing more will come. */
  readonly end: boolean;
  /** Why it could not be read; empty while it can. */
  readonly problem: string;
}

/** The last lines of one replica's log. */
export class LogTail {
  constructor(private readonly _read: (offset: number) => Promise<LogPiece>) {}

  get view(): LogView {
    return this._view;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read what has been written since; a call while one is at it is served by that one. */
  async pull(): Promise<void> {
    this._wanted = true;
    if (this._busy) {
      return;
    }
    this._busy = true;
    try {
      while (this._wanted && !this._view.end) {
        this._wanted = false;
        await this.drain();
      }
    } catch (error) {
      this.update({ problem: sentence(error) });
    } finally {
      this._busy = false;
    }
  }

  private async drain(): Promise<void> {
    for (;;) {
      const piece = await this._read(this._next);
      const more = piece.next > this._next;
      this._next = piece.next;
      if (more || piece.end || this._view.problem) {
        this.add(piece);
      }
      if (!more || piece.end) {
        return;
      }
    }
  }

  private add(piece: LogPiece): void {
    const [first = '', ...rest] = piece.text.split('\n');
    const raw = [this._open + first, ...rest];
    this._open = raw.at(-1) ?? '';
    const shown = [
      ...this._view.lines.slice(0, this._shownOpen ? -1 : undefined),
      ...raw.map(plain)
    ];
    this._shownOpen = true;
    const over = Math.max(0, shown.length - KEPT);
    this.update({
      lines: shown.slice(over),
      dropped: this._view.dropped + over,
      end: piece.end,
      problem: ''
    });
  }

  private update(change: Partial<LogView>): void {
    this._view = { ...this._view, ...change };
    this._changed.emit();
  }

  private _view: LogView = { lines: [], dropped: 0, end: false, problem: '' };
  /** The line that has no end yet, as it came. */
  private _open = '';
  /** The last of the lines shown is that one. */
  private _shownOpen = false;
  private _next = 0;
  private _busy = false;
  private _wanted = false;
  private readonly _changed = new Signal<this, void>(this);
}
