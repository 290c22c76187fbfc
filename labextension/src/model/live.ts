import { ISignal, Signal } from '@lumino/signaling';

import type { Everything, Job, LiveMessage, Model, Service } from '../api/wire';
import { modelKey } from '../api/wire';

/** Whether what is shown is what is so. */
export type Link = 'connecting' | 'open' | 'lost';

/** All that the sidebar shows; replaced whole, so that a reader may compare by identity. */
export interface Picture {
  readonly link: Link;
  /** Nothing has come yet. */
  readonly empty: boolean;
  /** The newest first. */
  readonly jobs: readonly Job[];
  readonly models: readonly Model[];
  readonly services: readonly Service[];
}

const NOTHING: Picture = { link: 'connecting', empty: true, jobs: [], models: [], services: [] };

/** The jobs, models and services of the home, as the websocket tells them. */
export class Live {
  /** What is known now. */
  get picture(): Picture {
    return this._picture;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A job that has ended while we looked on. */
  get ended(): ISignal<this, Job> {
    return this._ended;
  }

  job(id: string): Job | undefined {
    return this._picture.jobs.find(job => job.id === id);
  }

  /** Take a message in. */
  hear(message: LiveMessage): void {
    const before = this._picture;
    this._picture = after(before, message);
    this._changed.emit();
    if (!before.empty) {
      this.tellEnded(before);
    }
  }

  /** Note how the connection is. */
  linked(link: Link): void {
    if (link !== this._picture.link) {
      this._picture = { ...this._picture, link };
      this._changed.emit();
    }
  }

  private tellEnded(before: Picture): void {
    const running = new Set(before.jobs.filter(job => job.ended === null).map(job => job.id));
    for (const job of this._picture.jobs) {
      if (job.ended !== null && running.has(job.id)) {
        this._ended.emit(job);
      }
    }
  }

  private _picture = NOTHING;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, Job>(this);
}

/** What is known after a message; a pure function. */
export function after(before: Picture, message: LiveMessage): Picture {
  switch (message.kind) {
    case 'state':
      return whole(before, message);
    case 'jobs':
      return {
        ...before,
        jobs: newestFirst(merged(before.jobs, message.changed, message.removed, job => job.id))
      };
    case 'models':
      return {
        ...before,
        models: byName(merged(before.models, message.changed, message.removed, modelKey))
      };
    case 'services':
      return {
        ...before,
        services: byName(merged(before.services, message.changed, message.removed, s => s.name))
      };
    default:
      return before; // of a newer server
  }
}

function whole(before: Picture, message: Everything): Picture {
  return {
    link: before.link,
    empty: false,
    jobs: newestFirst(message.jobs),
    models: byName(message.models),
    services: byName(message.services)
  };
}

function merged<T>(
  before: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
  key: (item: T) => string
): T[] {
  const kept = new Map(before.map(item => [key(item), item]));
  removed.forEach(name => kept.delete(name));
  changed.forEach(item => kept.set(key(item), item));
  return [...kept.values()];
}

function newestFirst(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
}

function byName<T extends { readonly name: string; readonly version: number }>(
  items: readonly T[]
): T[] {
  return [...items].sort((a, b) => a.name.localeCompare(b.name) || b.version - a.version);
}
