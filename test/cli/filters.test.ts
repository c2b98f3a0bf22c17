// `understudy mount` and `understudy unmount`, over a real folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { filterAt } from '../../src/platform/filtered-folders/mounted-filters.ts';
import { isRoot } from '../platform/filter-capture/filtered-folder.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

let base: string;
let root: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-mount-')));
  root = join(base, 'root');
  mkdirSync(root);
});

afterEach(() => {
  if (filterAt(root) !== undefined) spawnSync('umount', ['-l', root]);
  rmSync(base, { recursive: true });
});

async function run(...words: string[]): Promise<{ code: number; output: string; notes: string }> {
  const commandLine = new RecordedCommandLine({ HOME: base });
  const code = await runProgram(words, commandLine);
  return { code, output: commandLine.output.join('\n'), notes: commandLine.notes.join('\n') };
}

describe.skipIf(!isRoot)('a filter', () => {
  it('is mounted once, and taken away once', async () => {
    const home = join(base, 'home');
    expect(await run('mount', '--home', home, `${root}/.`)).toMatchObject({ code: 0, output: `${root} is filtered` });
    const filter = filterAt(root);
    expect(filter?.socket.startsWith(`${home}/filters/`)).toBe(true);
    expect(await run('mount', '--home', home, root)).toMatchObject({ code: 0, output: `${root} is filtered already` });
    expect(filterAt(root)).toEqual(filter);
    expect((await run('unmount', root)).code).toBe(0);
    expect(filterAt(root)).toBeUndefined();
    expect(await run('unmount', root)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('none is mounted there'),
    });
  });

  it('is refused where there is no folder, and nothing is mounted then', async () => {
    const { code, notes } = await run('mount', '--home', join(base, 'home'), root, join(base, 'none'));
    expect([code, notes]).toEqual([1, expect.stringContaining('none')]);
    expect(filterAt(root)).toBeUndefined();
    expect((await run('mount', 'relative')).code).toBe(2);
    expect((await run('unmount', '/a/../b')).code).toBe(2);
  });
});
