import type { Model } from '../api/wire';

type Measured = Pick<Model, 'version' | 'metrics'>;

/** The metrics that any version has, those of most versions first. */
export function metricNames(versions: readonly Measured[], most = 8): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of versions) {
    for (const [name, value] of Object.entries(metrics ?? {})) {
      if (typeof value === 'number') {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
  const names = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return names.slice(0, most).map(([name]) => name);
}

const SMALL_IS_GOOD = /loss|error|mae|mse|rmse|perplexity|time|latency/i;

/** The version with the best value; null where there is nothing to compare. */
export function best(versions: readonly Measured[], metric: string): number | null {
  const known = versions.flatMap(({ version, metrics }) => {
    const value = metrics?.[metric];
    return typeof value === 'number' ? [{ version, value }] : [];
  });
  if (known.length < 2) {
    return null;
  }
  const sign = SMALL_IS_GOOD.test(metric) ? -1 : 1;
  const order = [...known].sort((a, b) => sign * (b.value - a.value));
  return order[0]?.value === order[1]?.value ? null : (order[0]?.version ?? null);
}

/** Such as `any × 8 × 8`. */
export function shapeWords(shape: readonly (number | null)[] | null): string {
  if (shape === null) {
    return 'any';
  }
  return shape.length ? shape.map(size => size ?? 'any').join(' × ') : 'one value';
}
