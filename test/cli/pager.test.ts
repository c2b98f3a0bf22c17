// Long lines a screen at a time.
import { expect, it } from 'vitest';
import type { Key } from '../../src/cli/prompt/keyboard.ts';
import { page } from '../../src/cli/prompt/pager.ts';

const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);

/** What is shown when these keys are pressed, on a screen of five rows, and what the last line said. */
async function shown(...keys: readonly string[]): Promise<{ readonly out: string[]; readonly said: string[] }> {
  const [out, said, waiting]: [string[], string[], string[]] = [[], [], [...keys]];
  const next = async (): Promise<Key | undefined> => {
    const sequence = waiting.shift();
    const name = { '\r': 'return', '\u007f': 'backspace', '\u001b': 'escape' }[sequence ?? ''] ?? sequence ?? '';
    return sequence === undefined ? undefined : { sequence, name, ctrl: false, meta: false };
  };
  const parts = {
    next,
    rows: () => 5,
    rowsOf: () => 1,
    out: (line: string) => void out.push(line),
    status: (text: string) => void said.push(text),
  };
  await page(lines, parts);
  return { out, said };
}

it('go on with Space and Enter, and end with q, or when no key comes any more', async () => {
  expect((await shown('q', ' ')).out).toEqual(lines.slice(0, 4));
  expect((await shown(' ', '\r', 'x')).out).toEqual(lines.slice(0, 9));
  expect((await shown(' ', ' ', ' ', ' ', ' ')).out).toEqual(lines);
  expect((await shown()).said).toEqual(['-- 4 of 20 lines -- Space: more, Enter: a line, /: search, q: end', '']);
});

it('are searched, from what was shown on', async () => {
  expect((await shown('/', ...'e 1x', '\u007f', '5', '\r', 'q')).out).toEqual([
    ...lines.slice(0, 4),
    ...lines.slice(14, 18),
  ]);
  expect((await shown('/', ...'LINE 1', '\r', 'n', 'q')).out).toEqual([
    ...lines.slice(0, 4),
    ...lines.slice(9, 13),
    ...lines.slice(13, 17),
  ]);
  const { out, said } = await shown('/', ...'none', '\r', '/', 'a', '\u001b', 'q');
  expect(out).toEqual(lines.slice(0, 4));
  expect(said.join()).toContain('nothing more with "none"');
});
