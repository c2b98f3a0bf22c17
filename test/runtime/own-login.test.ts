// A script calls other servers as the server of its home, so they see the roles of that server and not who logged in on it.
// What a LOGIN on the home's own server does not allow must therefore be refused before the call leaves.
import { beforeEach, describe, expect, it } from 'vitest';
import { secret, type Value } from '../../src/language/values/value.ts';
import { CommandRig } from '../support/command-rig.ts';

let rig: CommandRig;

beforeEach(async () => {
  rig = new CommandRig();
  rig.local = rig.server('alpha');
  await rig.connected();
  const report = await rig.server('alpha').jobs.report('job-1');
  rig.server('beta').jobReports.set('job-1', { ...report, role: 'target' });
  await rig.server('beta').snapshots.take('job-1', 'noon', 'manual');
  await rig.run('monitor.create', { name: 'watch' });
  rig.server('beta').calls.length = 0;
});

/** What was asked of beta that changes something. */
function changes(): readonly string[] {
  const questions = [
    'jobs.report',
    'jobs.list',
    'information.report',
    'snapshots.list',
    'monitors.list',
    'tasks.list',
    'events.since',
    'dns.servers',
    'access.allows',
    'access.login',
  ];
  return rig
    .server('beta')
    .calls.map(([method]) => String(method))
    .filter((method) => !questions.includes(method));
}

async function loginOnAlpha(level: 0 | 1 | 2): Promise<void> {
  rig.server('alpha').loginLevel = level;
  await rig.run('login', { server: 'alpha', user: 'guest', password: secret('only to look') });
}

const forwarded: readonly (readonly [string, Readonly<Record<string, Value>>])[] = [
  ['failover', {}],
  ['disconnect', {}],
  ['snapshot.take', { name: 'now' }],
  ['snapshot.revert', { snapshot: 'noon' }],
  ['snapshot.delete', { snapshot: 'noon' }],
  ['snapshot.schedule', { name: 'hourly', every: { kind: 'duration', ms: 3_600_000 } }],
  ['monitor.create', { name: 'second' }],
  ['monitor.start', { monitor: 'watch' }],
  ['monitor.stop', { monitor: 'watch' }],
  ['monitor.delete', { monitor: 'watch' }],
  ['dns.update', { name: 'shop.example', address: '10.0.0.2' }],
  ['credential.set', { name: 'key', secret: secret('s') }],
  ['shutdown', { server: 'beta' }],
  ['set', { name: 'queue.alertPercent', value: '60', server: 'beta' }],
];

describe('monitor access on the home’s own server', () => {
  it.each(forwarded)('does not let %s reach a peer', async (command, given) => {
    await loginOnAlpha(1);
    await expect(rig.run(command, given)).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    expect(changes()).toEqual([]);
  });

  it.each(['mirror.start', 'orphans.delete', 'verify'])(
    'does not let %s reach a peer that is the source',
    async (command) => {
      const report = await rig.server('alpha').jobs.report('job-1');
      rig.server('beta').jobReports.set('job-1', { ...report, source: 'beta', target: 'alpha' });
      await rig.run('source', { server: 'beta' });
      rig.host = rig.newHost();
      await rig.run('source', { server: 'beta' });
      await loginOnAlpha(1);
      await expect(rig.run(command, { connection: 1 })).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
      expect(changes()).toEqual([]);
    },
  );

  it('says on which server the access is missing', async () => {
    await loginOnAlpha(1);
    await expect(rig.run('failover')).rejects.toMatchObject({
      subject: 'server beta',
      reason: 'it needs full access on alpha too, as which it is called, and this session has monitor there',
      hint: 'LOGIN on alpha with an account that has it.',
    });
  });

  it('lets one look at a peer', async () => {
    await loginOnAlpha(1);
    await rig.run('snapshot.list');
    await rig.run('monitor.list');
  });

  it('is not made more by a LOGIN on the peer', async () => {
    await loginOnAlpha(1);
    rig.server('beta').loginLevel = 2;
    await rig.run('login', { server: 'beta', user: 'operator', password: secret('let me in') });
    await expect(rig.run('failover')).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  });

  it('holds for the own server when a command names none', async () => {
    rig.host = rig.newHost();
    await loginOnAlpha(1);
    await expect(rig.run('set', { name: 'queue.alertPercent', value: '60' })).rejects.toMatchObject({
      code: 'ACCESS-DENIED',
    });
    await expect(rig.run('live.release', { path: '/srv/sales' })).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    expect(rig.server('alpha').callsOf('settings.change')).toEqual([]);
  });

  it('lets nobody change whom the own server trusts', async () => {
    await loginOnAlpha(1);
    await expect(rig.run('server.add', { address: 'gamma:6320', code: secret('1-2') })).rejects.toMatchObject({
      code: 'ACCESS-DENIED',
    });
    await expect(rig.run('server.remove', { name: 'beta' })).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    expect(rig.paired).toEqual([]);
  });
});

it('no access to the home’s own server lets nothing reach a peer', async () => {
  await loginOnAlpha(0);
  await expect(rig.run('snapshot.list')).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  await rig.run('logout');
  await expect(rig.run('ping', { server: 'beta' })).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
});

it('full access on the home’s own server lets a peer decide by its roles', async () => {
  await loginOnAlpha(2);
  await rig.run('failover');
  expect(changes()).toEqual(['jobs.failover']);
});
