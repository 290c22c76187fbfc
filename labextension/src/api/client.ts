import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Failure, readFailure, sentence } from './failure';

const ROOT = 'longboat/api';

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

  /** Ask for JSON. Raises Failure. */
  async get<T>(path: string, query: Record<string, string | number> = {}): Promise<T> {
    const text = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)])
    ).toString();
    return (await this.send('GET', text ? `${path}?${text}` : path)) as T;
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
    const url = URLExt.join(this.settings.baseUrl, ROOT) + '/' + path;
    const response = await this.answer(url, body === undefined ? { method } : { method, body });
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
