import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

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

/** Which log is meant. */
export interface LogPlace {
  readonly job: string;
  readonly replica: string;
  readonly attempt: number;
}

/** Who follows a log. */
export interface LogReader {
  readonly place: LogPlace;
  /** From where it is wanted, in bytes; a negative one counts from its end. */
  readonly offset: number;
  take(piece: LogPiece): void;
  /** Hear that there will be nothing, and why. */
  fail(problem: string): void;
}

/** Where logs come from. */
export interface LogSource {
  /** Tell the reader what there is and what comes, until what is given back is disposed. */
  follow(reader: LogReader): IDisposable;
}

/** The last lines of one replica's log. */
export class LogTail implements LogReader, IDisposable {
  constructor(
    source: LogSource,
    readonly place: LogPlace
  ) {
    this._following = source.follow(this);
  }

  get view(): LogView {
    return this._view;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get offset(): number {
    return this._next;
  }

  get isDisposed(): boolean {
    return this._following.isDisposed;
  }

  dispose(): void {
    this._following.dispose();
    Signal.clearData(this);
  }

  take(piece: LogPiece): void {
    this._next = piece.next;
    this.add(piece);
  }

  fail(problem: string): void {
    this.update({ problem });
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
  private readonly _following: IDisposable;
  private readonly _changed = new Signal<this, void>(this);
}
