// The page for the bad night has a line for every event that means trouble, and for no number that does not exist.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventCatalogue } from '../../src/model/event-catalogue.ts';

const projectFolder = join(import.meta.dirname, '../..');
const page = readFileSync(join(projectFolder, 'docs/troubleshooting.md'), 'utf8');
const rows = Array.from(page.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm), ([, first = '']) => first);

it('says what to do about every warning and every error', () => {
  const told = rows.flatMap((first) => first.match(/\b\d{4}\b/g) ?? []).toSorted();
  const trouble = Object.entries(eventCatalogue).filter(([, { severity }]) => severity !== 'information');
  expect(told).toEqual(trouble.map(([id]) => id).toSorted());
});

it('names failures as the program does', () => {
  const sources = globSync('src/**/*.ts', { cwd: projectFolder }).map((file) =>
    readFileSync(join(projectFolder, file), 'utf8'),
  );
  const names = rows.flatMap((first) => first.match(/`([A-Z]+-[A-Z-]+)`/g) ?? []).map((name) => name.slice(1, -1));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) expect(sources.some((text) => text.includes(`'${name}'`))).toBe(true);
});
