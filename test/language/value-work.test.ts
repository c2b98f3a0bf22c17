// What growing a value costs, counted in the steps that a run is charged with: a long text or list may cost no more to grow
// than a short one. Without clocks, so the counts are the same everywhere.
import { describe, expect, test } from 'vitest';
import { run } from './scripted-host.ts';

const rounds = 20_000;

function grow(body: string, before = ''): string {
  return `${before}\nFOR $i = 1 TO ${rounds} DO\n${body}\nEND\n`;
}

/** Runs with an allowance that is a multiple of the rounds: work that grows with the value needs hundreds of times more. */
async function cheaply(text: string): Promise<readonly string[]> {
  const { outcome, host } = await run(text, { budgets: { steps: 20 * rounds + 100_000 } });
  expect(outcome).toMatchObject({ kind: 'completed' });
  return host.lines;
}

describe('growing takes a step for each round, however long the value is', () => {
  test.each([
    ['a text by +', '$s = ""', '$s = $s + "item $i;"', 'length($s)', '208894'],
    ['a text by interpolation', '$s = ""', '$s = "${s}item $i;"', 'length($s)', '208894'],
    ['a text at its front', '$s = ""', '$s = "item $i;" + $s', 'length($s)', '208894'],
    ['a list', '$l = []', '$l = $l + [$i]', 'length($l)', '20000'],
    [
      'a text and a list in a record',
      '$r = {text: "", items: []}',
      '$r = {text: $r.text + "item $i;", items: $r.items + [$i]}',
      'length($r.text) + length($r.items)',
      '228894',
    ],
    ['a list in a list', '$l = [[], 0]', '$l = [$l[0] + [$i], $i]', 'length($l[0])', '20000'],
    [
      'what a function gives back',
      'FUNCTION more($s, $l)\nRETURN {s: $s + "item;", l: $l + [1]}\nEND\n$r = {s: "", l: []}',
      '$r = more($r.s, $r.l)',
      'length($r.s) + length($r.l)',
      '120000',
    ],
    [
      'reading while growing',
      '$l = [0]\n$n = 0',
      '$l = $l + [$i]\n$n = $n + $l[$i] + length($l) * 0',
      '$n',
      '200010000',
    ],
  ])('%s', async (_, before, body, result, expected) => {
    expect(await cheaply(`${grow(body, before)}WRITE ${result}`)).toEqual([expected]);
  });
});

describe('a list that is part of another many times over is small, and whatever reads all of it comes to an end', () => {
  const shared = `$a = [1, 2, 3]\n$b = [1, 2, 3]\nFOR $i = 1 TO 14 DO\n${['a', 'b'].map((one) => `$${one} = [${`$${one}, `.repeat(9)}$${one}]`).join('\n')}\nEND\n`;

  test('as a text it ends in an ellipsis', async () => {
    const { outcome, host } = await run(`${shared}$s = text($a)\nWRITE length($s) < 30000000, " ", endswith($s, "…]")`);
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(host.lines).toEqual(['true true']);
  });

  test('compared with its like it is too large', async () => {
    const { outcome } = await run(`${shared}WRITE $a = $b`);
    expect(outcome).toMatchObject({ kind: 'failed', diagnostics: [{ code: 'U0706' }] });
  });
});

describe('a list that was changed through one variable', () => {
  test.each([
    [
      'is as before through another',
      '$a = [1]\n$a = $a + [2]\n$b = $a\n$a = $a + [3]\n$b = $b + [4]\nWRITE $a, $b',
      '[1, 2, 3][1, 2, 4]',
    ],
    [
      'is as before where it was read',
      '$a = [1] + [2]\n$t = text($a)\n$b = $a\n$a = $a + [3]\nWRITE $t, $a, $b',
      '[1, 2][1, 2, 3][1, 2]',
    ],
    [
      'is as before in a list',
      '$a = [1] + [2]\n$b = [$a]\n$a = $a + [3]\nWRITE $a, $b, $b[0] + [9], $a',
      '[1, 2, 3][[1, 2]][1, 2, 9][1, 2, 3]',
    ],
    [
      'has the same rounds in the loop over it',
      '$a = [1] + [2]\nFOR EACH $x IN $a DO\n$a = $a + [$x]\nEND\nWRITE $a',
      '[1, 2, 1, 2]',
    ],
    ['may be added to itself', '$a = [1] + [2]\n$a = $a + $a\n$a = $a + $a\nWRITE $a', '[1, 2, 1, 2, 1, 2, 1, 2]'],
    [
      'is as before through the parameter',
      'FUNCTION f($l)\n$l = $l + [9]\nRETURN $l\nEND\n$a = [1] + [2]\n$b = f($a)\n$c = f($a)\nWRITE $a, $b, $c',
      '[1, 2][1, 2, 9][1, 2, 9]',
    ],
    [
      'has no items that only another has',
      '$a = [1] + [2]\n$b = $a + [3]\nTRY\nWRITE $a[2]\nON ERROR $e\nWRITE $e.name, length($a), $b\nEND',
      'U07042[1, 2, 3]',
    ],
  ])('%s', async (_, text, expected) => {
    const { outcome, host } = await run(text);
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(host.lines).toEqual([expected]);
  });
});

describe('work that does grow with the value is charged', () => {
  test.each([
    ['a list of which two variables go on', '$a = [0]', '$b = $a\n$a = $a + [1]\n$c = $b + [2]'],
    [
      'comparing equal texts',
      '$s = "0123456789"\n$t = "0123456789"',
      '$s = $s + "0123456789"\n$t = $t + "0123456789"\n$same = $s = $t',
    ],
    ['searching a text', '$s = ""', '$s = $s + "0123456789"\n$found = contains($s, "x")'],
    ['searching a list', '$l = []', '$l = $l + [1]\n$found = contains($l, 2)'],
    [
      'a text as the name of a field',
      '$s = ""\n$r = {x: 1}',
      '$s = $s + "0123456789"\nTRY\n$x = $r[$s]\nON ERROR $e\n$s = $s\nEND',
    ],
  ])('%s', async (_, before, body) => {
    const { outcome } = await run(grow(body, before), { budgets: { steps: 20 * rounds } });
    expect(outcome).toMatchObject({ kind: 'budget' });
  });
});
