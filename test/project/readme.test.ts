// The documents name only commands that package.json has.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const projectFolder = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(projectFolder, file), 'utf8');
const { scripts } = JSON.parse(read('package.json'));

it.each(['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'])('%s names commands that package.json has', (document) => {
  const commands = read(document).matchAll(/\bnpm (?:run\s+)?([a-z]+(?::[a-z]+)?)\b/g);
  const named = Array.from(commands, ([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
