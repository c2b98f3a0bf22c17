// A filter that is killed is started again, and programs see no more than a pause. Root only.
//
//   UNDERSTUDY_FILTER_KILLS=500 UNDERSTUDY_SEED=7 npx vitest run test/platform/filter-capture/killed-filter.test.ts
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assert } from '../../../src/base/failure.ts';
import type { FolderFilter } from '../../../src/platform/filter-capture/folder-filter.ts';
import { compile, FilteredFolder, isRoot } from './filtered-folder.ts';

const killsWanted = Number(process.env.UNDERSTUDY_FILTER_KILLS ?? '12');
const seed = Number(process.env.UNDERSTUDY_SEED ?? '1');

describe.skipIf(!isRoot)('a filter that is killed', () => {
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

  /** Mounts, and gives a function that kills the filter and waits until it runs again. */
  async function mounted(): Promise<{ readonly filter: FolderFilter; readonly kill: () => Promise<void> }> {
    let restarted = Promise.withResolvers<void>();
    const filter = await folder.mount({ onRestarted: () => restarted.resolve() });
    const kill = async (): Promise<void> => {
      restarted = Promise.withResolvers();
      process.kill(filter.filterProcess, 'SIGKILL');
      await Promise.race([restarted.promise, filter.ended.then((failure) => Promise.reject(failure))]);
    };
    return { filter, kill };
  }

  it('leaves open files open, also those that have lost their names', async () => {
    const { kill } = await mounted();
    const path = join(folder.path, 'f');
    const [named, lost] = [openSync(path, 'w+'), openSync(join(folder.path, 'lost'), 'w+')];
    writeSync(lost, 'before');
    unlinkSync(join(folder.path, 'lost'));
    for (let round = 1; round <= 3; round += 1) {
      await kill();
      writeSync(named, `round ${round}\n`);
      writeSync(lost, ` ${round}`);
      expect(statSync(path).size).toBe(8 * round);
    }
    const text = Buffer.alloc(100);
    expect(text.toString('utf8', 0, readSync(lost, text, 0, 100, 0))).toBe('before 1 2 3');
    closeSync(named);
    closeSync(lost);
    expect(readFileSync(path, 'utf8')).toBe('round 1\nround 2\nround 3\n');
    expect(readFileSync(`${folder.beneath}/f`, 'utf8')).toBe('round 1\nround 2\nround 3\n');
  });

  it('makes no call of a program fail', async () => {
    const { filter, kill } = await mounted();
    const calls = compile('careful-calls', programs);
    const rounds = 40 + 12 * killsWanted;
    const child = folder.start(calls, [folder.path, String(seed), '2', String(rounds)]);
    const { stdout } = child;
    assert(stdout !== null, 'it has an output');
    const ended = once(child, 'exit');
    const isOver = ended.then(() => true);
    let random = seed;
    let kills = 0;
    while (kills < killsWanted) {
      // At any instant: what matters is in which call the filter is then.
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      if (await Promise.race([isOver, delay(random % 60, false)])) break;
      await kill();
      kills += 1;
      // Now and then twice in a row; never three times, which is taken for a filter that cannot run.
      if (kills % 6 === 0) continue;
      const isGoingOn = Promise.race([isOver, once(stdout, 'data').then(() => false)]);
      if (await isGoingOn) break;
    }
    expect(await ended).toEqual([0, null]);
    expect(kills).toBeGreaterThan(killsWanted / 3);
    const words = ['-aHAXn', '--delete', '--checksum', '--itemize-changes', `${folder.beneath}/`, `${folder.path}/`];
    expect(execFileSync('rsync', words, { encoding: 'utf8' })).toBe('');
    await filter.unmount();
    expect(await filter.ended).toBeUndefined();
  });

  it('gives the folder back when it cannot run, and says so', async () => {
    writeFileSync(join(folder.path, 'f'), 'x');
    const program = fileURLToPath(new URL('./failing-filter.ts', import.meta.url));
    const filter = await folder.mount({ program, parameter: join(folder.base, 'fails') });
    const file = openSync(join(folder.path, 'f'), 'r');
    writeFileSync(join(folder.base, 'fails'), '');
    process.kill(filter.filterProcess, 'SIGKILL');
    const failure = await filter.ended;
    expect(failure?.message).toMatch(
      /3 times and answered nothing between, the last time with code 1: .*it is told to fail/,
    );
    expect(() => readSync(file, Buffer.alloc(1), 0, 1, 0)).toThrow(/ENOTCONN|ECONNABORTED/);
    expect(() => closeSync(file)).toThrow(/ENOTCONN|ECONNABORTED/);
    expect(readFileSync(join(folder.path, 'f'), 'utf8')).toBe('x');
  });

  it('gives the folder back when its guard is killed', async () => {
    writeFileSync(join(folder.path, 'f'), 'x');
    const filter = await folder.mount();
    process.kill(filter.guardProcess, 'SIGKILL');
    expect((await filter.ended)?.message).toMatch(/its guard ended \(SIGKILL\)/);
    expect(statSync(folder.path).dev).toBe(statSync(folder.beneath).dev);
  });
});
