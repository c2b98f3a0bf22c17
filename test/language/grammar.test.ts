// The examples of the specification check, and what it lists is what there is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventNames } from '../../src/language/catalogue/definition/event-names.ts';
import { builtinFunctions } from '../../src/language/functions/builtin-functions.ts';
import { check } from './scripted-host.ts';

const grammar = readFileSync(join(import.meta.dirname, '../../grammar/grammar.md'), 'utf8');
const examples = [...grammar.matchAll(/```dtcl\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(3);
});

test.each(examples.map((text) => [text.split('\n')[0] ?? '', text]))(
  'the example that begins with %s checks',
  (_, text) => {
    expect(check(text).diagnostics).toEqual([]);
  },
);

test('it names every built-in function', () => {
  const listed = /Functions: `([\s\S]*?)`/.exec(grammar)?.[1]?.split(/\s+/) ?? [];
  expect(listed.sort()).toEqual([...builtinFunctions.keys()].sort());
});

test('it names every event', () => {
  const listed = /The events: `([\s\S]*?)`/.exec(grammar)?.[1]?.split(/\s+/) ?? [];
  expect(listed.sort()).toEqual([...eventNames.keys()].sort());
});
