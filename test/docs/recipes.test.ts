// Every recipe is rehearsed as its comment says: what its scenario expects holds, what it prints is held by a snapshot, and
// each of its commands is reached by one of its rehearsals.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recipes, rehearsals, rehearsalsOf, rehearse, textOf } from '../support/recipes.ts';

const projectFolder = join(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-recipes-'));
  writeFileSync(join(folder, 'password'), 'let me in\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The home of a rehearsal has no monitors before the recipe, which makes none. */
const notRehearsed = /\/07-maintenance\.dtcl:\d+: monitor stop/;

/** By recipe, the lines of the commands that each rehearsal has not reached. */
const unreached = new Map<string, (readonly string[])[]>();

it('there are twenty-one', () => {
  expect(recipes).toHaveLength(21);
  expect(recipes.map((one) => one.slice(0, 2))).toEqual(
    Array.from({ length: 21 }, (_, index) => String(index + 1).padStart(2, '0')),
  );
});

describe('each', () => {
  it.each(recipes)(
    '%s says what it is for, what is needed and how to rehearse it, and explains its parameters',
    (name) => {
      const text = textOf(name);
      const comment = text.slice(0, text.search(/^[^#]/m));
      expect(comment).toMatch(/^# [A-Z].*\n/);
      expect(comment).toMatch(/^# Needed: /m);
      expect(rehearsalsOf(name)).not.toEqual([]);
      for (const [param] of text.matchAll(/^param .*$/gm)) expect(param).toMatch(/ "[^"]+"$/);
    },
  );

  it.each(rehearsals)('%s', async (_, rehearsal) => {
    const { exitCode, output, notes } = await rehearse(rehearsal, folder);
    expect(output.filter((line) => /^(NOT HELD|failed)/.test(line))).toEqual([]);
    expect([
      exitCode,
      ...notes.filter((line) => /^(error|warning)\[/.test(line)).map(withoutIds),
      ...printed(output),
    ]).toMatchSnapshot();
    const missed = output.flatMap((line) => /^not run +(\S+: .*)$/.exec(line)?.[1] ?? []);
    unreached.set(rehearsal.recipe, [...(unreached.get(rehearsal.recipe) ?? []), missed]);
  });

  it.each(recipes)('%s has no command that none of its rehearsals reaches', (name) => {
    const [first = [], ...others] = unreached.get(name) ?? [];
    const missed = first.filter((line) => others.every((one) => one.includes(line)) && !notRehearsed.test(line));
    expect(missed).toEqual([]);
  });
});

/** What the recipe and its commands printed, without ids, and without times, which hang on the time zone of this machine. */
function printed(output: readonly string[]): readonly string[] {
  return output
    .flatMap((line) => /^ *[\dd :.]+ {2}(\S* * {2}\| .*)$/.exec(line)?.[1]?.trim() ?? [])
    .map((line) =>
      line.replaceAll(/\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]\S*/g, 'TIME'),
    )
    .map(withoutIds);
}

function withoutIds(line: string): string {
  return line.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=Folders_)[0-9a-f]{12}/g, 'ID');
}

it('docs/recipes.md lists all of them', () => {
  const index = readFileSync(join(projectFolder, 'docs/recipes.md'), 'utf8');
  const listed = Array.from(index.matchAll(/\(\.\.\/examples\/recipes\/([^)/]+)\.dtcl\)/g), ([, name]) => name);
  expect(listed).toEqual(recipes);
  for (const [, link = ''] of index.matchAll(/\]\(([^)#]+)\)/g)) {
    expect(existsSync(join(projectFolder, 'docs', link)), link).toBe(true);
  }
});
