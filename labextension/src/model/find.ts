/** So many places are enough to go through. */
const MOST = 10_000;

/** Where a text is found, whatever its case; the first places of many. */
export function places(text: string, wanted: string): number[] {
  const found: number[] = [];
  const where = text.toLowerCase();
  const what = wanted.toLowerCase();
  // Some letters change their length with their case: places would be of another text.
  if (!what || where.length !== text.length) {
    return found;
  }
  for (let at = where.indexOf(what); at >= 0 && found.length < MOST;) {
    found.push(at);
    at = where.indexOf(what, at + what.length);
  }
  return found;
}

/** The place after, or before, the one shown; around at the ends. */
export function next(count: number, now: number, step: 1 | -1): number {
  return count ? (now + step + count) % count : 0;
}
