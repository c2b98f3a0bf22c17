// What `plan --ask` finds, and that it changes nothing.
import { expect, it } from 'vitest';
import { requiredAccess } from '../../../src/runtime/contract/access.ts';
import type { ServerMethod } from '../../../src/runtime/contract/server.ts';
import { askServers } from '../../../src/runtime/plan/asking.ts';
import { fakeServer } from '../../support/fake-server.ts';

const specification = {
  name: 'sales',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [{ source: '/srv', replica: '/a/b' }],
};
const calls = [
  { server: 'alpha', method: 'jobs.connect', given: [specification] },
  { server: 'beta', method: 'monitors.create', given: [{ name: 'watch' }] },
] as const;

it('names what stands in the way of a plan, and makes no call that changes a server', async () => {
  const [alpha, beta, gamma] = [fakeServer('alpha'), fakeServer('beta'), fakeServer('gamma')];
  alpha.denied.add('jobs.connect');
  beta.livePathReports = [
    { path: '/a', jobId: 'j', job: 'old', source: 'delta', epoch: 2, sinceMs: 0, released: false },
    { path: '/z', jobId: 'k', job: 'other', source: 'delta', epoch: 2, sinceMs: 0, released: false },
  ];
  beta.overrides = {
    monitors: { list: () => [{ specification: { name: 'Watch' } }] as never },
  };
  gamma.goDown();
  const servers = new Map([alpha, beta, gamma].map((one) => [one.name, one]));
  const found = await askServers(['alpha', 'beta', 'gamma'], calls, async (name) => servers.get(name) ?? alpha);
  expect(found).toEqual([
    'alpha answers, with 3 GB free where its home is',
    'alpha does not allow jobs.connect',
    'beta answers, with 3 GB free where its home is',
    'beta has a monitor called watch',
    'beta holds /a as the live copy of old of delta',
    expect.stringMatching(/^gamma cannot be asked: .*nothing listens there/),
  ]);
  const made = [alpha, beta, gamma].flatMap((one) => one.calls.map(([method]) => method as ServerMethod));
  expect(made.length).toBeGreaterThan(6);
  expect(made.filter((method) => requiredAccess(method) > 1)).toEqual([]);
});
