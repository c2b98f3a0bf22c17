// The wording of every diagnostic, as rendered, is reviewed like code: the snapshot file holds it. Each code has a script
// that provokes it, and grammar/errors.md lists the same codes with the same templates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DiagnosticCode, diagnosticCatalogue } from '../../src/language/diagnostics.ts';
import { runScript } from '../../src/language/program.ts';
import { diagnosticsAsJson, renderDiagnostics } from '../../src/language/render-diagnostics.ts';
import { decodeSource, SourceText } from '../../src/language/source-text.ts';
import { check, IdleClock, ScriptedHost } from './scripted-host.ts';

/** Codes that no text alone provokes; the tests named say where they are covered. */
const elsewhere: readonly DiagnosticCode[] = [
  'U0101', // the command line, which reads the bytes; decodeSource below
  'U0111', // a text of 16 million characters; hostile-text.test.ts
  'U0313', // include.test.ts
  'U0706',
  'U0708',
  'U0709',
  'U0710',
  'U0801',
  'U0802',
  'U0803',
  'U0804',
  'U0902', // running.test.ts
];

const provocations: Readonly<Partial<Record<DiagnosticCode, string>>> = {
  U0102: 'write 1 @@ 2',
  U0103: 'write "abc',
  U0104: 'write """abc\ndef',
  U0105: 'write (1 + 2\nwrite 3',
  U0106: 'write 1)',
  U0107: `write ${'('.repeat(201)}1${')'.repeat(201)}`,
  U0108: 'write 25:61',
  U0109: 'ping "a""b"$HOME'.replace('""b"', '"'),
  U0110: 'write "${}"',
  U0201: '$x = 1\nif $x = 1 write 2\nend',
  U0202: '$x =',
  U0203: 'if true then write 1 end write 2',
  U0204: 'while true do\n  write 1',
  U0205: 'end',
  U0206: '"text" first',
  U0207: 'write 1 < 2 < 3',
  U0208: 'write 1 2',
  U0301: '$con = 1\nstatus con $cno',
  U0302: 'write lenght("a")',
  U0303: 'write length("a", "b")',
  U0304: 'function f()\nend\nfunction f()\nend',
  U0305: 'function f($a, $a)\nend',
  U0306: '$name = 1\nwrite nmae',
  U0307: 'if true then\n  param $p\nend',
  U0308: 'param $p as strin',
  U0309: 'function length($a)\nend',
  U0310: 'on mirror.complete do\nend',
  U0311: 'include "common.dtcl"',
  U0312: '$dir = "lib"\ninclude "$dir/common.dtcl"',
  U0401: 'conect sales to beta map exact',
  U0402: 'connect sales to beta mpa exact',
  U0403: 'connect sales to beta',
  U0404: 'repset rule add /srv to a to b',
  U0405: 'dns update shop.example to 10.0.0.2 ttl',
  U0406: 'ping beta "twice"',
  U0407: 'connect sales to beta map exact orphans kepe',
  U0408: 'ping beta do\nend',
  U0409: 'schedule nightly cron "0 2 * * *"',
  U0410: 'dns update "shop.example" to "10.0.0.2" ttl 300',
  U0411: 'queuetask nightly to beta timeout 5',
  U0412: 'ping = beta',
  U0413: 'repset',
  U0501: '$x = 5m + 3 KB',
  U0502: 'wait "long"',
  U0503: '$s = secret("hush")\nwrite "it is $s"',
  U0504: '$d = 5m\nwrite $d.ms',
  U0505: '$s = secret("hush")\nif $s = "hush" then write 1 end',
  U0601: 'exit 1\nwrite "late"',
  U0602: 'continue',
  U0603: 'return 1',
  U0604: 'try\n  write 1\nend',
  U0605: 'parallel do\n  ping alpha\n  wait 5s\nend',
  U0606: 'parallel do\n  $con = connect sales to beta map exact\n  verify $con\nend',
  U0701: 'if 1 = 2 then $x = 1 end\nwrite $x',
  U0702: 'write 1 / 0',
  U0703: 'write 9007199254740991 * 2',
  U0704: '$list = [1, 2]\nwrite $list[2]',
  U0705: '$r = {state: "OK"}\nwrite $r.staet',
  U0707: 'write number("five")',
  U0711: 'wait until 1 = 2 timeout 3s',
  U0901: 'fail "the replica is not good"',
};

async function provoke(text: string): Promise<string> {
  const { script, diagnostics } = check(text);
  const found = [...diagnostics];
  if (script !== undefined)
    found.push(...(await runScript(script, { host: new ScriptedHost(), clock: new IdleClock() })).diagnostics);
  return renderDiagnostics(found, new SourceText('test.dtcl', text));
}

describe('every diagnostic reads as reviewed', () => {
  test.each(Object.entries(provocations))('%s', async (code, text) => {
    const rendered = await provoke(text);
    expect(rendered).toContain(`[${code}]`);
    expect(rendered).toMatchSnapshot();
  });

  test('each code has a script that provokes it', () => {
    const covered = [...Object.keys(provocations), ...elsewhere].sort();
    expect(covered).toEqual(Object.keys(diagnosticCatalogue).sort());
  });
});

test('grammar/errors.md lists exactly the codes of the catalogue, with their words', () => {
  const listed = readFileSync(join(import.meta.dirname, '../../grammar/errors.md'), 'utf8')
    .split('\n')
    .flatMap(
      (line) => /^\| (U\d{4}) \| (error|warning) \| (.*?) \| (.*?) \|$/.exec(line)?.slice(1, 5).join(' | ') ?? [],
    );
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const expected = Object.entries(diagnosticCatalogue).map(([code, one]) =>
    [code, one.severity, cell(one.message), cell('fix' in one ? one.fix : '')].join(' | '),
  );
  expect(listed).toEqual(expected);
});

test('two sides that do not fit are both marked', async () => {
  expect(await provoke('$x = 5m + 3 KB')).toMatchSnapshot();
});

test('a long line is shown round the caret, and control characters never reach a terminal', async () => {
  const rendered = await provoke(`write "${'x'.repeat(400)}" + lenght("\u001b[31m")`);
  expect(rendered).toMatchSnapshot();
  expect(rendered).not.toContain('\u001b');
});

test('as JSON a diagnostic keeps its code and its place', () => {
  const { diagnostics } = check('write 1\nconect x');
  expect(JSON.parse(diagnosticsAsJson(diagnostics))).toMatchObject({
    diagnostics: [{ code: 'U0401', severity: 'error', span: { line: 2, column: 1 } }],
  });
});

test('bytes that are not UTF-8 are no text', () => {
  expect(decodeSource(Uint8Array.of(0x77, 0xff))).toBeUndefined();
  expect(decodeSource(Buffer.from('\ufeffwrite 1'))).toBe('write 1');
});
