// What only a storage on a disk can show: modes, what a crash leaves behind, files of others.
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRealStorage } from '../../src/platform/storage/real-storage.ts';

let place: string;
let home: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'understudy-storage-'));
  home = join(place, 'deep', 'home');
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

const modeOf = (name: string): string => (statSync(join(home, name)).mode & 0o777).toString(8);

it('keeps everything for its own account', async () => {
  const storage = await openRealStorage(home);
  await storage.replace('jobs/one', Buffer.from('x'));
  await (await storage.openLog('queue/a/log')).close();
  expect(['', 'jobs', 'queue', 'queue/a'].map(modeOf)).toEqual(['700', '700', '700', '700']);
  expect(['jobs/one', 'queue/a/log'].map(modeOf)).toEqual(['600', '600']);
});

it('clears away its own half-written files at opening, and nobody else’s', async () => {
  const storage = await openRealStorage(home);
  await storage.replace('jobs/one', Buffer.from('x'));
  // Beyond the largest number a process can have (proc(5), pid_max).
  writeFileSync(join(home, 'jobs', 'understudy-4194305-1.tmp'), 'half');
  writeFileSync(join(home, 'jobs', `understudy-${process.pid}-77.tmp`), 'half, by a process of the same number');
  utimesSync(join(home, 'jobs', `understudy-${process.pid}-77.tmp`), 1, 1);
  writeFileSync(join(home, 'jobs', 'letter.tmp'), 'of a user');
  expect(await storage.list('jobs')).toEqual(['jobs/letter.tmp', 'jobs/one']);
  await openRealStorage(home);
  expect(readdirSync(join(home, 'jobs')).sort()).toEqual(['letter.tmp', 'one']);
});

it('leaves alone what another process is writing, such as a server of the same home', async () => {
  const storage = await openRealStorage(home);
  await storage.replace('jobs/one', Buffer.from('x'));
  const names = [`understudy-${process.ppid}-1.tmp`, `understudy-${process.pid}-78.tmp`];
  for (const name of names) writeFileSync(join(home, 'jobs', name), 'half');
  await openRealStorage(home);
  expect(readdirSync(join(home, 'jobs')).sort()).toEqual(['one', ...names].sort());
});

it('leaves no empty folders and no temporary files', async () => {
  const storage = await openRealStorage(home);
  await storage.replace('queue/a/b/log', Buffer.from('x'));
  await storage.replace('queue/a/b/log', Buffer.from('y'));
  await storage.remove('queue/a/b/log');
  expect(readdirSync(home)).toEqual([]);
});

it('makes and removes files of one folder at the same time without losing one', async () => {
  const storage = await openRealStorage(home);
  for (let round = 0; round < 20; round += 1) {
    await storage.replace('queue/a/old', Buffer.from('x'));
    const [log] = await Promise.all([
      storage.openLog('queue/a/log'),
      storage.replace('queue/a/new', Buffer.from('z')),
      storage.remove('queue/a/old'),
    ]);
    await log.append([Buffer.from('y')]);
    await log.sync();
    await log.close();
    expect(await storage.list('queue')).toEqual(['queue/a/log', 'queue/a/new']);
    await Promise.all([storage.remove('queue/a/log'), storage.remove('queue/a/new')]);
  }
});

it('says where it cannot keep anything', async () => {
  writeFileSync(join(place, 'deep'), 'a file in the way');
  await expect(openRealStorage(home)).rejects.toMatchObject({ code: 'ENOTDIR', subject: home });
});
