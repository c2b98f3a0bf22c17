// The rules of style that a machine can hold: sizes, names, headers, and what the lockfile says.
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const projectFolder = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');
const modules = globSync('src/**/*.ts', { cwd: projectFolder });
const ours = [
  ...modules,
  ...globSync(['test/**/*.ts', 'scripts/**/*.{ts,cjs}', 'editors/**/*.cjs', 'bin/*'], { cwd: projectFolder }),
];

const linesMax = 500;
const filesMax = 12;
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.(?:ts|cjs|js)$/;
const vagueName = /^(?:utils?|helpers?|common|misc|shared|index|lib|types|constants)\b/;

/** What is wrong with a module as a file, apart from what it says. A test may be long, and its names say what it is for. */
function untidiness(path: string, source: string): string[] {
  const name = basename(path);
  const found: string[] = [];
  const lines = source.split('\n').length - 1;
  const test = path.startsWith('test/');
  if (!test && lines > linesMax) found.push(`${path}: ${lines} lines; over ${linesMax} there are two ideas in it`);
  if (!kebabCase.test(name)) found.push(`${path}: not in kebab-case`);
  if (vagueName.test(name) || vagueName.test(basename(dirname(path)))) found.push(`${path}: the name says nothing`);
  const header = source.replace(/^#!.*\n/, '');
  const explained = test || /^(?:\/\/ \S|\/\*)/.test(header);
  if (!explained) found.push(`${path}: does not open with a comment that says what it is for`);
  return found;
}

/** Folders that hold more than one can take in at a glance, beside their sub-rooms. */
function crowded(paths: readonly string[]): string[] {
  const folders = Map.groupBy(paths, (path) => dirname(path));
  return [...folders].flatMap(([folder, { length }]) =>
    length <= filesMax ? [] : [`${folder}: ${length} files; over ${filesMax} there are two rooms in it`],
  );
}

describe('the style of the project', () => {
  it('is kept by every file', () => {
    expect(modules.length).toBeGreaterThan(0);
    expect(ours.flatMap((path) => untidiness(path, text(path)))).toEqual([]);
  });

  it('is kept by every folder', () => {
    expect(crowded(globSync('src/**/*.*', { cwd: projectFolder }))).toEqual([]);
    const names = Array.from({ length: filesMax + 1 }, (_, number) => `src/engine/file-${number}.ts`);
    expect(crowded(names)).toEqual(['src/engine: 13 files; over 12 there are two rooms in it']);
    expect(crowded([...names.slice(1), 'src/engine/more/file.ts'])).toEqual([]);
  });

  it.each([
    ['src/engine/long.ts', `// A purpose.\n${'\n'.repeat(linesMax)}`, 'two ideas'],
    ['src/engine/camelCase.ts', '// A purpose.\n', 'kebab-case'],
    ['src/engine/utils.ts', '// A purpose.\n', 'says nothing'],
    ['src/engine/helpers/copy.ts', '// A purpose.\n', 'says nothing'],
    ['src/engine/copy.ts', 'export const a = 1;\n', 'does not open with a comment'],
  ])('is noticed to be missing in %s', (path, source, complaint) => {
    expect(untidiness(path, source)).toEqual([expect.stringContaining(complaint)]);
  });
});

describe('the lockfile', () => {
  const lockfile = JSON.parse(text('package-lock.json'));

  it('names no registry', () => {
    const entries: { resolved?: string }[] = Object.values(lockfile.packages);
    expect(entries.length).toBeGreaterThan(1);
    expect(entries.filter((entry) => entry.resolved !== undefined)).toEqual([]);
  });

  it('belongs to this package.json', () => {
    const { version, dependencies, devDependencies, optionalDependencies } = JSON.parse(text('package.json'));
    expect(lockfile.packages['']).toMatchObject({ version, dependencies, devDependencies, optionalDependencies });
  });
});
