import { expect, it } from 'vitest';
import { accessOf, newAccount } from '../../src/runtime/accounts/accounts.ts';
import { defaultConfiguration, readConfiguration, writeConfiguration } from '../../src/runtime/stores/configuration.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';

async function reading(content: unknown): Promise<unknown> {
  const storage = new MemoryStorage();
  await storage.replace('server.json', Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
  return readConfiguration(storage);
}

it('is safe by default: no tasks, no replicas, no accounts, nothing on the network but links of this machine', () => {
  expect(defaultConfiguration('alpha')).toMatchObject({
    name: 'alpha',
    listen: '127.0.0.1:6320',
    api: null,
    tasks: { enabled: false, allow: [], account: null },
    targets: { allowedRoots: [] },
    accounts: [],
    capture: 'auto',
  });
});

it('is read back as it was written, and is nothing before that', async () => {
  const storage = new MemoryStorage();
  expect(await readConfiguration(storage)).toBeUndefined();
  const defaults = defaultConfiguration('alpha');
  const configuration = { ...defaults, targets: { ...defaults.targets, allowedRoots: ['/srv'] } };
  await writeConfiguration(storage, configuration);
  expect(await readConfiguration(storage)).toEqual(configuration);
});

it('takes paths without dots and doubled slashes, as commands do', async () => {
  const targets = { allowedRoots: ['/srv/./x/', '//y'] };
  const tasks = { allow: ['/usr/bin/./logger'] };
  expect(await reading({ version: 1, name: 'a', targets, tasks })).toMatchObject({
    targets: { allowedRoots: ['/srv/x', '/y'] },
    tasks: { allow: ['/usr/bin/logger'] },
  });
});

it.each([
  [{ version: 1, name: 'a', targets: { allowedRoots: ['/srv/../x'] } }, 'targets.allowedRoots.0: must not contain ..'],
  [{ version: 1, name: 'a', tsaks: {} }, 'tsaks: unknown key'],
  [{ version: 1, name: 'a', tasks: { alow: [] } }, 'tasks.alow: unknown key'],
  [{ version: 1, name: 'a', tasks: { allow: ['logger'] } }, 'tasks.allow.0: must be an absolute path'],
  [{ version: 1, name: '../a' }, 'name: must be a server name'],
  [{ version: 1, name: 'a', listen: '6320' }, 'listen: must be HOST:PORT'],
  [
    { version: 1, name: 'a', queue: { memoryBytesMax: 511 * 1024 * 1024 } },
    'queue.memoryBytesMax: the queues of all connections together need at least 536870912 bytes (512 MB)',
  ],
  [{ version: 1, name: 'a', queue: { disk: 1000 } }, 'queue.disk: '],
  [{ version: 1, name: 'a', queue: { freeBytesMin: -1 } }, 'queue.freeBytesMin: '],
  [{ version: 1, name: 'a', queue: { alertPercent: 101 } }, 'queue.alertPercent: '],
  [{ version: 1 }, 'name: '],
  [{ name: 'a' }, 'version: '],
  ['{', 'JSON'],
  ['null', 'the file: '],
])('names what is wrong with %j', async (content, reason) => {
  await expect(reading(content)).rejects.toMatchObject({
    code: 'FILE-INVALID',
    subject: 'server.json',
    reason: expect.stringContaining(reason),
  });
});

it('refuses a file of a newer program, and says so before anything else', async () => {
  await expect(reading({ version: 2, whatever: true })).rejects.toMatchObject({
    code: 'FILE-NEWER',
    reason: 'it has version 2, this program knows version 1',
  });
});

it('gives an account its access for the right password only, and keeps no password', async () => {
  const random = new SeededRandom(1);
  const accounts = [
    await newAccount('operator', 'let me in', 'full', random),
    await newAccount('guest', 'let me in', 'monitor', random),
    await newAccount('locked', 'let me in', 'none', random),
  ];
  expect(await accessOf(accounts, 'operator', 'let me in')).toBe(2);
  expect(await accessOf(accounts, 'guest', 'let me in')).toBe(1);
  expect(await accessOf(accounts, 'locked', 'let me in')).toBe(0);
  expect(await accessOf(accounts, 'operator', 'Let me in')).toBe(0);
  expect(await accessOf(accounts, 'operator', '')).toBe(0);
  expect(await accessOf(accounts, 'nobody', '')).toBe(0);
  expect(JSON.stringify(accounts)).not.toContain('let me in');
  expect(accounts[0]?.hash).not.toBe(accounts[1]?.hash);
});
