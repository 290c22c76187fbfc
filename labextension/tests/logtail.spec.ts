import { DisposableDelegate } from '@lumino/disposable';
import { describe, expect, it } from 'vitest';

import { executedName, failedCell } from '../src/model/executed';
import { next, places } from '../src/model/find';
import { KEPT, LogTail, WINDOW } from '../src/model/logtail';
import type { LogReader, LogSource } from '../src/model/logtail';
import { shown } from '../src/model/terminal';

/** A log that grows; it is told in pieces of `limit` characters. */
class Log implements LogSource {
  text = '';
  ended = false;
  left = 0;
  constructor(private readonly _limit = 8) {}

  follow(reader: LogReader) {
    this._reader = reader;
    return new DisposableDelegate(() => {
      this.left += 1;
    });
  }

  /** Tell what there is more. */
  tell(): void {
    for (;;) {
      const from = this._reader?.offset ?? 0;
      const offset = from < 0 ? Math.max(0, this.text.length + from) : from;
      const text = this.text.slice(offset, offset + this._limit);
      const next = offset + text.length;
      const end = this.ended && next === this.text.length;
      if (!text && !end) {
        return;
      }
      this._reader?.take({ text, offset, next, end });
      if (end) {
        return;
      }
    }
  }

  fail(problem: string): void {
    this._reader?.fail(problem);
  }

  private _reader: LogReader | undefined;
}

const PLACE = { job: 'j1', replica: 'worker-0', attempt: 1 };
const tailOf = (log: Log): LogTail => new LogTail(log, PLACE, run => run());
const texts = (tail: LogTail): string[] => tail.view.lines.map(line => line.text);

describe('LogTail', () => {
  it('puts together lines that came in pieces', () => {
    const log = new Log();
    const tail = tailOf(log);
    log.text = 'one\ntwo, which is long\nthr';
    log.tell();
    expect(texts(tail)).toEqual(['one', 'two, which is long', 'thr']);
    log.text += 'ee\n';
    log.tell();
    expect(texts(tail)).toEqual(['one', 'two, which is long', 'three', '']);
  });

  it('knows where it is, so that it can go on there', () => {
    const log = new Log();
    const tail = tailOf(log);
    expect(tail.offset).toBe(-WINDOW);
    log.text = 'all\n';
    log.ended = true;
    log.tell();
    expect([tail.offset, tail.view.end]).toEqual([4, true]);
    tail.dispose();
    tail.dispose();
    expect(log.left).toBe(1);
  });

  it('keeps the last lines and says that some came before', () => {
    const log = new Log(1 << 20);
    const tail = tailOf(log);
    log.text = Array.from({ length: KEPT + 5 }, (_, line) => `line ${line}`).join('\n');
    log.tell();
    expect(tail.view.lines).toHaveLength(KEPT);
    expect(tail.view.cut).toBe(true);
    expect(texts(tail).at(-1)).toBe(`line ${KEPT + 4}`);
  });

  it('begins near the end of a long log, at the beginning of a line', () => {
    const log = new Log(WINDOW);
    const tail = tailOf(log);
    log.text = `${'x'.repeat(WINDOW)}\nlast\n`;
    log.tell();
    expect(texts(tail)).toEqual(['last', '']);
    expect(tail.view.cut).toBe(true);
  });

  it('shows together what comes at nearly the same time', () => {
    const waiting: (() => void)[] = [];
    const log = new Log();
    const tail = new LogTail(log, PLACE, run => waiting.push(run));
    let changes = 0;
    tail.changed.connect(() => (changes += 1));
    log.text = Array.from({ length: 3 * KEPT }, (_, line) => `${line}`).join('\n');
    log.tell();
    expect([waiting.length, changes]).toEqual([1, 0]);
    waiting.forEach(run => run());
    expect(texts(tail)).toHaveLength(KEPT);
    expect([texts(tail).at(-1), changes]).toEqual([`${3 * KEPT - 1}`, 1]);
  });

  it('says why nothing comes, and keeps what it has', () => {
    const log = new Log();
    const tail = tailOf(log);
    log.text = 'one';
    log.tell();
    log.fail('Away.');
    expect([texts(tail), tail.view.problem]).toEqual([['one'], 'Away.']);
    log.text += ' more';
    log.tell();
    expect([texts(tail), tail.view.problem]).toEqual([['one more'], '']);
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
