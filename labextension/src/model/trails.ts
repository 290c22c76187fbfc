import type { Live } from './live';

/** So many values are a line of a few centimetres. */
const KEPT = 60;
const MATTERS = [/loss/i, /error/i, /acc/i];

/** The metric that a person would watch: the loss, or what is most like it. */
export function watched(metrics: Readonly<Record<string, unknown>>): number | null {
  const names = Object.keys(metrics).filter(name => typeof metrics[name] === 'number');
  const order = MATTERS.map(pattern => names.find(name => pattern.test(name)));
  const chosen = order.find(name => name !== undefined) ?? names[0];
  return chosen === undefined ? null : (metrics[chosen] as number);
}

/** How a metric of each running job has moved while we looked on. */
export class Trails {
  constructor(private readonly _live: Live) {
    _live.changed.connect(this.look, this);
  }

  /** The last values, the newest last. */
  of(id: string): readonly number[] {
    return this._values.get(id) ?? [];
  }

  private look(): void {
    const running = this._live.picture.jobs.filter(job => job.ended === null);
    const ids = new Set(running.map(job => job.id));
    [...this._values.keys()].filter(id => !ids.has(id)).forEach(id => this._values.delete(id));
    for (const { id, metrics } of running) {
      const value = watched(metrics);
      const before = this.of(id);
      if (value !== null && value !== before.at(-1)) {
        this._values.set(id, [...before, value].slice(-KEPT));
      }
    }
  }

  private readonly _values = new Map<string, readonly number[]>();
}

/** The places of a line through values, in a box of this width and height; lowest at the bottom. */
export function line(values: readonly number[], width: number, height: number): string {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = width / Math.max(1, values.length - 1);
  return values
    .map(
      (value, at) => `${(at * step).toFixed(1)},${(height * (1 - (value - low) / span)).toFixed(1)}`
    )
    .join(' ');
}

/** How many came in each second, of counts taken at times in seconds. */
export function rates(samples: readonly (readonly [number, number])[]): number[] {
  return samples.slice(1).map(([time, count], at) => {
    const [before, counted] = samples[at] ?? [time, count];
    return time > before ? Math.max(0, (count - counted) / (time - before)) : 0;
  });
}
