import { DisposableDelegate, IDisposable } from '@lumino/disposable';

import type { Live } from '../model/live';
import type { LogReader, LogSource } from '../model/logtail';
import type { Client } from './client';
import type { LiveMessage, LogMessage } from './wire';

const FIRST_WAIT = 250;
const LONGEST_WAIT = 15_000;
/** Bytes of a log that may be on their way. */
const ROOM = 1 << 20;

/** Milliseconds before the n-th try to connect again: doubling, with a quarter of chance in it. */
export function backoff(failures: number, chance: number = Math.random()): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1));
  return wait * (0.75 + 0.5 * chance);
}

/** The one websocket of this Lab; it comes back by itself, and goes on with each log where it was. */
export class Stream implements IDisposable, LogSource {
  constructor(
    private readonly _client: Client,
    private readonly _live: Live
  ) {}

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Connect. */
  start(): void {
    window.addEventListener('online', this._hurry);
    document.addEventListener('visibilitychange', this._hurry);
    this._open();
  }

  dispose(): void {
    this._disposed = true;
    window.removeEventListener('online', this._hurry);
    document.removeEventListener('visibilitychange', this._hurry);
    window.clearTimeout(this._timer);
    this._socket?.close();
  }

  follow(reader: LogReader): IDisposable {
    const id = ++this._ids;
    this._readers.set(id, reader);
    this._begin(id, reader);
    return new DisposableDelegate(() => {
      if (this._readers.delete(id)) {
        this._say({ kind: 'leave', id });
      }
    });
  }

  private _begin(id: number, reader: LogReader): void {
    this._say({ kind: 'follow', id, ...reader.place, offset: reader.offset, credit: ROOM });
  }

  private _say(said: object): void {
    if (this._linked) {
      this._socket?.send(JSON.stringify(said));
    }
  }

  private _open(): void {
    const socket = new this._client.settings.WebSocket(this._client.socketUrl());
    this._socket = socket;
    socket.onmessage = event => this._hear(String(event.data));
    socket.onclose = () => this._closed();
  }

  private _hear(data: string): void {
    const message = JSON.parse(data) as LiveMessage | LogMessage;
    if (message.kind === 'log') {
      this._pass(message);
      return;
    }
    this._live.hear(message);
    if (message.kind === 'state') {
      this._failures = 0;
      this._linked = true;
      this._live.linked('open');
      this._readers.forEach((reader, id) => this._begin(id, reader));
    }
  }

  /** Pass a piece on, and make room for as much again. */
  private _pass(message: LogMessage): void {
    const { id } = message;
    const reader = this._readers.get(id);
    if (!reader) {
      return; // it has just left
    }
    if (message.end) {
      this._readers.delete(id);
    }
    if ('problem' in message) {
      reader.fail(message.problem);
      return;
    }
    reader.take(message);
    const size = message.next - message.offset;
    if (!message.end && size > 0) {
      this._say({ kind: 'credit', id, bytes: size });
    }
  }

  private _closed(): void {
    this._socket = null;
    this._linked = false;
    if (this._disposed) {
      return;
    }
    this._failures += 1;
    this._live.linked('lost');
    this._timer = window.setTimeout(() => this._open(), backoff(this._failures));
  }

  /** Somebody looks, or the network is back: do not wait. */
  private readonly _hurry = (): void => {
    if (this._socket === null && !document.hidden) {
      window.clearTimeout(this._timer);
      this._open();
    }
  };

  private _socket: WebSocket | null = null;
  /** The server has said what there is, and listens. */
  private _linked = false;
  private _failures = 0;
  private _timer = 0;
  private _disposed = false;
  private readonly _readers = new Map<number, LogReader>();
  private _ids = 0;
}
