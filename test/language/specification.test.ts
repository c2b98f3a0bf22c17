// grammar/grammar.md is the specification: a recogniser that reads its rules, and shares no code with the parser, accepts and
// refuses what the parser accepts and refuses.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accepts } from './recogniser/accepts.ts';
import { recognises } from './recogniser/recognise.ts';
import { carelessText, deriveScript, mutate, type Piece, plainText, randomFrom } from './recogniser/sentences.ts';

const projectFolder = join(import.meta.dirname, '../..');

/** Both opinions about a text, where they differ. */
function disagreement(text: string): string[] {
  const [specification, parser] = [recognises(text), accepts(text)];
  if (parser === undefined || specification === parser) return [];
  return [`specification ${specification}, parser ${parser}:\n${text}`];
}

test('the specification and the parser agree on ten thousand sentences', () => {
  const random = randomFrom(1);
  let other: readonly Piece[] = [];
  const counts = { accepted: 0, refused: 0 };
  const disagreements: string[] = [];
  for (let count = 0; count < 10_000; count++) {
    const derived = deriveScript(random, 4 + Math.floor(random() * 40));
    let pieces = derived;
    for (let mutations = count % 4; mutations > 0; mutations--) pieces = mutate(random, pieces, other);
    const text = count % 3 === 0 ? carelessText(random, pieces) : plainText(pieces);
    counts[recognises(text) ? 'accepted' : 'refused']++;
    disagreements.push(...disagreement(text));
    other = derived;
  }
  expect(disagreements.length + disagreements.slice(0, 5).join('\n----\n')).toBe('0');
  expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(2_000);
});

test('they agree on every example', () => {
  const scripts = globSync(['examples/*.dtcl', 'test/language/chunks/*.dtcl'], { cwd: projectFolder });
  const documents = globSync(['README.md', 'docs/**/*.md', 'grammar/*.md'], { cwd: projectFolder });
  const texts = [
    ...scripts.flatMap((file) => readFileSync(join(projectFolder, file), 'utf8').split(/^---$/m)),
    ...documents.flatMap((file) =>
      [...readFileSync(join(projectFolder, file), 'utf8').matchAll(/```dtcl.*\n([\s\S]*?)```/g)].map(
        (one) => one[1] ?? '',
      ),
    ),
  ];
  expect(texts.length).toBeGreaterThan(30);
  expect(texts.flatMap(disagreement)).toEqual([]);
});
