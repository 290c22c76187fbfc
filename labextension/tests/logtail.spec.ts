import { describe, expect, it } from 'vitest';

import { KEPT, LogTail, WINDOW } from '../src/model/logtail';
import { plain } from '../src/model/terminal';

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

describe('LogTail', () => {
  it('puts together lines that came in pieces', async () => {
    const log = new Log();
    const tail = new LogTail(log.read);
    log.text = 'one\ntwo, which is long\nthr';
    await tail.pull();
    expect(tail.view.lines).toEqual(['one', 'two, which is long', 'thr']);
    log.text += 'ee\n';
    await tail.pull();
    expect(tail.view.lines).toEqual(['one', 'two, which is long', 'three', '']);
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
    expect(tail.view.lines.at(-1)).toBe(`line ${KEPT + 4}`);
  });

  it('begins near the end of a long log, at the beginning of a line', async () => {
    const log = new Log();
    log.text = `${'x'.repeat(WINDOW)}\nlast\n`;
    const tail = new LogTail(offset => log.read(offset, WINDOW));
    await tail.pull();
    expect(tail.view).toMatchObject({ lines: ['last', ''], cut: true });
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
    expect(tail.view).toMatchObject({ lines: ['one'], problem: 'Away.' });
    broken = false;
    await tail.pull();
    expect(tail.view).toMatchObject({ lines: ['one'], problem: '' });
  });
});

describe('plain', () => {
  it('leaves out colours and links', () => {
    expect(plain('\u001b[1;31mred\u001b[0m \u001b]8;;x\u0007link\u001b]8;;\u0007')).toBe(
      'red link'
    );
  });

  it('shows a progress bar as it stands in the end', () => {
    expect(plain('10 %\r100 %')).toBe('100 %');
    expect(plain('1/9\b\b\b9/9')).toBe('9/9');
    expect(plain('done\r')).toBe('done');
  });
});
