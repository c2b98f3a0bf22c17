// WRITE TABLE: what it prints, what it refuses, and that no text in it can spoil the terminal.
import { describe, expect, test } from 'vitest';
import type { TableRow } from '../../src/language/values/host.ts';
import { shownJson } from '../../src/language/values/json-values.ts';
import { handle, list, percent, record } from '../../src/language/values/value.ts';
import { check, run, ScriptedHost } from './scripted-host.ts';

const written = async (text: string, host = new ScriptedHost()): Promise<readonly string[]> => {
  const { outcome } = await run(text, {}, host);
  expect(outcome.diagnostics).toEqual([]);
  return host.lines;
};

test('prints the fields in the order in which they first occur, numbers and quantities at the right', async () => {
  expect(
    await written(`$rows = [
  {name: "alpha", free: 5 GB, age: 90s, load: 0.5, up: true},
  {name: "beta", free: 12 MB, since: 2026-11-22T20:30:00Z, load: 12}]
write table $rows`),
  ).toEqual([
    'name    free     age  load  up    since',
    'alpha   5 GB  1m 30s   0.5  true',
    'beta   12 MB            12        2026-11-22T20:30:00Z',
  ]);
});

test('prints the columns that are named, also fields of fields, and nested values as WRITE does', async () => {
  expect(
    await written(`$rows = [{name: "a", mirror: {percent: 50%}, tags: ["x", {k: 1}]}, {"b.c": 7}]
write table $rows columns "mirror.percent", "name", "tags", "b.c", "none"`),
  ).toEqual([
    'mirror.percent  name  tags           b.c  none',
    '           50%  a     ["x", {k: 1}]',
    `${' '.repeat(39)}7`,
  ]);
  expect(await written('$names = ["b", "a"]\nwrite table [{a: 1, b: 2}] columns $names')).toEqual(['b  a', '2  1']);
  expect(await written('write table [] columns "a", "b"\nwrite table []\nwrite table [{}]')).toEqual(['a  b']);
});

test('aligns wide letters, and lets no control character through', async () => {
  expect(
    await written(
      '$rows = [{name: "日本", x: "1"}, {name: parsejson(\'"a\\u001b[2Jb\\r\\nc\\td\\u202e"\'), x: "2"}]\nwrite table $rows',
    ),
  ).toEqual(['name         x', '日本         1', 'a\u{fffd}[2Jb c d\u{fffd}  2']);
});

test('shows the properties of handles', async () => {
  const host = new ScriptedHost();
  host.properties.set('', record({ name: 'sales', mirror: record({ percent: percent(100) }) }));
  host.answers.set('lookup.connections', list([handle('connection', 'job-1', 1), handle('connection', 'job-2', 2)]));
  expect(await written('write table connections() columns "name", "mirror.percent"', host)).toEqual([
    'name   mirror.percent',
    'sales            100%',
    'sales            100%',
  ]);
});

test('gives a program the record of each line, with what is shown, and no secret', async () => {
  const rows: (TableRow | undefined)[] = [];
  const host = new ScriptedHost();
  host.write = (_line: string, row?: TableRow) => void rows.push(row);
  await run('write table [{a: 1 KB, b: {c: [secret("s")]}, d: 2}] columns "a", "b", "b.c"\nwrite "x"', {}, host);
  expect(rows.map((one) => (typeof one === 'object' ? shownJson(one) : one))).toEqual([
    'heading',
    { a: 1024, b: { c: ['•••'] }, 'b.c': ['•••'] },
    undefined,
  ]);
});

describe('refuses', () => {
  test.each([
    ['write table 5', 'what WRITE TABLE is given must be a list, and this is an integer'],
    ['write table [{a: 1}] columns 5', 'a name behind COLUMNS must be a string, and this is an integer'],
    ['write table [{a: 1}] columns', 'expected a value but the line ends here'],
  ])('%s, when it is checked', (text, message) => {
    expect(
      check(text)
        .diagnostics.map((one) => one.message)
        .join(),
    ).toContain(message);
  });

  test.each([
    ['$x = number("5")\nwrite table $x', 'what WRITE TABLE is given must be a list of records or handles'],
    [
      'write table [{a: 1}, 5]',
      'each item of the list of WRITE TABLE must be a record or a handle, and this is an integer',
    ],
    ['$n = [5]\nwrite table [{a: 1}] columns $n', 'a name behind COLUMNS must be a string, and this is an integer'],
  ])('%s, when it runs', async (text, message) => {
    const { outcome } = await run(text);
    expect(outcome.diagnostics[0]?.message).toContain(message);
  });
});

test('TABLE and COLUMNS are still names', async () => {
  const text = `function table($x)
  return $x + 1
end
function columns($table)
  return {table: $table, columns: 2}
end
$table = columns(1)
write table(1), $table.columns, columns(3).table`;
  expect(await written(text)).toEqual(['223']);
});

test('a table that is too long stops at the budget for output', async () => {
  const text =
    '$rows = map(range(1, 5000), "row")\nfunction row($n)\n  return {n: $n, text: repeat("x", 100)}\nend\nwrite table $rows';
  const { outcome, host } = await run(text, { budgets: { outputBytes: 10_000 } });
  expect(outcome.kind).toBe('budget');
  expect(host.lines.length).toBeLessThan(110);
});
