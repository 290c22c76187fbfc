/** What a terminal would show of a line: colours left out, `\r` and `\b` carried out. */
export function plain(line: string): string {
  const text = line.replace(ESCAPES, '');
  return /[\b\r]/.test(text) ? typed(text.replace(/\r+$/, '')) : text;
}

// Sequences of ECMA-48: CSI … final, OSC … BEL or ST, and two characters.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** Write characters one after the other, as a teletype does: later ones over earlier ones. */
function typed(text: string): string {
  const cells: string[] = [];
  let at = 0;
  for (const char of text) {
    if (char === '\r') {
      at = 0;
    } else if (char === '\b') {
      at = Math.max(0, at - 1);
    } else {
      cells[at] = char;
      at += 1;
    }
  }
  return cells.join('');
}
