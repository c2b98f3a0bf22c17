// Calls of every kind give the same through the filter as on a folder of the same file system, line by line. Root only.
//
// Of the tables that have thousands of cases a part is tried here; `npm run proof:fidelity` tries all.
//
//   UNDERSTUDY_POSIX_STEPS=100000 UNDERSTUDY_POSIX_EVERY=1 UNDERSTUDY_SEED=7 npx vitest run test/platform/filter-capture/posix
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compile, FilteredFolder, isRoot } from '../filtered-folder.ts';

const seed = Number(process.env.UNDERSTUDY_SEED ?? '1');
const steps = Number(process.env.UNDERSTUDY_POSIX_STEPS ?? '10000');

const every = process.env.UNDERSTUDY_POSIX_EVERY ?? '11';
/** In what a filtered folder differs: the rest of DESIGN.md's "What does not hold" cannot be seen in one program. */
const known = [
  'O_TMPFILE',
  'O_PATH',
  'chattr',
  'RENAME_WHITEOUT',
  'stores behind the end of a file that then grows',
  'chown of nothing',
  'holes of what is open for reading and writing',
];

describe.skipIf(!isRoot)('a filtered folder', () => {
  let programs = '';
  let folder: FilteredFolder;

  beforeAll(() => {
    programs = mkdtempSync(join(tmpdir(), 'understudy-programs-'));
  });

  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  beforeEach(() => {
    folder = new FilteredFolder();
  });

  afterEach(() => folder.remove());

  /** Lines that differ: on the bare folder, and through the filter. */
  async function differences(program: string, ...words: readonly string[]): Promise<string[]> {
    const compiled = compile(program, programs);
    const lines = (path: string): string[] =>
      execFileSync(compiled, [path, ...words], { encoding: 'latin1', maxBuffer: 2 ** 28 }).split('\n');
    const plain = join(folder.base, 'plain');
    mkdirSync(plain);
    const expected = lines(plain);
    await folder.mount();
    const got = lines(folder.path);
    expect(got.length).toBe(expected.length);
    return expected.flatMap((line, at) => (line === got[at] ? [] : [`- ${line}`, `+ ${got[at]}`]));
  }

  it('does to content, times, attributes, locks and maps what the file system does, but for what DESIGN.md says', async () => {
    const titles = (await differences('posix-details')).map((line) => /^[+-] known: ([^:]+):/.exec(line)?.[1] ?? line);
    expect([...new Set(titles)]).toEqual(known);
  });

  it('does the same in a random sequence', async () => {
    expect(await differences('posix-random', String(seed), String(steps))).toEqual([]);
  });

  it('answers the tables of calls', async () => {
    expect(await differences('posix-tables', every)).toEqual([]);
  });
});
