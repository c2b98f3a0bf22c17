// map and filter, which call a function of the script, or a built-in one, by the name that stands in the script.
import { describe, expect, test } from 'vitest';
import { runScript } from '../../src/language/program.ts';
import { readScript } from '../../src/language/reading/script-reading.ts';
import { Symbols } from '../../src/language/reading/symbols.ts';
import { PlanHost } from '../../src/runtime/plan/plan-host.ts';
import { PlanTree } from '../../src/runtime/plan/plan-tree.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { check, run, ScriptedHost } from './scripted-host.ts';

const doubled = 'FUNCTION doubled($n)\nRETURN $n * 2\nEND\n';
const large = 'FUNCTION large($n, $least = 3)\nRETURN $n >= $least\nEND\n';

describe('a call for each item', () => {
  test.each([
    ['map([1, 2, 3], "doubled")', '[2, 4, 6]'],
    ["map([1, 2], 'DOUBLED')", '[2, 4]'],
    ['map([], "doubled")', '[]'],
    ['filter([1, 3, 5], "large")', '[3, 5]'],
    ['filter([1, 3, 5], "large", 4)', '[5]'],
    ['map(filter([1, 3, 5], "large"), "doubled")', '[6, 10]'],
    ['map([{name: "x"}, {ttl: 5m}], "field", "name", "-")', '["x", "-"]'],
    ['filter([[1], [2]], "contains", 2)', '[[2]]'],
  ])('%s is %s', async (expression, printed) => {
    const { host, outcome } = await run(`${doubled}${large}WRITE ${expression}`);
    expect(outcome.diagnostics).toEqual([]);
    expect(host.lines).toEqual([printed]);
  });

  test('is no business of a function map that the script has itself', async () => {
    const text = 'FUNCTION map($a, $b)\nRETURN $a + $b\nEND\nWRITE map(1, "upper"), map("x", "nothing")';
    const { host, outcome } = await run(text);
    expect(outcome.diagnostics).toEqual([]);
    expect(host.lines).toEqual(['1upperxnothing']);
  });

  test('may be one of a function filter that the script has itself', async () => {
    const { host } = await run('FUNCTION filter($a)\nRETURN $a + 1\nEND\nWRITE map([1], "filter")');
    expect(host.lines).toEqual(['[2]']);
  });

  test('may run commands, one after the other', async () => {
    const text = 'FUNCTION reached($name)\n$r = PING $name\nRETURN $r\nEND\nWRITE map(["alpha", "beta"], "reached")';
    const host = new ScriptedHost();
    host.answers.set('ping', async ({ arguments: given }) => String(given.server).length);
    await run(text, { host });
    expect(host.commands).toEqual(['ping', 'ping']);
    expect(host.lines).toEqual(['[5, 4]']);
  });

  test('may call a task in JavaScript', async () => {
    const host = new ScriptedHost();
    host.answers.set('task.run', async ({ arguments: given }) => given.values ?? 0);
    await run('TASK kept($a, $b = 7) IN JAVASCRIPT """return a"""\nWRITE map([1], "kept")', { host });
    expect(host.lines).toEqual(['[[1, 7]]']);
  });

  test('may call itself within the function', async () => {
    const text =
      'FUNCTION depth($l)\nIF type($l) = "list" THEN\n$d = map($l, "depth")\nRETURN 1 + max(append($d, 0))\nEND\nRETURN 0\nEND\nWRITE depth([1, [2, [3]], []])';
    const { host } = await run(text);
    expect(host.lines).toEqual(['3']);
  });

  test('ends when the run has used up its steps', async () => {
    const text = `${doubled}WHILE true DO\n$x = map(range(1, 1000), "doubled")\nEND`;
    expect((await run(text, { budgets: { steps: 20_000 } })).outcome).toMatchObject({ kind: 'budget' });
  });
});

describe('a run says', () => {
  test.each([
    ['filter([1], "doubled")', 'U0502', 'what the function of filter returns must be true or false'],
    ['map(["a"], "doubled")', 'U0501', 'cannot multiply'],
    ['map(parsejson("1"), "doubled")', 'U0502', 'what map is given must be a list'],
    ['map([1], "upper")', 'U0502', 'what upper is given must be a string'],
  ])('%s fails with %s', async (expression, code, message) => {
    const { outcome } = await run(`${doubled}$x = ${expression}`);
    expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code }] });
    expect(outcome.diagnostics[0]?.message).toContain(message);
  });
});

describe('the check says', () => {
  test.each([
    ['map([1], "doubld")', 'U0302', 'did you mean doubled?'],
    ['map([1], "doubled", 2)', 'U0303', 'call it as doubled($n)'],
    ['map([1], "replace", "a")', 'U0303', 'call it as replace(string, string, string)'],
    ['filter([1], "upper")', 'U0502', 'name a function that returns true or false'],
    ['map([1], $name)', 'U0317', 'write the name of one in quotes: map($list, "upper")'],
    ['map([1], "map", "upper")', 'U0317', 'write the name of one in quotes: map($list, "upper")'],
    ['map([1])', 'U0303', 'call it as map(list, string, value)'],
    ['map("a", "upper")', 'U0502', undefined],
  ])('%s is wrong: %s', (expression, code, fix) => {
    const { diagnostics } = check(`${doubled}$name = "upper"\n$x = ${expression}`);
    expect(diagnostics).toMatchObject([{ code, ...(fix === undefined ? {} : { fix }) }]);
  });
});

test('a block that runs later takes the functions along that it names', async () => {
  const text = `${doubled}SCHEDULE nightly CRON "0 2 * * *" DO\nWRITE map([1], "doubled")\nEND`;
  const { host } = await run(text);
  expect(JSON.stringify(host.requests[0]?.arguments)).toContain('FUNCTION doubled');
});

test('a plan calls the function once for a list that only the run knows', async () => {
  const { script } = check(`TASK names() IN JAVASCRIPT """return []"""
FUNCTION pointed($name)
  DNS UPDATE $name TO 10.0.0.2
  RETURN true
END
SOURCE alpha
$list = names()
WRITE filter($list, "pointed")`);
  const [tree, clock] = [new PlanTree(), new ManualClock()];
  const host = new PlanHost({
    clock,
    tree,
    local: undefined,
    known: [],
    nameOf: async (written) => written,
    readHome: async () => undefined,
    readText: async () => '',
    timeZone: 'UTC',
  });
  expect(script && (await runScript(script, { host, plan: host, clock })).kind).toBe('completed');
  expect(tree.items).toMatchObject([
    { command: 'SOURCE alpha' },
    { type: 'step' },
    {
      title: 'for each item in $list',
      items: [{ command: 'DNS UPDATE «an item of what names() gives» TO "10.0.0.2"' }],
    },
    { text: '«filter($list, "pointed")»' },
  ]);
});

test('renaming a function finds the names in quotes', () => {
  const { all } = new Symbols(readScript('test.dtcl', `${doubled}WRITE map(append([1], 2), "Doubled")`));
  const symbol = all.find((one) => one.name === 'doubled');
  expect(symbol?.mentions.map(({ start, end }) => end - start)).toEqual([7, 7]);
});
