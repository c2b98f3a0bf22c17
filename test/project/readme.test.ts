// The map in the README shows the rooms that are there, each of them and no other.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const projectFolder = join(import.meta.dirname, '../..');
const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');

it('maps the rooms of src', () => {
  const table = readme.split('The rooms of `src/`:')[1] ?? '';
  const mapped = Array.from(table.matchAll(/^\| `([\w-]+)` \|/gm), ([, room]) => room);
  const modules = globSync('src/*/**/*.ts', { cwd: projectFolder });
  const rooms = new Set(modules.map((path) => path.split('/')[1]));
  expect(mapped.toSorted()).toEqual([...rooms].toSorted());
});

it('names commands that package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
  const named = Array.from(readme.matchAll(/\bnpm (?:run\s+)?([a-z]+(?::[a-z]+)?)\b/g), ([, name]) => name ?? '');
  expect(named).toEqual(expect.arrayContaining(['start', 'test', 'check']));
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
