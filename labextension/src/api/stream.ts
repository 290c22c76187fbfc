import { IDisposable } from '@lumino/disposable';

import type { Live } from '../model/live';
import type { Client } from './client';
import type { LiveMessage } from './wire';

const FIRST_WAIT = 250;
const LONGEST_WAIT = 15_000;

/** Milliseconds before the n-th try to connect again: doubling, with a quarter of chance in it. */
export function backoff(failures: number, chance: number = Math.random()): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, failures - 1));
  return wait * (0.75 + 0.5 * chance);
}

/** The one websocket of this Lab; it comes back by itself. */
export class Stream implements IDisposable {
  constructor(
    private readonly _client: Client,
    private readonly _live: Live
  ) {
    window.addEventListener('online', this._hurry);
    document.addEventListener('visibilitychange', this._hurry);
    this._open();
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    window.removeEventListener('online', this._hurry);
    document.removeEventListener('visibilitychange', this._hurry);
    window.clearTimeout(this._timer);
    this._socket?.close();
  }

  private _open(): void {
    const socket = new this._client.settings.WebSocket(this._client.socketUrl());
    this._socket = socket;
    socket.onmessage = event => this._hear(String(event.data));
    socket.onclose = () => this._closed();
  }

  private _hear(data: string): void {
    const message = JSON.parse(data) as LiveMessage;
    this._live.hear(message);
    if (message.kind === 'state') {
      this._failures = 0;
      this._live.linked('open');
    }
  }

  private _closed(): void {
    this._socket = null;
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
  private _failures = 0;
  private _timer = 0;
  private _disposed = false;
}
