import type { Series } from '../api/wire';

/** One chart: a metric of training and the same of validation, over the steps. */
export interface Curves {
  readonly title: string;
  readonly steps: readonly number[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** The curves of two jobs under one roof: those of the other have its name behind theirs. */
export function together(series: Series, other: Series, name: string): Series {
  const known = Object.entries(other).filter(([metric]) => metric in series);
  return {
    ...series,
    ...Object.fromEntries(known.map(([metric, points]) => [`${metric} (${name})`, points]))
  };
}

/** Put what belongs together into one chart: `loss`, `val_loss` and `evaluator/loss`. */
export function charts(series: Series): Curves[] {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(series).filter(each => series[each]?.length)) {
    const base = name
      .replace(/ \(.*\)$/, '')
      .replace(/^.*\//, '')
      .replace(/^val_/, '');
    groups.set(base, [...(groups.get(base) ?? []), name]);
  }
  return [...groups]
    .map(([title, names]) => chart(title, names, series))
    .filter(each => each.steps.length > 1); // a single value is a figure, and no curve
}

function chart(title: string, names: string[], series: Series): Curves {
  const points = names.map(name => new Map(series[name] ?? []));
  const steps = [...new Set(points.flatMap(each => [...each.keys()]))].sort((a, b) => a - b);
  return {
    title,
    steps,
    lines: names.map((name, at) => ({
      name,
      values: steps.map(step => points[at]?.get(step) ?? null)
    }))
  };
}
