// grammar/original.md: every form that is known of the original does here what its row says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ExampleHome } from '../support/example-home.ts';
import { check } from './scripted-host.ts';

interface Row {
  readonly form: string;
  readonly known: string;
  readonly here: string;
  readonly text: string;
  readonly isFresh: boolean;
}

const rows: readonly Row[] = Array.from(
  readFileSync('grammar/original.md', 'utf8').matchAll(/^\| (.+) \| (\w+) \| (.+) \| `(.+)`( \(new session\))? \|$/gm),
  ([, form = '', known = '', here = '', text = '', fresh]) => ({
    form,
    known,
    here,
    text,
    isFresh: fresh !== undefined,
  }),
);

const errorsOf = (text: string): readonly string[] =>
  check(text)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

/** The code with which the last command of the text fails. */
async function failureOf({ text, isFresh }: Row): Promise<string | undefined> {
  const home = await ExampleHome.open({ fresh: isFresh });
  await home.run(`try\n  ${text}\n  write "no error"\non error $e\n  write $e.code, " ", $e.name\nend`);
  return home.output.at(-1);
}

describe('a form of the original', () => {
  it.each(rows)('$form: $here', async (row) => {
    const { text, here, isFresh } = row;
    const codes = here.startsWith('refused') ? Array.from(here.matchAll(/`([^`]+)`/g), ([, code = '']) => code) : [];
    if (codes.some((code) => code.startsWith('U'))) {
      expect(errorsOf(text)).toEqual(codes);
      return;
    }
    expect(errorsOf(text)).toEqual([]);
    if (codes.length > 0) expect((await failureOf(row))?.split(' ')[0]).toBe(codes[0]);
    else if (here === 'not available') {
      expect(check(text).diagnostics.map(({ code }) => code)).toContain('U0414');
      expect(await failureOf(row)).toContain('NOT-AVAILABLE');
    } else {
      expect(here).toMatch(/^works(?:, .+)?$/);
      const home = await ExampleHome.open({ fresh: isFresh });
      expect((await home.run(text)).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });

  it('stands in every row of the tables, with how it is known', () => {
    const written = readFileSync('grammar/original.md', 'utf8').split('## QUEUETASK')[1] ?? '';
    const lines = written.split('\n').filter((line) => /^\| (?!form )/.test(line));
    expect(rows).toHaveLength(lines.length);
    for (const { known } of rows) expect(['documented', 'transcript', 'inferred']).toContain(known);
  });
});
