// What the documents for developers say of the code is there: the files and declarations in the tables of ARCHITECTURE.md, every
// path that a document names, and the files that the DESIGN.md of a room, or a comment, refers to.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withRoomTable } from '../../scripts/generators/room-table.ts';
import { declarationsOf } from './declarations.ts';

const projectFolder = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');
const documents = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md'];
const designs = globSync('{src,test}/**/DESIGN.md', { cwd: projectFolder });
const modules = globSync('{src,test,scripts}/**/*.ts', { cwd: projectFolder });
const referable = [...modules, ...designs, ...globSync(['*.md', '{docs,grammar}/**/*.md'], { cwd: projectFolder })];

/** Rows that begin with a file and a declaration in it, and name what is not there. */
function wrongRows(document: string): string[] {
  return tableRows(document).flatMap(([path, name]) => {
    if (!existsSync(join(projectFolder, path))) return [`there is no ${path}`];
    return declarationsOf(read(path)).has(name) ? [] : [`${path} does not declare ${name}`];
  });
}

function tableRows(document: string): (readonly [path: string, name: string])[] {
  return Array.from(document.matchAll(/^\| `(src\/[^`]+\.ts)` \| `([^`]+)` \|/gm), ([, path = '', name = '']) => [
    path,
    name,
  ]);
}

/** Paths of the project in code spans, and targets of links, that do not exist. */
function wrongPaths(document: string): string[] {
  const spans = Array.from(
    document.matchAll(/`((?:src|test|scripts|grammar|docs|examples|editors|bin|\.ci)\/[^`\s]*)`/g),
  );
  const links = Array.from(document.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g));
  return [...spans, ...links].map(([, path = '']) => path).filter((path) => !existsSync(join(projectFolder, path)));
}

/** Files of TypeScript, and documents, that a text names and nobody has. A name may have a part of its path before it, and stars in it. */
function wrongReferences(text: string, from: string): string[] {
  const names = Array.from(text.matchAll(/(?<![\w./*-])[\w./*-]*[\w*]\.(?:ts|md)\b/g), ([name]) => name);
  return names.filter((name) => !isThere(name, from)).map((name) => `${from} names ${name}`);
}

function isThere(name: string, from: string): boolean {
  if (name.startsWith('.')) return existsSync(join(projectFolder, dirname(from), name));
  const pattern = normalize(`**/${name}`);
  return referable.some((path) => path === name || matchesGlob(path, pattern));
}

function commentsOf(source: string): string {
  return source
    .split('\n')
    .filter((line) => /^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n');
}

describe('ARCHITECTURE.md', () => {
  const document = read('ARCHITECTURE.md');

  it('names files and declarations that are there', () => {
    expect(tableRows(document).length).toBeGreaterThan(50);
    expect(wrongRows(document)).toEqual([]);
  });

  it('shows the rooms as the layer table has them', () => {
    expect(withRoomTable(document)).toBe(document);
    expect(withRoomTable(document.replace('| `engine/link` |', '| `engine/session` |'))).toBe(document);
    expect(() => withRoomTable('# Architecture')).toThrow('no place for the rooms');
  });

  it.each([
    ['`src/engine/capture/seeker.ts` | `Tracker.receive`', 'there is no src/engine/capture/seeker.ts'],
    ['`src/engine/link/channel.ts` | `Channel.post`', 'src/engine/link/channel.ts does not declare Channel.post'],
    // Called in the file, and declared elsewhere.
    ['`src/engine/link/channel.ts` | `encodeFrame`', 'src/engine/link/channel.ts does not declare encodeFrame'],
    ['`src/engine/link/channel.ts` | `Channel.deliver`', 'src/engine/link/channel.ts does not declare Channel.deliver'],
  ])('is noticed to be wrong in | %s |', (row, complaint) => {
    expect(wrongRows(`| ${row} | A sentence. |`)).toEqual([complaint]);
  });
});

describe('documents', () => {
  it.each(documents)('%s names paths that are there', (document) => {
    expect(wrongPaths(read(document))).toEqual([]);
  });

  it('are noticed to name a path that is not', () => {
    expect(wrongPaths('`src/engine/session/` and [this](docs/nothing.md), not `src/engine/job/`')).toEqual([
      'src/engine/session/',
      'docs/nothing.md',
    ]);
  });

  it.each(designs)('%s refers to files that are there', (design) => {
    expect(wrongReferences(read(design), design)).toEqual([]);
  });

  it('are noticed to refer to a file that is not', () => {
    const text =
      '`job-life.ts`, `../mirror/surplus.ts`, `fanotify/*.ts`, `../surplus.ts`, `capture/seeker.ts` (engine/job/DESIGN.md)';
    expect(wrongReferences(text, 'src/engine/job/DESIGN.md')).toEqual([
      'src/engine/job/DESIGN.md names ../surplus.ts',
      'src/engine/job/DESIGN.md names capture/seeker.ts',
    ]);
  });
});

it('comments refer to files that are there', () => {
  const comments = modules
    .filter((path) => path.startsWith('src/'))
    .map((path) => [path, commentsOf(read(path))] as const);
  expect(comments.flatMap(([path, text]) => wrongReferences(text, path))).toEqual([]);
});
