import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { LogPiece } from '../api/wire';
import { shown as lineOf } from './terminal';
import type { Line } from './terminal';

/** Lines that are kept: enough to read back in, and no load for the browser. */
export const KEPT = 2000;

/** Milliseconds between two changes of what is shown, while a log flows. */
const PACE = 100;

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
  /** `later` runs something a moment later. */
  constructor(
    source: LogSource,
    readonly place: LogPlace,
    private readonly _later: (run: () => void) => void = run => void setTimeout(run, PACE)
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

  /** Take a piece in; what comes at nearly the same time is shown together. */
  take(piece: LogPiece): void {
    this._next = piece.next;
    this._pieces.push(piece);
    if (this._pieces.length === 1) {
      this._later(() => this.flush());
    }
  }

  fail(problem: string): void {
    this.update({ problem });
  }

  private flush(): void {
    const [earliest] = this._pieces;
    if (!earliest || this.isDisposed) {
      return;
    }
    const [first = '', ...rest] = this._pieces
      .map(piece => piece.text)
      .join('')
      .split('\n');
    const end = this._pieces.some(piece => piece.end);
    this._pieces = [];
    const began = this._shownOpen || earliest.offset === 0;
    // In the middle of a log the first line has no beginning.
    const raw = began || !rest.length ? [this._open + first, ...rest] : rest;
    this._open = raw.at(-1) ?? '';
    const before = this._view.lines.slice(0, this._shownOpen ? -1 : undefined);
    this._shownOpen = true;
    const over = Math.max(0, before.length + raw.length - KEPT);
    // Of a flood only the lines that are shown are looked at.
    const lines = [...before.slice(over), ...raw.slice(-KEPT).map(lineOf)];
    this.update({ lines, cut: this._view.cut || over > 0 || !began, end, problem: '' });
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
  private _pieces: LogPiece[] = [];
  private readonly _following: IDisposable;
  private readonly _changed = new Signal<this, void>(this);
}
