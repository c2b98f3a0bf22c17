// The wording of every diagnostic, as rendered, is reviewed like code: the snapshot file holds it. Each code has a script
// that provokes it, and grammar/errors.md lists the same codes with the same templates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DiagnosticCode, diagnose, diagnosticCatalogue } from '../../src/language/diagnostics/diagnostics.ts';
import { patternProblem } from '../../src/language/functions/patterns.ts';
import { type CheckOptions, checkScript, type RunOptions, runScript } from '../../src/language/program.ts';
import { diagnosticsAsJson, renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { decodeSource, SourceText } from '../../src/language/tree/source-text.ts';
import { check, IdleClock, ScriptedHost } from './scripted-host.ts';

/** What makes a script say something: its text alone, or with how it is run. */
type Provocation =
  | string
  | {
      readonly text: string | Uint8Array;
      readonly options?: Partial<RunOptions>;
      readonly read?: CheckOptions['read'];
      readonly problemOf?: CheckOptions['problemOf'];
      readonly refusalOf?: CheckOptions['refusalOf'];
      readonly patternProblemOf?: CheckOptions['patternProblemOf'];
    };

let usedBytes = 0;
const growing = (): number => {
  usedBytes += 1025;
  return usedBytes;
};

const provocations: Readonly<Record<DiagnosticCode, Provocation>> = {
  U0101: { text: Uint8Array.of(0x77, 0xff) },
  U0102: 'write 1 @@ 2',
  U0103: 'write "abc',
  U0104: 'write """abc\ndef',
  U0105: 'write (1 + 2\nwrite 3',
  U0106: 'write 1)',
  U0107: `write ${'('.repeat(201)}1${')'.repeat(201)}`,
  U0108: 'write 25:61',
  U0109: 'ping "a""b"$HOME'.replace('""b"', '"'),
  U0110: 'write "${}"',
  U0111: { text: `# ${' '.repeat(16_777_216)}` },
  U0112: { text: 'ping beta\n'.repeat(333_334) },
  U0113: '$größe = 3',
  U0114: String.raw`write e"a\qb"`,
  U0201: '$x = 1\nif $x = 1 write 2\nend',
  U0202: '$x =',
  U0203: 'if true then write 1 end write 2',
  U0204: 'while true do\n  write 1',
  U0205: 'end',
  U0206: '"text" first',
  U0207: 'write 1 < 2 < 3',
  U0208: 'write 1 2',
  U0209: 'write 1 == 2',
  U0210: '$x = 1\nif $x = 1 {\n  write 1\n}',
  U0211: '$x = 1\nif $x = 1\nthen write 1 end',
  U0212: 'try\n  write 1\nfinally\n  write 2\non error $e\n  write 3\nend',
  U0213: '$s = "a"\nwrite $s.toUpperCase()',
  U0214: 'x = 5\nwrite $x',
  U0215: '$l = (1, 2)',
  U0301: '$con = 1\nstatus con $cno',
  U0302: 'write lenght("a")',
  U0303: 'write length("a", "b")',
  U0304: 'function f()\nend\nfunction f()\nend',
  U0305: 'function f($a, $a)\nend',
  U0306: '$name = 1\nwrite nmae',
  U0307: 'if true then\n  param $p\nend',
  U0308: 'param $p as strin',
  U0310: 'on mirror.complete do\nend',
  U0311: 'include "common.dtcl"',
  U0312: '$dir = "lib"\ninclude "$dir/common.dtcl"',
  U0313: { text: 'include "test.dtcl"', read: (file) => ({ file, text: 'include "test.dtcl"' }) },
  U0314: 'task rotate($path, $class) in javascript """return path"""',
  U0315: `task rotate() in javascript """${' '.repeat(65_537)}"""`,
  U0316: {
    text: 'task rotate($path) in javascript """\n  const name = path;\n  retrun name;\n"""',
    problemOf: () => ({ message: 'Unexpected identifier', line: 2, column: 10 }),
  },
  U0317: '$name = "upper"\nwrite map(["a"], $name)',
  U0318: { text: "write matches('web', '(web')", patternProblemOf: patternProblem },
  U0401: 'conect sales to beta map exact',
  U0402: 'connect sales to beta mpa exact',
  U0403: 'connect sales to beta',
  U0404: 'repset rule add /srv to a to b',
  U0405: 'dns update shop.example to 10.0.0.2 ttl',
  U0406: 'ping beta "twice"',
  U0407: 'connect sales to beta map exact orphans kepe',
  U0408: 'ping beta do\nend',
  U0409: 'schedule nightly cron "0 2 * * *"',
  U0410: 'dns update "shop.example" to "10.0.0.2" ttl 300 KB',
  U0411: 'queuetask nightly to beta timeout 5',
  U0412: 'ping = beta',
  U0413: 'repset',
  U0414: 'orphans move 1 to "/srv/orphans"',
  U0415: 'queuetask nightly to beta onexecute = "d:\\jobs\\snap.cmd"',
  U0416: 'schedule nightly cron "99 * * * *" do ping beta end',
  U0417: {
    text: '$text = read file "/etc/passwd"',
    refusalOf: () => ({ reason: 'nobody allows it', hint: 'ask the operator' }),
  },
  U0418: 'wait for mirror 1\n  timeout 5m',
  U0501: '$x = 5m + 3 KB',
  U0502: 'wait "long"',
  U0503: '$s = secret("hush")\nwrite "it is $s"',
  U0504: '$d = 5m\nwrite $d.ms',
  U0505: '$s = secret("hush")\nif $s = "hush" then write 1 end',
  U0506: '$s = secret("hush")\ntask rotate($key) in javascript """return 1"""\n$x = rotate($s)',
  U0507: '$s = secret("hush")\nschedule nightly cron "0 2 * * *" do\n  login alpha operator $s\nend',
  U0508: '$con = connect sales to beta map exact\n$con.state = 5',
  U0601: 'exit 1\nwrite "late"',
  U0602: 'continue',
  U0603: 'return 1',
  U0604: 'try\n  write 1\nend',
  U0605: 'parallel do\n  ping alpha\n  wait 5s\nend',
  U0606: 'parallel do\n  $con = connect sales to beta map exact\n  verify $con\nend',
  U0607: '$list = [2, 1]\nsort($list)',
  U0701: 'if 1 = 2 then $x = 1 end\nwrite $x',
  U0702: 'write 1 / 0',
  U0703: 'write 9007199254740991 * 2',
  U0704: '$list = [1, 2]\nwrite $list[2]',
  U0705: '$r = {state: "OK"}\nwrite $r.staet',
  U0706: '$s = "xxxxxxxxxxxxxxxx"\nwhile true do\n  $s = $s + $s\nend',
  U0707: 'write number("five")',
  U0708: 'param $target as string\nwrite $target',
  U0709: { text: 'param $target = "beta"\nwrite $target', options: { parameters: { tagret: 'gamma' } } },
  U0710: { text: 'param $pause as duration\nwait $pause', options: { parameters: { pause: '5 KB' } } },
  U0711: 'wait until 1 = 2 timeout 3s',
  U0712: '$list = [1, 2]\n$list[2] = 3',
  U0801: { text: 'while true do\nend', options: { budgets: { steps: 5000 } } },
  U0802: { text: 'wait 1 hour', options: { budgets: { timeMs: 60_000 } } },
  U0803: { text: 'function f($n)\n  return f($n + 1)\nend\n$x = f(0)', options: { budgets: { depth: 100 } } },
  U0804: { text: 'while true do\n  write "again"\nend', options: { budgets: { outputBytes: 1024 } } },
  U0805: {
    text: '$l = []\nwhile true do\n  $l = [$l]\nend',
    options: { budgets: { memoryBytes: 8 * 1024 }, memoryBytes: growing },
  },
  U0901: 'fail "the replica is not good"',
  U0902: { text: 'wait 1 hour', options: { signal: AbortSignal.abort() } },
};

async function provoke(provocation: Provocation): Promise<string> {
  const given: Exclude<Provocation, string> = typeof provocation === 'string' ? { text: provocation } : provocation;
  const { text, options, read, problemOf, refusalOf, patternProblemOf } = given;
  const decoded = typeof text === 'string' ? text : decodeSource(text);
  // As a command line does with bytes that are no text.
  const source = new SourceText('test.dtcl', decoded ?? '');
  if (decoded === undefined) return renderDiagnostics([diagnose(source, { start: 0, end: 0 }, 'U0101', {})], source);
  const { script, diagnostics } = checkScript(source, {
    ...(read === undefined ? {} : { read }),
    ...(problemOf === undefined ? {} : { problemOf }),
    ...(refusalOf === undefined ? {} : { refusalOf }),
    ...(patternProblemOf === undefined ? {} : { patternProblemOf }),
  });
  const found = [...diagnostics];
  if (script !== undefined)
    found.push(
      ...(await runScript(script, { host: new ScriptedHost(), clock: new IdleClock(), ...options })).diagnostics,
    );
  return renderDiagnostics(found, source);
}

describe('every diagnostic reads as reviewed', () => {
  test.each(Object.entries(provocations))('%s', async (code, provocation) => {
    const rendered = await provoke(provocation);
    expect(rendered).toContain(`[${code}]`);
    expect(rendered).toMatchSnapshot();
  });

  test('none is missing', () => {
    expect(Object.keys(provocations).sort()).toEqual(Object.keys(diagnosticCatalogue).sort());
  });
});

describe('one mistake gives one message, and what stands behind it still gets its own', () => {
  test.each([
    ['a FOR that counts', 'for $i 1 to 10 do\n  write $i, $j\nend', ['U0201 1:8', 'U0301 2:13']],
    ['a FOR that goes through nothing', 'for each $s in do\n  write $s, $t\nend', ['U0201 1:16', 'U0301 2:13']],
    ['a FOR without a variable', 'for 1 to 2 do\n  write $t\n  continue\nend', ['U0201 1:5', 'U0301 2:9']],
    ['an IF without THEN', 'if 1 = 1\n  write $t\nelse\n  write 1\nend', ['U0202 1:8', 'U0301 2:9']],
    ['a WHILE without its condition', 'while do\n  break\nend\nend', ['U0201 1:7', 'U0205 4:1']],
    ['a FUNCTION', 'function f($a, 5)\n  write $a, $b\nend\n$x = f(1, 2, 3)', ['U0201 1:16', 'U0301 2:13']],
    ['FUNCTIONs without a name', 'function (1)\nend\nfunction (2)\nend', ['U0201 1:10', 'U0201 3:10']],
    ['an ON', 'on link.lost form $con do\n  write $event.server, $t\nend', ['U0201 1:14', 'U0301 1:19', 'U0301 2:24']],
    ['a command with a block', 'schedule n cron [1 2] do\n  write $t\nend', ['U0201 1:20', 'U0301 2:9']],
    ['a list', '$x = [1 2]\nwrite $x, $t', ['U0201 1:9', 'U0301 2:11']],
    ['a record', 'write {name "x"}\nwrite $t', ['U0201 1:13', 'U0301 2:7']],
    ['a name with other letters', '$größe = 3\nwrite $t, $größe', ['U0113 1:1', 'U0301 2:7', 'U0113 2:11']],
    ['what is behind a statement', 'write 1 2\nwrite $t', ['U0208 1:9', 'U0301 2:7']],
  ])('%s', (_, text, expected) => {
    const { diagnostics } = check(text);
    expect(diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`)).toEqual(expected);
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

test.each([
  ['write "日本語" + lenght', '                 ^^^^^^'],
  ['write "😀e\u0301" + lenght', '              ^^^^^^'],
  ['write 日本語', '      ^^^^^^'],
])('the caret stands below what is wrong in %s, wide letters and marks or not', async (text, caret) => {
  const [, shown] = /\| write.*\n +\| (.*)/.exec(await provoke(text)) ?? [];
  expect(shown).toBe(caret);
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
