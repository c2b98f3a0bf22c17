// The glossary of the engine names files that are there, each word once.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const engine = join(import.meta.dirname, '../../src/engine');
const design = readFileSync(join(engine, 'DESIGN.md'), 'utf8');

interface Entry {
  readonly word: string;
  readonly files: readonly string[];
}

function entriesOf(text: string): Entry[] {
  const glossary = text.split('## Glossary')[1]?.split('\n## ')[0] ?? '';
  const rows = glossary.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => {
    const [word = '', , where = ''] = row.slice(2, -2).split(' | ');
    return { word, files: Array.from(where.matchAll(/`([^`]+)`/g), ([, file]) => file ?? '') };
  });
}

/** What is wrong with a glossary. */
function faultsOf(entries: readonly Entry[]): string[] {
  const words = entries.map(({ word }) => word);
  return entries.flatMap(({ word, files }, index) => [
    ...(words.indexOf(word) < index ? [`${word}: is explained twice`] : []),
    ...(files.length === 0 ? [`${word}: names no file`] : []),
    ...files.filter((file) => !existsSync(join(engine, file))).map((file) => `${word}: there is no ${file}`),
  ]);
}

it('says of each word of the engine where the thing lives', () => {
  const entries = entriesOf(design);
  expect(entries.map(({ word }) => word)).toEqual(expect.arrayContaining(['workload', 'dirt', 'graveyard', 'fence']));
  expect(faultsOf(entries)).toEqual([]);
});

it('is noticed when it is wrong', () => {
  const row = (word: string, where: string): string => `| ${word} | What it is. | ${where} |\n`;
  const rows = row('word', 'what') + row('one', '`gone.ts`') + row('two', 'here') + row('one', '`DESIGN.md`');
  expect(faultsOf(entriesOf(`## Glossary\n\n${rows}\n## More\n\n${row('three', '')}`))).toEqual([
    'one: there is no gone.ts',
    'two: names no file',
    'one: is explained twice',
  ]);
});
