// A text that grows by `$a = $a + more` is put together in pieces behind the scenes. Nobody may see that: random programs
// over three variables write what plain texts would hold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { run } from './scripted-host.ts';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];
type Texts = Record<Name, string>;

interface Act {
  readonly line: string;
  readonly does: (texts: Texts) => void;
}

const name = fc.constantFrom(...names);
/** Short and long, on both sides of the length of a piece. */
const more = fc.oneof(
  fc.string({ unit: fc.constantFrom('x', 'y', 'é', '🜁') }),
  fc.constantFrom('', 'long'.repeat(300)),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(name, more).map(([to, text]) => ({
    line: `$${to} = $${to} + "${text}"`,
    does: (texts: Texts): void => {
      texts[to] += text;
    },
  })),
  fc.tuple(name, more, fc.integer({ min: 1, max: 40 })).map(([to, text, times]) => ({
    line: `FOR $i = 1 TO ${times} DO\n  $${to} += "${text}"\n  $${to} += $i\nEND`,
    does: (texts: Texts): void => {
      for (let i = 1; i <= times; i++) texts[to] += text + String(i);
    },
  })),
  fc.tuple(name, name).map(([to, from]) => ({
    line: `$${to} = $${from}`,
    does: (texts: Texts): void => {
      texts[to] = texts[from];
    },
  })),
  fc.tuple(name, name).map(([to, from]) => ({
    line: `IF length($${to}) < 100000 THEN\n  $${to} = $${to} + $${from}\nEND`,
    does: (texts: Texts): void => {
      if ([...texts[to]].length < 100_000) texts[to] += texts[from];
    },
  })),
  fc.tuple(name, more).map(([to, text]) => ({
    line: `$${to} = "${text}"`,
    does: (texts: Texts): void => {
      texts[to] = text;
    },
  })),
);

test('a text that grows is what its pieces make', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 30 }), fc.boolean(), async (acts, inFunction) => {
      const texts: Texts = { a: '', b: '', c: '' };
      const body = ['$a = ""', '$b = ""', '$c = ""'];
      for (const { line, does } of [...acts, ...acts]) {
        body.push(line, ...names.map((one) => `WRITE $${one}`));
        does(texts);
      }
      const lines = inFunction ? ['FUNCTION main()', ...body, 'END', 'main()'] : body;
      const { outcome, host } = await run(lines.join('\n'));
      expect(outcome).toMatchObject({ kind: 'completed' });
      expect(host.lines.slice(-names.length)).toEqual(names.map((one) => texts[one]));
    }),
    { numRuns: 200 },
  );
});

test('a text of many blocks is what its pieces make, also where it was read or changed in between', async () => {
  const { host } = await run(
    [
      '$a = ""',
      'FOR $i = 1 TO 60000 DO',
      '  $a = $a + "item $i;"',
      '  IF $i % 17000 = 0 THEN',
      '    $b = $a',
      '    $a = $a + $b',
      '    $b += "end"',
      '  END',
      'END',
      'WRITE $a',
      'WRITE $b',
    ].join('\n'),
  );
  let [a, b] = ['', ''];
  for (let i = 1; i <= 60_000; i++) {
    a += `item ${i};`;
    if (i % 17_000 !== 0) continue;
    b = `${a}end`;
    a += a;
  }
  expect(a.length).toBeGreaterThan(1024 * 1024);
  expect(host.lines.map((line) => line === a || line === b)).toEqual([true, true]);
});
