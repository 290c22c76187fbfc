/** The colours that a terminal has names for. */
export const COLOURS = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white'
] as const;
export type Colour = (typeof COLOURS)[number];

/** A stretch of a line in a colour, from `start` up to `end`. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly colour: Colour;
}

/** A line as it is shown. */
export interface Line {
  readonly text: string;
  readonly marks: readonly Mark[];
}

interface Cell {
  readonly char: string;
  readonly colour: Colour | null;
}

const NONE: readonly Mark[] = [];

// Sequences of ECMA-48: CSI … final, OSC … BEL or ST, and two characters.
const ESCAPES =
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** What a terminal would show of a line: colours as marks, `\r` and `\b` carried out. */
export function shown(line: string): Line {
  const text = line.replace(/\r+$/, '');
  if (/[\b\r]/.test(text)) {
    return typed(text);
  }
  return text.includes('\u001b') ? inColours(text) : { text, marks: NONE };
}

/** Take the signs of colours out of a line in which nothing is written over. */
function inColours(line: string): Line {
  const marks: Mark[] = [];
  let text = '';
  for (const [part, colour] of runs(line)) {
    if (colour && part) {
      marks.push({ start: text.length, end: text.length + part.length, colour });
    }
    text += part;
  }
  return { text, marks: marks.length ? marks : NONE };
}

/** The stretches between the sequences, each in its colour. */
function* runs(line: string): Generator<[string, Colour | null]> {
  let colour: Colour | null = null;
  let done = 0;
  for (const found of line.matchAll(ESCAPES)) {
    yield [line.slice(done, found.index), colour];
    done = found.index + found[0].length;
    if (found[2] === 'm') {
      colour = coloured(found[1] ?? '', colour);
    }
  }
  yield [line.slice(done), colour];
}

/** Write characters one after the other, as a teletype does: later ones over earlier ones. */
function typed(line: string): Line {
  const cells: Cell[] = [];
  let at = 0;
  for (const [part, colour] of runs(line)) {
    for (const char of part) {
      if (char === '\r') {
        at = 0;
      } else if (char === '\b') {
        at = Math.max(0, at - 1);
      } else {
        cells[at] = { char, colour };
        at += 1;
      }
    }
  }
  return { text: cells.map(cell => cell.char).join(''), marks: marked(cells) };
}

/** The colour after a sequence of SGR; what is no plain foreground colour changes nothing. */
function coloured(codes: string, before: Colour | null): Colour | null {
  const numbers = codes.split(';').map(Number);
  if (numbers.some(code => code === 38 || code === 48)) {
    return before; // 256 colours and more: the theme has none of them
  }
  return numbers.reduce<Colour | null>((colour, code) => {
    if (code === 0 || code === 39) {
      return null;
    }
    const place = code >= 90 ? code - 90 : code - 30;
    return code >= 30 && place < COLOURS.length ? (COLOURS[place] ?? colour) : colour;
  }, before);
}

function marked(cells: readonly Cell[]): readonly Mark[] {
  const marks: { start: number; end: number; colour: Colour }[] = [];
  let place = 0;
  for (const { char, colour } of cells) {
    const last = marks.at(-1);
    if (last?.colour === colour && last?.end === place) {
      last.end += char.length;
    } else if (colour) {
      marks.push({ start: place, end: place + char.length, colour });
    }
    place += char.length;
  }
  return marks.length ? marks : NONE;
}
