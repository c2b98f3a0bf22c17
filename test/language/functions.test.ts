// The built-in functions: the example of each, as HELP shows it, and what stands beside the examples.
import { describe, expect, test } from 'vitest';
import { builtinFunctions } from '../../src/language/functions/builtin-functions.ts';
import { check, run, ScriptedHost } from './scripted-host.ts';

const withoutExample = ['secret', 'now', 'today', 'since'];

describe('the example of', () => {
  // What looks up something has its examples in test/runtime/lookups.test.ts.
  const shown = [...builtinFunctions].filter(
    ([name, { lookup }]) => lookup === undefined && !withoutExample.includes(name),
  );
  test.each(shown)('%s', async (name, builtin) => {
    const [expression, printed] = builtin.example ?? ['', ''];
    expect(expression).toContain(`${name}(`);
    const { host } = await run(`WRITE ${expression}\nHELP FUNCTION ${name}`);
    expect(host.lines[0]).toBe(printed);
    expect(host.lines.slice(1)).toContain(`  WRITE ${expression}`);
  });
});

test('HELP FUNCTIONS names all of them', async () => {
  const { host } = await run('HELP FUNCTIONS');
  const named = host.lines.flatMap((line) => /^ {2}(\w+)\(/.exec(line)?.[1] ?? []);
  expect(named).toEqual([...builtinFunctions.keys()]);
});

test('HELP knows what other languages call a function', async () => {
  const { host } = await run('HELP substr');
  expect(host.lines).toEqual([
    'There is no help on SUBSTR. Did you mean HELP SLICE? Otherwise: HELP alone shows what there is.',
  ]);
});

test.each([
  ['sort([3, 1, 2])', '[1, 2, 3]'],
  ['sort(["b", "a"], "descending")', '["b", "a"]'],
  ['sort([{n: 2, m: "a"}, {n: 1, m: "b"}, {n: 2, m: "c"}], "n")', '[{n: 1, m: "b"}, {n: 2, m: "a"}, {n: 2, m: "c"}]'],
  ['sort([5m, 30s])', '[30s, 5m]'],
  ['append([], 1, [2])', '[1, [2]]'],
  ['unique(["a", [1], "a", [1], 1])', '["a", [1], 1]'],
  ['slice([1, 2, 3], 1)', '[2, 3]'],
  ['slice("abc", -2)', 'bc'],
  ['slice("abc", 2, 9)', 'c'],
  ['find([1, "1"], "1")', '1'],
  ['find("abc", "x")', '-1'],
  ['round(2.5)', '3'],
  ['round(1.005, 2)', '1.01'],
  ['round(-1.26, 1)', '-1.3'],
  ['range(3, 1, -1)', '[3, 2, 1]'],
  ['range(3, 1)', '[]'],
  ['sum([])', '0'],
  ['lines("""\na\nb\n""")', '["a", "b"]'],
  ['json([none, true, 5m, 1 KB, 2026-11-22])', '[null,true,300000,1024,"2026-11-22"]'],
  [`parsejson('{"__proto__": 1, "a": [null]}')`, '{__proto__: 1, a: [none]}'],
  ['parse("2026-11-22T20:30:00Z") - 30m', '2026-11-22T20:00:00Z'],
  ['format(2026-03-29T00:59:00Z, "HH:mm", "Europe/Berlin")', '01:59'],
  ['format(2026-03-29T01:00:00Z, "HH:mm", "Europe/Berlin")', '03:00'],
  ['format(2026-01-01T03:00:00Z, "yyyy-MM-dd EEEE", "America/New_York")', '2025-12-31 Wednesday'],
  ['format(08:05, "HH:mm:ss.SSS")', '08:05:00.000'],
  ['dateparts(2026-11-22).weekday', 'Sunday'],
  ['has({a: none}, "a")', 'true'],
  ['2026-11-22T20:30:00Z - 2026-11-08T23:25:00Z', '13d 21h 5m'],
  ['[90s, 36h, 7998h, 61.5s, 250ms, 0s, 5m, 1d]', '[1m 30s, 1d 12h, 333d 6h, 1m 1.5s, 250ms, 0s, 5m, 1d]'],
  ['0s - 90s', '-1m 30s'],
  ['parse("13d 21h 5m") = 13d + 21h + 5m', 'true'],
  ['parse(text(0s - 90s))', '-1m 30s'],
  ['parse("1 hour 30 min")', '1h 30m'],
  ['field({a: 1}, "b")', 'none'],
])('%s is %s', async (expression, printed) => {
  const { host, outcome } = await run(`WRITE ${expression}`);
  expect(outcome.diagnostics).toEqual([]);
  expect(host.lines).toEqual([printed]);
});

test.each([
  ['first([])', 'U0707'],
  ['sort([1, "a"])', 'U0501'],
  ['sort([{a: 1}], "b")', 'U0707'],
  ['repeat("x", 99999999)', 'U0706'],
  ['repeat("x", -1)', 'U0707'],
  ['padleft("x", 99999999)', 'U0706'],
  ['range(1, 9999999)', 'U0707'],
  ['range(1, 2, 0)', 'U0707'],
  ['round(1.5, 99)', 'U0707'],
  ['parsejson("{")', 'U0707'],
  [`parsejson(repeat("[", 40) + repeat("]", 40))`, 'U0707'],
  ['json({s: secret("x")})', 'U0707'],
  ['parse("hello")', 'U0707'],
  ['parse("5 parsecs")', 'U0707'],
  ['parse("5m 3 KB")', 'U0707'],
  ['format(2026-11-22T20:30:00Z, "HH", "Mars/Olympus")', 'U0707'],
  ['find("abc", 1)', 'U0707'],
  ['sum(["a"])', 'U0707'],
])('%s fails with %s', async (expression, code) => {
  const { outcome } = await run(`$x = ${expression}`);
  expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code }] });
  expect(JSON.stringify(outcome)).not.toMatch(/undefined|\[object/);
});

