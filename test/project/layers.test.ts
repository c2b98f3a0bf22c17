// The layer table is kept: by the project as it is, and it notices when it is not. The planted trees prove that the
// checks can fail; without them a reader that sees no file would look like success.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkLayers } from '../../scripts/check-layers.ts';
import { checkPurity, excusedUses } from '../../scripts/check-purity.ts';
import { floors, rooms } from '../../scripts/layers.ts';

const projectFolder = join(import.meta.dirname, '../..');
const planted: string[] = [];

function plant(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-layers-'));
  planted.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

afterEach(() => {
  for (const folder of planted.splice(0)) rmSync(folder, { recursive: true });
});

describe('layers', () => {
  it('are kept by every module of the project', async () => {
    const report = await checkLayers(projectFolder);
    expect(report.violations).toEqual([]);
    expect(report.moduleCount).toBeGreaterThan(0);
  });

  it('have a folder for each room and sub-room of the table', () => {
    const subRooms = Object.entries(floors).flatMap(([folder, ofFolder]) =>
      ofFolder.flatMap((floor) => Object.keys(floor).map((name) => `${folder}/${name}`)),
    );
    const listed = [...Object.keys(rooms), ...subRooms];
    expect(listed.filter((folder) => !existsSync(join(projectFolder, 'src', folder)))).toEqual([]);
  });

  it.each([
    ['a room above', 'src/base/a.ts', `import { b } from '../engine/b.ts';\nb();`, 'base may import only itself'],
    [
      'only a type of a room above',
      'src/wire/a.ts',
      `import type { B } from '../engine/b.ts';`,
      'wire may import only',
    ],
    ['a module that reads files', 'src/engine/a.ts', `import 'node:fs/promises';`, 'engine may not touch the system'],
    ['a module loaded later', 'src/language/a.ts', `await import('node:net');`, 'language may not touch the system'],
    [
      'system calls',
      'src/runtime/a.ts',
      `import koffi from 'koffi';\nkoffi.load('');`,
      'only platform may import koffi',
    ],
    ['the sandbox engine', 'src/api/a.ts', `import 'isolated-vm';`, 'only sandbox may import isolated-vm'],
    ['a test', 'src/model/a.ts', `import '../../test/engine/c.ts';`, 'model may import only base'],
    ['nothing, from a folder without a name', 'src/helpers/a.ts', 'export const a = 1;', 'is not a room'],
    ['nothing, from a sub-room that is not listed', 'src/engine/more/a.ts', 'export const a = 1;', 'is not a room'],
    [
      'a type of a sub-room above',
      'src/engine/queue/a.ts',
      `import type { C } from '../job/target/c.ts';`,
      'engine/queue may import no sub-room',
    ],
    [
      'a sub-room of the same floor',
      'src/engine/job/roots/a.ts',
      `import '../target/c.ts';`,
      'engine/job/roots may import no sub-room',
    ],
  ])('notice an import of %s', async (_what, path, text, complaint) => {
    const others = { 'src/engine/b.ts': 'export type B = 1;', 'src/engine/job/target/c.ts': 'export type C = 1;' };
    const folder = plant({ [path]: text, ...others, 'test/engine/c.ts': '' });
    const { violations } = await checkLayers(folder);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(complaint);
    expect(violations[0]).toContain(path);
  });

  it('allow what the table allows', async () => {
    const folder = plant({
      'src/engine/a.ts': `import { createHash } from 'node:crypto';\nimport type { B } from '../wire/b.ts';`,
      'src/wire/b.ts': 'export type B = 1;',
      'src/platform/c.ts': `import 'node:fs';\nimport 'koffi';\nimport '../wire/b.ts';`,
    });
    expect(await checkLayers(folder)).toEqual({ moduleCount: 3, violations: [] });
  });

  it('notice a circle of files, also one of types', async () => {
    const folder = plant({
      'src/engine/a.ts': `import type { B } from './b.ts';\nexport type A = B;`,
      'src/engine/b.ts': `import type { C } from './c.ts';\nexport type B = C;`,
      'src/engine/c.ts': `import type { A } from './a.ts';\nexport type C = A;`,
    });
    const { violations } = await checkLayers(folder);
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain('in a circle');
  });

  it('are not called kept where there is nothing to read', async () => {
    await expect(checkLayers(plant({ 'src/readme.md': '' }))).rejects.toThrow('0 of 0 modules');
  });
});

describe('deterministic rooms', () => {
  it('have no clock, timer or randomness of their own', () => {
    expect(checkPurity(projectFolder)).toEqual([]);
  });

  it.each([
    'const t = Date.now();',
    'const t = new Date();',
    'const t = new Date;',
    'const r = Math.random();',
    'const t = performance.now();',
    'setTimeout(() => {}, 1);',
    'const timer = globalThis.setInterval;',
    'setImmediate(run);',
    'const t = process.hrtime.bigint();',
    `import { randomUUID } from 'node:crypto';`,
    'const text = `at ${Date.now()}`;',
    `const url = 'http://host'; const t = Date.now();`,
  ])('are noticed using %s', (code) => {
    expect(checkPurity(plant({ 'src/engine/capture/a.ts': `// A comment.\n${code}\n` }))).toHaveLength(1);
  });

  it('have no excuse that is no longer used', () => {
    const stale = excusedUses.filter(
      ({ file, text }) => !readFileSync(join(projectFolder, file), 'utf8').includes(text),
    );
    expect(stale).toEqual([]);
  });

  it('may make dates from numbers and name the forbidden in words', () => {
    const code = `// Not Date.now().\n/* setTimeout */ const d = new Date(5);\nconst s = 'Math.random';\nconst x: Date = d;\n`;
    expect(
      checkPurity(plant({ 'src/engine/a.ts': code, 'src/platform/b.ts': 'setTimeout(run, Date.now());' })),
    ).toEqual([]);
  });
});
