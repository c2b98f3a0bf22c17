// What `npm run fuzz:language` does for minutes, for a moment; and that it would notice something.
import { expect, test } from 'vitest';
import { hostileText } from '../../scripts/fuzz/hostile-texts.ts';
import { brokenInvariant } from '../../scripts/fuzz/language-invariants.ts';
import { shrink } from '../../scripts/fuzz/shrink.ts';
import { randomFrom } from './recogniser/sentences.ts';

test('a hundred hostile texts break nothing', () => {
  const random = randomFrom(3);
  for (let count = 0; count < 100; count++) {
    const text = hostileText(random);
    expect(brokenInvariant(text), text.slice(0, 1000)).toBeUndefined();
  }
});

test('what breaks something is made as small as it can be', () => {
  const text = `write 1\n${'ping beta\n'.repeat(50)}write "${'x'.repeat(100)}!"\n`;
  expect(shrink(text, (smaller) => /"x+!"/.test(smaller))).toBe('"x!"');
});

/** What fuzzing found, each the smallest text that showed it. */
test.each([
  ['a block that an inner END seemed to close', 'parallel do\nif 1 then end'],
  ['a blank that was none', '$a=QUIT\u00a0'],
  ['a continuation behind such a blank', 'write\u00a0 \\\n'],
  ['a backslash as a word', '>=\\'],
  ['a backslash before a semicolon', 'ping \\;write 1'],
  ['a list that touches UNTIL', 'wait until[] = [] timeout 5'],
  ['a rate in capitals', 'write 2B/S'],
  ['nothing but a comment in braces', 'write "${#}"'],
  ['nothing but what cannot stand in braces', 'write "${^}"'],
  ['a line in a bracket that goes on at once', 't [2,\n \\\n3]'],
  ['a command behind a PARAM', 'if true then param $p\nend\nU'],
  ['a word of the language that touches an equals sign', 'write='],
  ['a colon alone', ':'],
  ['a colon alone behind a byte order mark', '\ufeff:'],
  ['a colon that is alone before ELSE', 'IF 3 Then\n: else end'],
  ['a number without its first digit that has no end', '.5m'.repeat(134)],
  ['a comment behind a backslash in a bracket', 'If$y AND[not true and 0 \\\n#\nand Not\nnonE-""]then END'],
  ['a block without END whose line ends in a colon', 'd do$t=$d\nend\n$t=""\nif$t then g:'],
  ['a blank behind WAIT FOR', 'wait for '],
  ['a word of the language that touches a string with a backslash', 'if "d:\\"then write "x" end'],
  ['an ELSE that touches a string with a backslash', 'try FINALLY e (if(none)THEN"\\"Else"""""") End'],
  ['a command AS behind a PARAM', 'Param$S\nAS'],
  ['a command AS behind a PARAM and a semicolon', 'param $s; AS STRING'],
  ['a typographic quote', '“'],
  ['two equals signs behind a word', 'p=='],
  ['a name that is like a number without its first digit', 'FUNCTION .5()end'],
  ['a word behind AS that is like a number without its first digit', 'param $x as .5'],
  ['a colon and an equals sign behind ON ERROR', 'try ON ERROR$a:=end'],
  ['a foreign END before END', 'if"" \\\nTHEN wend end'],
  ['a foreign ELSE before END', 'If Not FALSE\tTHEN \ndefault END'],
  ['an ELSE with a colon before END', 'if true then\nelse: end'],
])('%s', (_, text) => {
  expect(brokenInvariant(text)).toBeUndefined();
});
