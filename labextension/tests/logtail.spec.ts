import { describe, expect, it } from 'vitest';

import { executedName, failedCell } from '../src/model/executed';
import { next, places } from '../src/model/find';
import { KEPT, LogTail, WINDOW } from '../src/model/logtail';
import { shown } from '../src/model/terminal';

/** A log that grows; it is read in pieces of `limit` characters. */
class Log {
  text = '';
  ended = false;
  asked = 0;
  read = async (offset: number, limit = 8) => {
    this.asked += 1;
    offset = offset < 0 ? Math.max(0, this.text.length + offset) : offset;
    const text = this.text.slice(offset, offset + limit);
    const next = offset + text.length;
    return { text, offset, next, end: this.ended && next === this.text.length };
  };
}

const texts = (tail: LogTail): string[] => tail.view.lines.map(line => line.text);

describe('LogTail', () => {
  it('puts together lines that came in pieces', async () => {
    const log = new Log();
    const tail = new LogTail(log.read);
    log.text = 'one\ntwo, which is long\nthr';
    await tail.pull();
    expect(texts(tail)).toEqual(['one', 'two, which is long', 'thr']);
    log.text += 'ee\n';
    await tail.pull();
    expect(texts(tail)).toEqual(['one', 'two, which is long', 'three', '']);
  });

  it('goes on where it was, and asks no more after the end', async () => {
    const log = new Log();
    const tail = new LogTail(log.read);
    log.text = 'all\n';
    log.ended = true;
    await tail.pull();
    const asked = log.asked;
    await tail.pull();
    expect(tail.view.end).toBe(true);
    expect(log.asked).toBe(asked);
  });

  it('keeps the last lines and says how many came before', async () => {
    const log = new Log();
    log.text = Array.from({ length: KEPT + 5 }, (_, line) => `line ${line}`).join('\n');
    const tail = new LogTail(offset => log.read(offset, 1 << 20));
    await tail.pull();
    expect(tail.view.lines).toHaveLength(KEPT);
    expect(tail.view.cut).toBe(true);
    expect(texts(tail).at(-1)).toBe(`line ${KEPT + 4}`);
  });

  it('begins near the end of a long log, at the beginning of a line', async () => {
    const log = new Log();
    log.text = `${'x'.repeat(WINDOW)}\nlast\n`;
    const tail = new LogTail(offset => log.read(offset, WINDOW));
    await tail.pull();
    expect(texts(tail)).toEqual(['last', '']);
    expect(tail.view.cut).toBe(true);
  });

  it('says why it cannot be read, keeps what it has, and goes on', async () => {
    const log = new Log();
    let broken = false;
    const tail = new LogTail(async offset => {
      if (broken) {
        throw new Error('Away.');
      }
      return log.read(offset);
    });
    log.text = 'one';
    await tail.pull();
    broken = true;
    await tail.pull();
    expect([texts(tail), tail.view.problem]).toEqual([['one'], 'Away.']);
    broken = false;
    await tail.pull();
    expect([texts(tail), tail.view.problem]).toEqual([['one'], '']);
  });
});

describe('a line', () => {
  const plain = (line: string): string => shown(line).text;

  it('is without the signs of colours and links', () => {
    expect(plain('\u001b[1;31mred\u001b[0m \u001b]8;;x\u0007link\u001b]8;;\u0007')).toBe(
      'red link'
    );
  });

  it('has its colours as marks', () => {
    expect(shown('a \u001b[1;31mred\u001b[0m\u001b[92mgreen\u001b[39m.').marks).toEqual([
      { start: 2, end: 5, colour: 'red' },
      { start: 5, end: 10, colour: 'green' }
    ]);
    expect(shown('\u001b[38;5;31mother\u001b[1m').marks).toEqual([]);
    expect(shown('\u001b[32m😀x').marks).toEqual([{ start: 0, end: 3, colour: 'green' }]);
  });

  it('shows a progress bar as it stands in the end', () => {
    expect(plain('10 %\r100 %')).toBe('100 %');
    expect(plain('1/9\b\b\b9/9')).toBe('9/9');
    expect(plain('done\r')).toBe('done');
  });
});

describe('places', () => {
  it('are all where a text is, whatever its case', () => {
    expect(places('Loss, loss\nlosses', 'LOSS')).toEqual([0, 6, 11]);
    expect(places('aaaa', 'aa')).toEqual([0, 2]);
    expect(places('x', '')).toEqual([]);
  });

  it('are gone through around the ends', () => {
    expect([next(3, 2, 1), next(3, 0, -1), next(0, 0, 1)]).toEqual([0, 2, 0]);
  });
});

describe('an executed notebook', () => {
  it('has a name of its own, and a cell that failed', () => {
    expect(executedName({ id: 'abc', entry: 'a/digits.ipynb' })).toBe('digits-abc.ipynb');
    const cells = [{}, { outputs: [] }, { outputs: [{ output_type: 'error' }] }];
    expect([failedCell({ cells }), failedCell({}), failedCell(null)]).toEqual([2, null, null]);
  });
});
