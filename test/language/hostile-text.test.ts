// Whatever the text, checking it gives diagnostics with positions, never an exception, and never takes long.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runScript } from '../../src/language/program.ts';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { randomFrom } from './recogniser/sentences.ts';
import { check, IdleClock, ScriptedHost } from './scripted-host.ts';

const examples = join(import.meta.dirname, '../../examples');
const chunks = join(import.meta.dirname, 'chunks');
const exampleFiles = readdirSync(examples).filter((name) => name.endsWith('.dtcl'));
const samples = [
  ...exampleFiles.map((file) => join(examples, file)),
  ...readdirSync(chunks).map((file) => join(chunks, file)),
].map((file) => readFileSync(file, 'utf8'));

function checkSafely(text: string): void {
  const { diagnostics, script } = check(text);
  expect(script === undefined).toBe(diagnostics.some((one) => one.severity === 'error'));
  for (const { span } of diagnostics) {
    expect(span.start).toBeGreaterThanOrEqual(0);
    expect(span.end).toBeLessThanOrEqual(text.length);
    expect(span.line).toBeGreaterThanOrEqual(1);
    expect(span.column).toBeGreaterThanOrEqual(1);
  }
  renderDiagnostics(diagnostics, new SourceText('test.dtcl', text));
}

const pieces = [
  '$x',
  '$x = ',
  'if ',
  ' then ',
  'else ',
  'end',
  '\n',
  ' ',
  'while ',
  'do ',
  'for ',
  'each ',
  'in ',
  ' to ',
  'try ',
  'on error $e',
  'finally',
  'function f(',
  ')',
  '(',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '.',
  '"',
  '""',
  "'",
  '"""',
  '${',
  '$$',
  '$',
  '#',
  '\\',
  ' \\\n',
  ';',
  '5m',
  '10 MB/s',
  '2026-11-22',
  '50%',
  '%',
  '+',
  '-',
  '=',
  '<>',
  'and ',
  'not ',
  'write ',
  'connect sales to beta map exact',
  'queuetask a to b onexecute = snapshot "x"',
  'schedule n cron "x" do',
  'wait until ',
  'param $p as ',
  'return ',
  'true',
  'é',
  '\u0000',
  '\ud800',
  '\r',
];

describe('random text', () => {
  test('of any characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), checkSafely), { numRuns: 300, seed: 1 });
  });

  test('of pieces of the language', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join('')),
        checkSafely,
      ),
      { numRuns: 1500, seed: 2 },
    );
  });

  test('cut and spliced from samples', () => {
    const cut = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat())
      .map(([text, from, length]) => text.slice(from % text.length, (from % text.length) + (length % 400)));
    fc.assert(
      fc.property(
        fc.array(cut, { maxLength: 4 }).map((all) => all.join('')),
        checkSafely,
      ),
      { numRuns: 300, seed: 3 },
    );
  });

  test('that checks also runs without a defect', async () => {
    const statement = fc.constantFrom(
      '$x = $x + 1',
      '$y = [1, 5m, "a"]',
      'write $x / 0',
      'write $y[$x]',
      'if $x > 2 then break end',
      'ping beta',
      '$x = $y',
      'try',
      'on error $e',
      'finally',
      'end',
      'while $x < 5 do',
      'for each $x in $y do',
      'write {a: $y}.a[1] * 2',
      'continue',
      'exit 3',
      '$x = f($x)',
      'wait 1s',
    );
    const script = fc
      .array(statement, { maxLength: 25 })
      .map((all) => ['function f($n)', 'return $n + 1', 'end', '$x = 0', '$y = 1', ...all].join('\n'));
    await fc.assert(
      fc.asyncProperty(script, async (text) => {
        const checked = check(text);
        if (checked.script === undefined) return;
        const outcome = await runScript(checked.script, {
          host: new ScriptedHost(),
          clock: new IdleClock(),
          budgets: { steps: 2000 },
        });
        expect(['completed', 'failed', 'budget']).toContain(outcome.kind);
      }),
      { numRuns: 400, seed: 4 },
    );
  });
});

