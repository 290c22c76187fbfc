import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Failure, readFailure, sentence } from './failure';

const ROOT = 'longboat/api';

type Query = Readonly<Record<string, string | number>>;

/** Asks the server; each resource has its calls in a module of its own. */
export class Client {
  constructor(
    readonly settings: ServerConnection.ISettings,
    readonly trans: TranslationBundle
  ) {}

  /** The address of the websocket; the token goes along only where the Lab itself sends it. */
  socketUrl(): string {
    const url = URLExt.join(this.settings.wsUrl, ROOT, 'events');
    const { token, appendToken } = this.settings;
    return token && appendToken ? `${url}?token=${encodeURIComponent(token)}` : url;
  }

  /** The address of what the browser fetches by itself, with its cookie. */
  url(path: string, query: Query = {}): string {
    return `${URLExt.join(this.settings.baseUrl, ROOT)}/${withQuery(path, query)}`;
  }

  /** Ask for JSON. Raises Failure. */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await this.send('GET', withQuery(path, query))) as T;
  }

  /** Send JSON and take the answer. Raises Failure. */
  async post<T>(path: string, body: unknown = {}): Promise<T> {
    return (await this.send('POST', path, JSON.stringify(body))) as T;
  }

  /** Remove something. Raises Failure. */
  async delete(path: string): Promise<void> {
    await this.send('DELETE', path);
  }

  private async send(method: string, path: string, body?: string): Promise<unknown> {
    const response = await this.answer(
      this.url(path),
      body === undefined ? { method } : { method, body }
    );
    const text = await response.text();
    if (response.ok) {
      return text ? JSON.parse(text) : null;
    }
    throw readFailure(response.status, parsed(text), this.refused(response));
  }

  private async answer(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this.settings);
    } catch (error) {
      throw new Failure(
        this.trans.__('The server does not answer (%1). Is it running?', sentence(error)),
        0
      );
    }
  }

  private refused(response: Response): string {
    return response.status === 404
      ? this.trans.__('The server knows no such thing; is Longboat’s server extension enabled?')
      : this.trans.__(
          'The server refused: %1 %2.',
          String(response.status),
          response.statusText || ''
        );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  return text ? `${path}?${text}` : path;
}
