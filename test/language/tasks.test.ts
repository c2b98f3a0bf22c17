// TASK … IN JAVASCRIPT: what the host is asked for, and what travels.
import { expect, test } from 'vitest';
import { commandText } from '../../src/language/catalogue/definition/command-text.ts';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { list, record } from '../../src/language/values/value.ts';
import { run, ScriptedHost } from './scripted-host.ts';

const rotate = 'task rotate($path, $days = 7) in javascript """\n  return `${path} "$$"`;\n"""\n';
const script = '  return `${path} "$$"`;\n';

test('a call asks the host to run the script with all its values, and is worth what that gives', async () => {
  const host = new ScriptedHost();
  host.answers.set('task.run', record({ rotated: 2 }));
  await run(`${rotate}$r = rotate("/srv/x")\nwrite $r.rotated`, {}, host);
  expect(host.requests.map(({ command, arguments: given }) => [command, given])).toEqual([
    ['task.run', { name: 'rotate', script, names: list(['path', 'days']), values: list(['/srv/x', 7]) }],
  ]);
  expect(host.requests[0] && commandText(host.requests[0])).toBe('rotate("/srv/x", 7)');
  expect(host.lines).toEqual(['2']);
});

test('a command that is shown can be typed again, also with a value of several lines', async () => {
  const line = String.raw`PING e"a\n\t\"\$x\" \u{1b}\\"`;
  const { host } = await run(line);
  expect(host.requests[0] && commandText(host.requests[0])).toBe(line);
});

test('in the stream the script travels with its values, and nothing runs here', async () => {
  const queue = 'queuetask nightly to beta onreceive = rotate("/a") onexecute = rotate("/b", 1 + 1) on 1';
  const { host } = await run(`${rotate}source alpha\ntarget beta\n${queue}`);
  expect(host.commands).toEqual(['source', 'target', 'queuetask']);
  const task = (...values: (string | number)[]) =>
    record({ name: 'rotate', script, names: list(['path', 'days']), values: list(values) });
  expect(host.requests[2]?.arguments).toMatchObject({ onreceive: task('/a', 7), onexecute: task('/b', 2) });
});

test('a block that runs later takes the tasks along that it calls', async () => {
  const { host } = await run(`${rotate}schedule nightly cron "0 2 * * *" do\n  $r = rotate("/srv")\nend`);
  expect(host.requests[0]?.arguments.body).toBe(`${rotate.trimEnd()}\n$r = rotate("/srv")`);
});

test('a mistake in JavaScript is shown at its place, after a line end of any kind', () => {
  const text = 'task a() in javascript """\r\n  one;\r\n  tow"""';
  const problemOf = () => ({ message: 'no', line: 2, column: 3 });
  const { diagnostics, tasks } = checkScript(new SourceText('test.dtcl', text), { problemOf });
  expect(tasks).toEqual([{ names: [], body: '  one;\r\n  tow' }]);
  expect(diagnostics.map(({ code, span }) => [code, span.line, span.column])).toEqual([['U0316', 3, 3]]);
});
