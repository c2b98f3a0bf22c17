// What a trusted server may do through the API of another one, role by role.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobSpecification } from '../../src/model/job.ts';
import type { PeerRole } from '../../src/model/peer-role.ts';
import type { ScheduleSpecification } from '../../src/model/schedule.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import type { Server } from '../../src/runtime/contract/server.ts';
import { olderScheduleBody, snapshotScheduleBody } from '../../src/runtime/schedules/snapshot-schedule.ts';
import { PeerAccess } from '../../src/runtime/server/peer-access.ts';
import { type FakeServer, fakeServer, jobReport } from '../support/fake-server.ts';
import { monitorOf } from '../support/monitors.ts';

let folder: string;
let fake: FakeServer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-peer-access-'));
  fake = fakeServer('beta');
});
afterEach(() => rmSync(folder, { recursive: true }));

function specification(jobId: string, source: string): JobSpecification {
  return {
    jobId,
    name: jobId,
    replicationSet: 'data',
    sourceServer: source,
    targetServer: 'beta',
    roots: [{ source: '/data', replica: `/replicas/${jobId}` }],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: 'keep',
  };
}

function keep(jobId: string, source: string): void {
  fake.jobReports.set(jobId, jobReport(specification(jobId, source), fake.jobReports.size + 1, 'target'));
}

/** Beta, as alpha has it. */
function beta(roles: readonly PeerRole[], parts: { sourceRoots?: string[]; blocksMayRun?: boolean } = {}): Server {
  const { sourceRoots = [], blocksMayRun = false } = parts;
  const access = new PeerAccess(fake, { files: new RealFiles(), sourceRoots, blocksMayRun });
  return access.serverFor({ name: 'alpha', roles });
}

describe('a source', () => {
  beforeEach(() => {
    keep('mine', 'ALPHA');
    keep('theirs', 'gamma');
  });

  it('sees its own live copies alone, and releases none, nor does an operator', async () => {
    const live = (source: string) => ({
      path: `/${source}`,
      jobId: 'j',
      job: 'x',
      source,
      epoch: 1,
      sinceMs: 0,
      released: false,
    });
    fake.livePathReports.push(live('Alpha'), live('gamma'));
    expect((await beta(['source']).live.list()).map(({ path }) => path)).toEqual(['/Alpha']);
    const access = new PeerAccess(fake, { files: new RealFiles(), sourceRoots: [], blocksMayRun: true });
    const everything = { name: 'alpha', roles: ['source', 'target', 'monitor', 'operator'] } as const;
    const refused = expect.objectContaining({
      code: 'ACCESS-DENIED',
      hint: expect.stringContaining('at the prompt of beta'),
    });
    for (const method of ['live.release', 'jobs.undoFailover'] as const) {
      expect(() => access.check(everything, method)).toThrow(refused);
      expect(() => access.check('owner', method)).not.toThrow();
      expect(await access.serverFor(everything).access.allows(method)).toBe(false);
    }
    expect([
      await beta(['source']).access.allows('jobs.disconnect'),
      await beta(['monitor']).access.allows('jobs.disconnect'),
    ]).toEqual([true, false]);
  });

  it('is not told how much room there is, which a monitor is', () => {
    const access = new PeerAccess(fake, { files: new RealFiles(), sourceRoots: [], blocksMayRun: false });
    const refused = expect.objectContaining({ code: 'ACCESS-DENIED' });
    expect(() => access.check({ name: 'alpha', roles: ['source'] }, 'information.space')).toThrow(refused);
    expect(() => access.check({ name: 'alpha', roles: ['monitor'] }, 'information.space')).not.toThrow();
  });

  it('looks after its own replicas', async () => {
    const server = beta(['source']);
    expect((await server.jobs.list()).map(({ jobId }) => jobId)).toEqual(['mine']);
    expect((await server.information.report()).jobs.map(({ jobId }) => jobId)).toEqual(['mine']);
    await server.snapshots.take('mine', 'before', 'manual');
    await server.jobs.failover('mine', { type: 'live', queue: 'apply' });
    expect(fake.callsOf('snapshots.take')).toHaveLength(1);
    expect(fake.callsOf('jobs.failover')).toHaveLength(1);
  });

  it('cannot tell those of others from none', async () => {
    const server = beta(['source']);
    const unknown = { code: 'JOB-UNKNOWN' };
    await expect(server.jobs.report('theirs')).rejects.toMatchObject(unknown);
    await expect(server.jobs.failover('theirs', { type: 'live', queue: 'discard' })).rejects.toMatchObject(unknown);
    await expect(server.jobs.disconnect('theirs')).rejects.toMatchObject(unknown);
    expect(fake.callsOf('jobs.failover')).toEqual([]);
    expect(fake.callsOf('jobs.disconnect')).toEqual([]);
  });

  it('hears of its own jobs and of the server, and not of others', async () => {
    const event = { severity: 'error', timeMs: 1, message: '' } as const;
    fake.eventList = [
      { ...event, id: 4000 },
      { ...event, id: 5004 },
      { ...event, id: 5021, jobId: 'mine' },
      { ...event, id: 5021, jobId: 'theirs' },
    ];
    expect((await beta(['source']).events.since(0)).map(({ id, jobId }) => [id, jobId])).toEqual([
      [4000, undefined],
      [5021, 'mine'],
    ]);
  });

  it('starts and stops the monitors of its own jobs alone', async () => {
    const server = beta(['source']);
    await server.monitors.create(monitorOf('mine', { name: 'ours' }));
    await expect(server.monitors.create(monitorOf('theirs', { name: 'x' }))).rejects.toMatchObject({
      code: 'JOB-UNKNOWN',
    });
    await fake.monitors.create(monitorOf('theirs', { name: 'foreign' }));
    expect((await server.monitors.list()).map(({ specification: { name } }) => name)).toEqual(['ours']);
    await server.monitors.start('ours');
    await expect(server.monitors.delete('foreign')).rejects.toMatchObject({ code: 'MONITOR-UNKNOWN' });
    expect(fake.callsOf('monitors.delete')).toEqual([]);
  });
});

