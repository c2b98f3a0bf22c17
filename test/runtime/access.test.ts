// Which calls need which access, and that nothing outside the table of calls can be called.
import { expect, it } from 'vitest';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { requiredAccess, withAccess } from '../../src/runtime/contract/access.ts';
import { callOn, isServerMethod, type ServerMethod, serverMethods } from '../../src/runtime/contract/server.ts';
import { PeerAccess } from '../../src/runtime/server/peer-access.ts';
import { fakeServer } from '../support/fake-server.ts';

const noMethods = [
  'constructor',
  'jobs',
  'jobs.constructor',
  'jobs.stopWaits',
  'jobs.toString',
  '__proto__.list',
  'name',
];
const methodsOf = (access: number): ServerMethod[] => serverMethods.filter((one) => requiredAccess(one) === access);

it('looking needs monitor access, changing needs full access', () => {
  expect(methodsOf(0)).toEqual(['access.login', 'access.allows']);
  expect(methodsOf(1).toSorted()).toEqual([
    'accounts.list',
    'credentials.list',
    'dns.servers',
    'events.since',
    'identities.report',
    'information.log',
    'information.report',
    'information.space',
    'jobs.list',
    'jobs.report',
    'jobs.wait',
    'live.list',
    'monitors.list',
    'schedules.list',
    'scripts.list',
    'settings.list',
    'snapshots.list',
    'tasks.list',
  ]);
  expect(methodsOf(3)).toEqual(['jobs.undoFailover', 'live.release']);
});

it.each(noMethods)('%s is no call', async (name) => {
  const method = name as ServerMethod;
  const fake = fakeServer('beta');
  expect(isServerMethod(name)).toBe(false);
  expect(() => callOn(fake, method, [])).toThrow('is no call on a server');
  const access = new PeerAccess(fake, { files: new RealFiles(), sourceRoots: [], blocksMayRun: true });
  const everything = { name: 'alpha', roles: ['source', 'target', 'monitor', 'operator'] } as const;
  expect(() => access.check(everything, method)).toThrow('is no call on a server');
  expect(await access.serverFor(everything).access.allows(name)).toBe(false);
  expect(await withAccess(fake, { level: 1 }).access.allows(name)).toBe(false);
  expect(fake.calls).toEqual([]);
});

it('with less than full access, a server has the calls of the table and nothing else', async () => {
  const guarded = withAccess(Object.assign(fakeServer('beta'), { secret: () => 1 }), { level: 1 });
  expect(Object.keys(guarded).toSorted()).toEqual(
    ['name', ...new Set(serverMethods.map((one) => one.split('.')[0]))].toSorted(),
  );
  for (const method of serverMethods.filter((one) => requiredAccess(one) > 1)) {
    await expect(callOn(guarded, method, [])).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  }
});