test.each([
  ['len("a")', 'length'],
  ['SIZE("a")', 'length'],
  ['substr("a", 1)', 'slice'],
  ['indexof("a", "b")', 'find'],
  ['push([1], 2)', 'append'],
  ['to_upper("a")', 'upper'],
  ['strftime(1)', 'format'],
  ['appendd([1], 2)', 'append'],
])('%s is answered with %s', (expression, meant) => {
  expect(check(`$x = ${expression}`).diagnostics).toMatchObject([{ code: 'U0302', fix: `did you mean ${meant}?` }]);
});

test.each([
  ['append("a", 1)', 'U0502'],
  ['keys([1])', 'U0502'],
  ['sort()', 'U0303'],
  ['json(secret("x"))', 'U0503'],
  ['format("2026", "yyyy")', 'U0502'],
])('%s is found to be wrong before it runs', (expression, code) => {
  expect(check(`$x = ${expression}`).diagnostics).toMatchObject([{ code }]);
});

test('sorting is paid for, so that no long list holds a run up for ever', async () => {
  const text = '$s = repeat("x", 1000000)\n$l = []\nFOR $i = 1 TO 500 DO\n$l = append($l, $s + $i)\nEND\n$l = sort($l)';
  const { outcome } = await run(text, { budgets: { steps: 200_000 } });
  expect(outcome).toMatchObject({ kind: 'budget' });
});

test('memory is looked at within one call of a function, too', async () => {
  const text =
    '$s = repeat("x", 1000000)\n$l = []\nFOR $i = 1 TO 500 DO\n$l = append($l, $s + (1000 + $i))\nEND\nWRITE "now"\n$l = sort($l)\nWRITE "sorted"';
  const host = new ScriptedHost();
  const memoryBytes = (): number => (host.lines.length === 0 ? 0 : 2000);
  const { outcome } = await run(text, { budgets: { memoryBytes: 1000 }, memoryBytes }, host);
  expect(outcome).toMatchObject({ kind: 'budget', diagnostics: [{ code: 'U0805' }] });
  expect(host.lines).toEqual(['now']);
});

test('append grows a list without copying it', async () => {
  const text =
    '$l = []\nFOR $i = 1 TO 20000 DO\n$l = append($l, $i)\nEND\nWRITE length($l), " ", last($l), " ", first($l)';
  const { outcome, host } = await run(text, { budgets: { steps: 400_000 } });
  expect(outcome).toMatchObject({ kind: 'completed' });
  expect(host.lines).toEqual(['20000 20000 1']);
});
