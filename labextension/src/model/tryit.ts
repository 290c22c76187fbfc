/** What a model takes, as something that a person can give; and what it answers, as bars. */

export interface Tensor {
  readonly dtype: string;
  /** null for an open dimension; null as a whole when nothing is known. */
  readonly shape: readonly (number | null)[] | null;
}

export interface Signature {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A picture of `side` × `side` grey values, in the shape that the model asks for. */
export interface ImageInput {
  readonly kind: 'image';
  readonly side: number;
  /** One number after the other, and no rows. */
  readonly flat: boolean;
  /** Each pixel is a list of one channel. */
  readonly channel: boolean;
}

/** A few numbers, each with a field of its own. */
export interface RowInput {
  readonly kind: 'row';
  readonly length: number;
}

/** Anything else, written as JSON. */
export interface JsonInput {
  readonly kind: 'json';
  /** One instance, to begin with. */
  readonly example: string;
}

export type Input = ImageInput | RowInput | JsonInput;

const MOST_FIELDS = 32;
const SMALLEST_SIDE = 8;
const LARGEST_SIDE = 64;

/** How a person can give what a model takes. */
export function inputOf(signature: Signature | null): Input {
  const inputs = Object.values(signature?.inputs ?? {});
  const [only] = inputs;
  const shape = only?.shape?.slice(1) ?? null;
  if (inputs.length !== 1 || !only || !shape || !isNumeric(only.dtype)) {
    return { kind: 'json', example: example(signature) };
  }
  const found = image(shape) ?? row(shape);
  return found ?? { kind: 'json', example: example(signature) };
}

function image(shape: readonly (number | null)[]): ImageInput | null {
  const [height, width, channels] = shape;
  const sized = typeof height === 'number' && height >= SMALLEST_SIDE && height <= LARGEST_SIDE;
  if (shape.length === 1 && typeof height === 'number') {
    const side = Math.sqrt(height);
    return Number.isInteger(side) && side >= SMALLEST_SIDE && side <= LARGEST_SIDE
      ? { kind: 'image', side, flat: true, channel: false }
      : null;
  }
  if (!sized || height !== width) {
    return null;
  }
  if (shape.length === 2) {
    return { kind: 'image', side: height, flat: false, channel: false };
  }
  return shape.length === 3 && channels === 1
    ? { kind: 'image', side: height, flat: false, channel: true }
    : null;
}

function row(shape: readonly (number | null)[]): RowInput | null {
  const [length] = shape;
  return shape.length === 1 && typeof length === 'number' && length <= MOST_FIELDS
    ? { kind: 'row', length }
    : null;
}

function isNumeric(dtype: string): boolean {
  return /^(u?int|float|bfloat)/.test(dtype);
}

function example(signature: Signature | null): string {
  const inputs = Object.entries(signature?.inputs ?? {});
  const values = inputs.map(([name, tensor]) => [name, sample(tensor)] as const);
  const instance = values.length === 1 && values[0] ? values[0][1] : Object.fromEntries(values);
  return JSON.stringify(instance ?? {});
}

function sample({ dtype, shape }: Tensor): unknown {
  const value = isNumeric(dtype) ? 0 : dtype === 'bool' ? false : 'text';
  const nested = (sizes: readonly (number | null)[]): unknown => {
    const [size, ...rest] = sizes;
    return size === undefined ? value : Array.from({ length: size ?? 1 }, () => nested(rest));
  };
  return nested((shape ?? [null]).slice(1));
}

/** Give pixels, row after row, as an instance of the input. */
export function instanceOf(input: ImageInput, pixels: readonly number[]): unknown {
  if (input.flat) {
    return [...pixels];
  }
  const { side, channel } = input;
  return Array.from({ length: side }, (_, y) =>
    pixels.slice(y * side, (y + 1) * side).map(value => (channel ? [value] : value))
  );
}

export interface Bar {
  readonly label: string;
  /** As the model gave it. */
  readonly value: number;
  /** From 0 to 1, of the longest. */
  readonly length: number;
  readonly best: boolean;
}

/** The first list of numbers in an answer, as bars; empty when there is none. */
export function barsOf(answer: unknown): Bar[] {
  const values = numbers(first(answer)) ?? [];
  const most = Math.max(...values);
  const least = Math.min(0, ...values);
  const best = values.indexOf(most);
  return values.map((value, number) => ({
    label: String(number),
    value,
    length: most > least ? (value - least) / (most - least) : 0,
    best: number === best
  }));
}

function first(answer: unknown): unknown {
  const predictions = isRecord(answer) ? answer['predictions'] : null;
  return Array.isArray(predictions) ? predictions[0] : null;
}

function numbers(value: unknown): number[] | null {
  if (Array.isArray(value) && value.length > 1 && value.every(each => typeof each === 'number')) {
    return value;
  }
  const inner = isRecord(value) ? Object.values(value) : [];
  return inner.map(numbers).find(found => found !== null) ?? null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
