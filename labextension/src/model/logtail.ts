import { ISignal, Signal } from '@lumino/signaling';

import { sentence } from '../api/failure';
import type { LogPiece } from '../api/wire';
import { shown as lineOf } from './terminal';
import type { Line } from './terminal';

/** Lines that are kept: enough to read back in, and no load for the browser. */
export const KEPT = 2000;

/** Bytes of a log that are read at first, from its end. */
export const WINDOW = 1 << 20;

/** What a lane shows; replaced whole. */
export interface LogView {
  readonly lines: readonly Line[];
  /** There are lines before them. */
  readonly cut: boolean;
  /** Nothing more will come. */
  readonly end: boolean;
  /** Why it could not be read; empty while it can. */
  readonly problem: string;
}

/** The last lines of one replica's log; a negative offset is asked for from its end. */
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
      const more = piece.next > piece.offset;
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
    const began = this._shownOpen || piece.offset === 0;
    // In the middle of a log the first line has no beginning.
    const raw = began || !rest.length ? [this._open + first, ...rest] : rest;
    this._open = raw.at(-1) ?? '';
    const shown = [
      ...this._view.lines.slice(0, this._shownOpen ? -1 : undefined),
      ...raw.map(lineOf)
    ];
    this._shownOpen = true;
    const over = Math.max(0, shown.length - KEPT);
    this.update({
      lines: shown.slice(over),
      cut: this._view.cut || over > 0 || !began,
      end: piece.end,
      problem: ''
    });
  }

  private update(change: Partial<LogView>): void {
    this._view = { ...this._view, ...change };
    this._changed.emit();
  }

  private _view: LogView = { lines: [], cut: false, end: false, problem: '' };
  /** The line that has no end yet, as it came. */
  private _open = '';
  /** The last of the lines shown is that one. */
  private _shownOpen = false;
  private _next = -WINDOW;
  private _busy = false;
  private _wanted = false;
  private readonly _changed = new Signal<this, void>(this);
}
