// INCLUDE: one program out of several files, checked whole before anything runs. The files are a table here.
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import type { ReadIncluded } from '../../src/language/parser/include.ts';
import { checkScript, runScript } from '../../src/language/program.ts';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { IdleClock, ScriptedHost } from './scripted-host.ts';

type Files = Readonly<Record<string, string>>;

const reading =
  (files: Files): ReadIncluded =>
  (path, from) => {
    const file = posix.join(posix.dirname(from), path);
    const text = files[file];
    return text === undefined ? { reason: 'there is no such file' } : { file, text };
  };

function messages(files: Files): string {
  const source = new SourceText('main.dtcl', files['main.dtcl'] ?? '');
  return renderDiagnostics(checkScript(source, { read: reading(files) }).diagnostics, source);
}

async function run(files: Files, parameters = {}) {
  const source = new SourceText('main.dtcl', files['main.dtcl'] ?? '');
  const { script } = checkScript(source, { read: reading(files) });
  if (script === undefined) throw new Error(messages(files));
  const host = new ScriptedHost();
  const outcome = await runScript(script, { host, clock: new IdleClock(), parameters });
  return { host, outcome, shown: renderDiagnostics(outcome.diagnostics, source), script };
}

test('what a file says, and what it includes in its own folder, is the script’s', async () => {
  const { host, script } = await run(
    {
      'main.dtcl': 'write greet("beta")\ninclude "lib/common.dtcl"\nwrite $place, " ", $who, " ", double(4)',
      'lib/common.dtcl':
        'param $who = "you"\ninclude \'numbers.dtcl\'\n$place = "here ${1 + 1}"\nfunction greet($name)\n  return "hello $name"\nend',
      'lib/numbers.dtcl': 'function double($n) return 2 * $n end',
    },
    { who: 'me' },
  );
  expect(host.lines).toEqual(['hello beta', 'here 2 me 8']);
  expect(script.parameters.map((one) => one.name)).toEqual(['who']);
});

test('a file is included once, however often it is asked for', async () => {
  const { host } = await run({
    'main.dtcl': 'include "a.dtcl"\ninclude "b.dtcl"\ninclude a.dtcl\nwrite one()',
    'a.dtcl': 'function one() return 1 end\nwrite "a"',
    'b.dtcl': 'include "a.dtcl"\nwrite "b"',
  });
  expect(host.lines).toEqual(['a', 'b', '1']);
});

test('mistakes are shown in the file that has them, those of the script first', () => {
  expect(
    messages({
      'main.dtcl': 'include "lib/common.dtcl"\nwrite lenght("a")',
      'lib/common.dtcl': '# common\nwrite "${nmae}"\ninclude "gone.dtcl"\nif (1 then',
    }),
  ).toMatchSnapshot();
});

test('an error while running is shown where it is, with the file', async () => {
  const files = {
    'main.dtcl':
      'include "common.dtcl"\ntry\n  $x = half(0)\non error $e\n  write $e.file, ":", $e.line\nend\n$x = half(0)',
    'common.dtcl': '\nfunction half($n)\n  return 1 / $n\nend',
  };
  const { host, shown } = await run(files);
  expect(host.lines).toEqual(['common.dtcl:3']);
  expect(shown).toMatchSnapshot();
});

test('files that include each other are a mistake, and so is one that includes itself', () => {
  expect(
    messages({
      'main.dtcl': 'include "a.dtcl"',
      'a.dtcl': 'include "b.dtcl"',
      'b.dtcl': '\ninclude "a.dtcl"\ninclude "main.dtcl"',
    }),
  ).toMatchSnapshot();
});

test('a chain without end is refused, not followed', () => {
  const source = new SourceText('0', 'include "1"');
  const { diagnostics } = checkScript(source, {
    read: (_, from) => ({ file: `${Number(from) + 1}`, text: 'include "x"' }),
  });
  expect(diagnostics).toMatchObject([{ code: 'U0311', message: expect.stringContaining('deeper than 200') }]);
});

test('only at the top, and not under a name that is computed', () => {
  const codes = (text: string): unknown =>
    checkScript(new SourceText('main.dtcl', text), { read: reading({}) }).diagnostics;
  expect(codes('if true then\n  include "a.dtcl"\nend')).toMatchObject([{ code: 'U0307', span: { line: 2 } }]);
  expect(codes('include "$HOME/a.dtcl"')).toMatchObject([{ code: 'U0312' }]);
  expect(codes('include')).toMatchObject([{ code: 'U0202' }]);
});

test('a schedule takes the functions of an included file along', async () => {
  const { host } = await run({
    'main.dtcl': 'include "common.dtcl"\nschedule nightly cron "0 2 * * *" do\n  $r = look(1)\nend',
    'common.dtcl': 'function look($con)\n  verify $con\nend',
  });
  expect(host.requests[0]?.arguments.body).toBe('function look($con)\n  verify $con\nend\n$r = look(1)');
});