test('every prefix of every example, and many of the tests', () => {
  for (const [index, text] of samples.entries()) {
    const step = index < exampleFiles.length ? 1 : 37;
    for (let length = 0; length <= text.length; length += step) checkSafely(text.slice(0, length));
  }
});

test('a long script is no noise: what it holds may go on over any number of lines', () => {
  const list = `$list = [\n${'  "server",\n'.repeat(200_000)}  "last"\n]\n`;
  expect(check(list).diagnostics).toEqual([]);
  const text = `$text = """\n${') = ( "\n'.repeat(200_000)}"""\n`;
  expect(check(text).diagnostics).toEqual([]);
});

describe('ten million characters of noise', () => {
  const random = randomFrom(1);
  const bytes = Buffer.from(Uint32Array.from({ length: 2_621_440 }, () => random() * 2 ** 32).buffer);

  test.each([
    ['of any bytes', bytes.toString('latin1')],
    ['of printable characters', Buffer.from(bytes.map((byte) => 32 + (byte % 95))).toString('latin1')],
    ['of printable lines', Buffer.from(bytes.map((byte) => (byte < 8 ? 10 : 32 + (byte % 95)))).toString('latin1')],
    ['of words and open brackets', 'write (1\n'.repeat(1_000_000)],
    ['of quotes', 'ping "\n'.repeat(1_000_000)],
    ['of END', 'end '.repeat(2_500_000)],
    ['of operators and brackets', ') = (\n'.repeat(1_500_000)],
    ['of commands that there are not', 'conect beta\n'.repeat(70_000)],
    ['behind a script', `${'ping beta\n'.repeat(400_000)}${bytes.toString('latin1', 0, 4_000_000)}`],
  ])('%s', (_, text) => {
    checkSafely(text);
    expect(check(text).diagnostics.length).toBeGreaterThan(0);
  });
});

describe('large and deep text', () => {
  test.each([
    ['open brackets', '('.repeat(100_000)],
    ['balanced brackets', `write ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['signs that stand in each other', `write ${'- not '.repeat(20_000)}1`],
    ['brackets just deep enough', `write ${'('.repeat(199)}1${')'.repeat(199)}`],
    ['blocks', 'if true then\n'.repeat(50_000)],
    ['blocks just deep enough', `${'if true then\n'.repeat(199)}write 1\n${'end\n'.repeat(199)}`],
    ['sums in brackets just deep enough', `write ${'(1 + '.repeat(199)}1${')'.repeat(199)}`],
    ['records just deep enough', `write ${'{a: 1 + '.repeat(199)}1${'}'.repeat(199)}`],
    [
      'tasks in tasks, assigned, just deep enough',
      `${'$x = queuetask t to b onexecute = do\n'.repeat(199)}write 1\n${'end\n'.repeat(199)}`,
    ],
    ['handlers just deep enough', `${'try\non error $e\n'.repeat(199)}write 1\n${'end\n'.repeat(199)}`],
    ['ELSE IF', `if true then write 1\n${'else if true then write 2\n'.repeat(5000)}end`],
    ['a long sum', `write ${'1 + '.repeat(50_000)}1`],
    ['minuses', `write ${'- '.repeat(100_000)}1`],
    ['strings in strings', `write ${'"${'.repeat(5000)}`],
    ['strings in strings, closed', `write ${'"${'.repeat(300)}1${'}"'.repeat(300)}`],
    ['a long line', `write "${'x'.repeat(1_000_000)}"`],
    ['a long word', `ping ${'x'.repeat(1_000_000)}`],
    ['blanks', ' '.repeat(1_000_000)],
    ['quotes', '"'.repeat(500_001)],
    ['steps', `$x = {}\nwrite $x${'.a'.repeat(50_000)}`],
    ['too many characters', ' '.repeat(16 * 1024 * 1024 + 1)],
  ])('%s', (_, text) => {
    checkSafely(text);
  });

  test('what is just deep enough also runs', async () => {
    const { script } = check(`write ${'('.repeat(199)}1${')'.repeat(199)}, ${'1 + '.repeat(20_000)}1`);
    const host = new ScriptedHost();
    await runScript(script as NonNullable<typeof script>, { host, clock: new IdleClock() });
    expect(host.lines).toEqual(['120001']);
  });
});