describe('a source that schedules', () => {
  beforeEach(() => {
    keep('mine', 'alpha');
    keep('theirs', 'gamma');
  });

  function schedule(name: string, jobId: string, more = ''): ScheduleSpecification {
    const connection = { kind: 'handle', type: 'connection', id: jobId, number: 1 };
    const bindings = JSON.stringify([
      ['connection', connection],
      ['name', name],
      ['keep', 1],
    ]);
    return {
      name,
      cron: '0 2 * * *',
      timeZone: 'UTC',
      overlap: 'skip',
      body: snapshotScheduleBody('beta', ['keep']) + more,
      bindings,
    };
  }

  it('may keep them by days, and a schedule that an older version made stays its own', async () => {
    const server = beta(['source']);
    const daily = schedule('daily', 'mine');
    const bindings = daily.bindings.replace(/]$/, ',["daily",7],["timezone","UTC"]]');
    await server.schedules.add({ ...daily, bindings, body: snapshotScheduleBody('beta', ['keep', 'daily']) });
    await server.schedules.add({ ...schedule('older', 'mine'), body: olderScheduleBody('beta') });
    expect((await server.schedules.list()).map(({ specification: { name } }) => name)).toEqual(['daily', 'older']);
    const other = { ...daily, name: 'other', body: snapshotScheduleBody('beta', ['keep', 'daily']) };
    await expect(server.schedules.add(other)).rejects.toMatchObject({ code: 'SCHEDULE-REFUSED' });
  });

  it('has snapshots of its own replicas taken, and nothing else run', async () => {
    const server = beta(['source']);
    await server.schedules.add(schedule('hourly', 'mine'));
    const refused = { code: 'SCHEDULE-REFUSED' };
    await expect(server.schedules.add(schedule('foreign', 'theirs'))).rejects.toMatchObject(refused);
    await expect(server.schedules.add(schedule('more', 'mine', '\nshutdown beta'))).rejects.toMatchObject(refused);
    expect(fake.callsOf('schedules.add')).toHaveLength(1);
    await fake.schedules.add(schedule('of-gamma', 'theirs'));
    expect((await server.schedules.list()).map(({ specification: { name } }) => name)).toEqual(['hourly']);
    await expect(server.schedules.remove('of-gamma')).rejects.toMatchObject({ code: 'SCHEDULE-UNKNOWN' });
    await server.schedules.remove('hourly');
    expect(fake.callsOf('schedules.remove')).toEqual([['hourly']]);
  });
});

describe('an operator', () => {
  const wanted = (source: string) => {
    const { jobId: _, ...rest } = specification('new', 'beta');
    return { ...rest, targetServer: 'alpha', roots: [{ source, replica: '/replica' }] };
  };

  it('has nothing of this server protected or counted that its configuration does not name', async () => {
    const allowed = join(folder, 'shop');
    const secret = join(folder, 'secret');
    mkdirSync(join(allowed, 'orders'), { recursive: true });
    mkdirSync(secret);
    symlinkSync(secret, join(allowed, 'way-out'));
    const none = beta(['operator']);
    const some = beta(['operator'], { sourceRoots: [allowed] });
    const refused = { code: 'SOURCE-PATH-REFUSED' };
    await expect(none.jobs.connect(wanted(allowed))).rejects.toMatchObject(refused);
    await expect(none.workloads.calculate(wanted('/'))).rejects.toMatchObject(refused);
    for (const path of [secret, folder, `${allowed}-two`, `${allowed}/../secret`, `${allowed}/way-out`, 'shop']) {
      await expect(some.jobs.connect(wanted(path)), path).rejects.toMatchObject(refused);
      await expect(some.workloads.calculate(wanted(path)), path).rejects.toMatchObject(refused);
    }
    expect(fake.callsOf('jobs.connect')).toEqual([]);
    await some.jobs.connect(wanted(join(allowed, 'orders')));
    await some.jobs.connect(wanted(allowed));
    expect(fake.callsOf('jobs.connect')).toHaveLength(2);
    expect(await some.workloads.calculate(wanted(allowed))).toMatchObject({ directories: 1 });
    // The server's own count would go where a link leads that is put there in between.
    expect(fake.callsOf('workloads.calculate')).toEqual([]);
  });

  it('schedules a block, which can do what the owner can, only where blocks of others run', async () => {
    const schedule = {
      name: 'nightly',
      cron: '0 2 * * *',
      timeZone: 'UTC',
      overlap: 'skip',
      body: '',
      bindings: '',
    } as const;
    await expect(beta(['operator']).schedules.add(schedule)).rejects.toMatchObject({ code: 'SCHEDULE-REFUSED' });
    expect(fake.callsOf('schedules.add')).toEqual([]);
    await beta(['operator'], { blocksMayRun: true }).schedules.add(schedule);
    expect(fake.callsOf('schedules.add')).toHaveLength(1);
  });
});
