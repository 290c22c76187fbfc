/** A drawing, and the few grey values that a model is given of it. */

/** A place on the paper, from 0 to 1. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Point[];

/** Half of the pen's width, of the drawing's longer side once it is fitted. */
const PEN = 0.07;
/** Looks at each pixel, in each direction. */
const LOOKS = 3;

interface Segment {
  readonly from: Point;
  readonly to: Point;
}

/**
 * Give `side` × `side` values from 0 to 1, row after row.
 *
 * The drawing is moved to the middle and made as large as fits, as in the collections that models
 * learn digits from: MNIST leaves a margin of four of 28 pixels, the digits of 8 × 8 leave none.
 */
export function pixelsOf(strokes: readonly Stroke[], side: number): number[] {
  const points = strokes.flat();
  if (!points.length) {
    return new Array<number>(side * side).fill(0);
  }
  const margin = side >= 20 ? 4 / 28 : 0;
  const segments = fitted(strokes, points, margin + PEN);
  return Array.from({ length: side * side }, (_, at) =>
    covered(segments, at % side, Math.floor(at / side), side)
  );
}

function fitted(strokes: readonly Stroke[], points: readonly Point[], edge: number): Segment[] {
  const xs = points.map(point => point.x);
  const ys = points.map(point => point.y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  // A dot is not blown up.
  const scale = (1 - 2 * edge) / Math.max(right - left, bottom - top, 0.2);
  const moved = ({ x, y }: Point): Point => ({
    x: 0.5 + (x - (left + right) / 2) * scale,
    y: 0.5 + (y - (top + bottom) / 2) * scale
  });
  return strokes.flatMap(stroke => {
    const path = stroke.map(moved);
    return path.map((to, at) => ({ from: path[Math.max(0, at - 1)] ?? to, to }));
  });
}

/** How much of a pixel the pen has covered. */
function covered(segments: readonly Segment[], column: number, row: number, side: number): number {
  let hits = 0;
  for (let look = 0; look < LOOKS * LOOKS; look++) {
    const x = (column + ((look % LOOKS) + 0.5) / LOOKS) / side;
    const y = (row + (Math.floor(look / LOOKS) + 0.5) / LOOKS) / side;
    hits += segments.some(segment => distance(segment, x, y) <= PEN) ? 1 : 0;
  }
  return hits / (LOOKS * LOOKS);
}

function distance({ from, to }: Segment, x: number, y: number): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length ? ((x - from.x) * dx + (y - from.y) * dy) / length : 0;
  const at = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from.x - at * dx, y - from.y - at * dy);
}
