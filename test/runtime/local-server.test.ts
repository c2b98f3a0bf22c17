// A server as its neighbours see it: jobs made and given up on both sides, taken up again after a restart, and waited for.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../src/base/raw-path.ts';
import { sleep } from '../../src/base/waiting/clock.ts';
import type { Capture, CaptureSession } from '../../src/ports/capture.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { monitorOf } from '../support/monitors.ts';

let cluster: MemoryCluster;
beforeEach(async () => {
  cluster = await MemoryCluster.start();
  cluster.workload.create('/work/file', Buffer.from('one'));
});
afterEach(() => cluster.stop());

/** The same object, but for one method. */
function withMember<T extends object, Name extends keyof T>(object: T, name: Name, member: T[Name]): T {
  return new Proxy(object, {
    get: (target, asked) => {
      if (asked === name) return member;
      const own = Reflect.get(target, asked, target) as unknown;
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

async function protect(name = 'work to beta', replica = '/replica', source = '/work'): Promise<string> {
  if (source !== '/work') cluster.workload.makeDirectory(source);
  const job = { name, roots: [{ source, replica }] };
  const { jobId } = await cluster.turning(cluster.connect(job));
  await cluster.mirrored(jobId);
  return jobId;
}

describe('CONNECT', () => {
  test('gives the lowest free number on each server', async () => {
    const first = await protect('one', '/r/1');
    await protect('two', '/r/2', '/work2');
    const numbers = async () => (await cluster.alpha.jobs.list()).map(({ name, number }) => `${number} ${name}`);
    expect(await numbers()).toEqual(['1 one', '2 two']);
    await cluster.turning(cluster.alpha.jobs.disconnect(first));
    await protect('three', '/r/3');
    expect((await numbers()).sort()).toEqual(['1 three', '2 two']);
  });

  test('refuses a second job of the same name, and one whose replica overlaps another’s; nothing is left of them', async () => {
    await protect();
    await expect(cluster.turning(cluster.connect())).rejects.toMatchObject({ code: 'JOB-EXISTS' });
    cluster.workload.makeDirectory('/other');
    const inside = { name: 'inside', roots: [{ source: '/other', replica: '/replica/inside' }] };
    await expect(cluster.turning(cluster.connect(inside))).rejects.toMatchObject({
      code: 'REPLICA-SHARED',
      reason: expect.stringContaining('work to beta'),
    });
    expect(await cluster.alpha.jobs.list()).toHaveLength(1);
    expect(await cluster.beta.jobs.list()).toHaveLength(1);
  });

  test('refuses what is protected already, by whatever way it is named, also when both are asked for at once', async () => {
    await (await cluster.tree('alpha', '/')).makeSymlink('way' as RawPath, 'work');
    const roots = (source: string, replica: string) => ({
      name: `to ${replica.slice(1)}`.replace('/', ' '),
      roots: [{ source, replica }],
    });
    const both = await Promise.allSettled([
      cluster.turning(cluster.connect(roots('/work', '/r/1'))),
      cluster.turning(cluster.connect(roots('/way', '/r/2'))),
    ]);
    expect(both).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'PROTECTED-TWICE' } }]);
  });

  test('refuses a part of what is protected, and two folders in one replica; nothing is left of them', async () => {
    await protect();
    for (const folder of ['/work/part', '/other', '/third']) cluster.workload.makeDirectory(folder);
    const part = { name: 'part', roots: [{ source: '/work/part', replica: '/r' }] };
    await expect(cluster.turning(cluster.connect(part))).rejects.toMatchObject({ code: 'PROTECTED-TWICE' });
    const roots = [
      { source: '/other', replica: '/r' },
      { source: '/third', replica: '/r/below' },
    ];
    const shared = cluster.connect({ name: 'shared', roots });
    await expect(cluster.turning(shared)).rejects.toMatchObject({ code: 'REPLICA-SHARED' });
    for (const server of [cluster.alpha, cluster.beta]) expect(await server.jobs.list()).toHaveLength(1);
  });

  test('refuses to pass a replica on, or back to its source', async () => {
    await protect();
    for (const [targetServer, code] of [
      ['gamma', 'CHAINED-FROM-REPLICA'],
      ['alpha', 'PROTECTED-BOTH-WAYS'],
    ] as const) {
      const onwards = cluster.beta.jobs.connect({
        name: 'onwards',
        replicationSet: 'copy',
        sourceServer: 'beta',
        targetServer,
        roots: [{ source: '/replica', replica: '/copy' }],
        rules: [],
        mirrorMethod: 'data-delta',
        orphans: 'keep',
      });
      await expect(cluster.turning(onwards)).rejects.toMatchObject({ code });
    }
    expect(await cluster.beta.jobs.list()).toHaveLength(1);
  });

  test('of a workload that is not there, or to a server that is not, says so; nothing is left', async () => {
    const missing = { roots: [{ source: '/missing', replica: '/replica' }] };
    await expect(cluster.turning(cluster.connect(missing))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(cluster.turning(cluster.connect({ targetServer: 'gamma' }))).rejects.toMatchObject({
      code: 'PEER-NOT-TRUSTED',
    });
    expect(await cluster.alpha.jobs.list()).toEqual([]);
    expect(await cluster.machines.alpha.storage.list('jobs')).toEqual([]);
    await protect();
  });

  test('can be watched from its first moment', async () => {
    const connecting = cluster.connect();
    const looks: Promise<unknown>[] = [];
    for (let look = 0; look < 50; look += 1) {
      looks.push(cluster.alpha.information.report(), cluster.beta.information.report());
      await Promise.resolve();
    }
    await Promise.all(looks);
    const { jobId } = await cluster.turning(connecting);
    await cluster.mirrored(jobId);
  });
});

describe('DISCONNECT', () => {
  test('brings everything over, forgets the job on both sides and leaves the replica', async () => {
    const jobId = await protect();
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    await cluster.clock.advance(1000);
    expect(await cluster.alpha.jobs.list()).toEqual([]);
    expect(await cluster.beta.jobs.list()).toEqual([]);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    for (const name of ['alpha', 'beta'] as const) {
      expect(await cluster.machines[name].storage.list('jobs')).toEqual([]);
      cluster.kill(name);
      await cluster.restart(name);
      expect(await cluster.turning(cluster[name].jobs.list())).toEqual([]);
    }
    await protect();
  });

  test('right after CONNECT comes to a clean stop, though the target has its first write to the disk before it', async () => {
    await cluster.stop();
    cluster = await MemoryCluster.start({
      parts: (name, { machines, clock }) => {
        const { storage } = machines[name];
        if (name === 'alpha') return {};
        let writes = 0;
        const replace = async (file: string, bytes: Uint8Array): Promise<void> => {
          if (file.endsWith('/target.json') && ++writes === 1) await sleep(clock, 500);
          return storage.replace(file, bytes);
        };
        return { storage: withMember(storage, 'replace', replace) };
      },
    });
    cluster.workload.create('/work/file', Buffer.from('one'));
    const { jobId } = await cluster.turning(cluster.connect());
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    expect(await cluster.events('beta')).not.toContain(5003);
    expect(await cluster.beta.jobs.list()).toEqual([]);
  });

  test.each(['DISCONNECT', 'the stop of the server'] as const)(
    '%s while CONNECT begins to capture ends both',
    async (how) => {
      const capturing = new Set<CaptureSession>();
      await cluster.stop();
      cluster = await MemoryCluster.start({
        parts: (name, { workload, clock }) => {
          const start: Capture['start'] = async (request) => {
            await sleep(clock, 500);
            const session = await workload.start(request);
            capturing.add(session);
            const stop = async (): Promise<void> => {
              capturing.delete(session);
              await session.stop();
            };
            return withMember(session, 'stop', stop);
          };
          return name === 'alpha' ? { capture: { start } } : {};
        },
      });
      const connecting = cluster.connect();
      connecting.catch(() => undefined);
      await cluster.clock.advance(100);
      const [job] = await cluster.alpha.jobs.list();
      const ending = how === 'DISCONNECT' ? cluster.alpha.jobs.disconnect(job?.jobId ?? '') : cluster.alpha.stop();
      await cluster.turning(ending);
      await cluster.clock.advance(1000);
      expect(capturing.size).toBe(0);
      await expect(connecting).rejects.toMatchObject({ code: 'JOB-STOPPED' });
    },
  );

  test('without a link forgets it here; the target can be told to, too', async () => {
    const jobId = await protect();
    cluster.network.refuse('alpha', 'beta');
    cluster.network.cut('alpha', 'beta');
    await cluster.clock.advance(100);
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    expect(await cluster.alpha.jobs.list()).toEqual([]);
    expect(await cluster.beta.jobs.list()).toHaveLength(1);
    await cluster.turning(cluster.beta.jobs.disconnect(jobId));
    expect(await cluster.beta.jobs.list()).toEqual([]);
    await expect(cluster.alpha.jobs.disconnect(jobId)).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
    cluster.network.heal('alpha', 'beta');
  });
});

describe('jobs.wait', () => {
  test('resolves with the next change, or as things are when the time is over', async () => {
    const jobId = await protect();
    await cluster.clock.advance(5000);
    const { revision } = await cluster.alpha.jobs.report(jobId);
    const old = await cluster.turning(cluster.alpha.jobs.wait(jobId, revision - 1, 60_000));
    expect(old.revision).toBe(revision);
    const started = cluster.clock.monotonicMs();
    const same = await cluster.turning(cluster.alpha.jobs.wait(jobId, revision + 1000, 3000));
    expect(cluster.clock.monotonicMs() - started).toBeLessThanOrEqual(3100);
    expect(same.jobId).toBe(jobId);
    const now = (await cluster.alpha.jobs.report(jobId)).revision;
    const waiting = cluster.alpha.jobs.wait(jobId, now, 60_000);
    cluster.workload.write('/work/file', 0, Buffer.from('two'));
    expect((await cluster.turning(waiting)).revision).toBeGreaterThan(now);
  });

  test('of a job that is not there, or goes meanwhile, says so', async () => {
    await expect(cluster.alpha.jobs.wait('none', 0, 1000)).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
    const jobId = await protect();
    const waiting = cluster.alpha.jobs.wait(jobId, 1_000_000, 60_000);
    waiting.catch(() => undefined);
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    await expect(cluster.turning(waiting)).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
  });
});

describe('a restart', () => {
  test('takes up jobs on both sides, and what changed meanwhile arrives', async () => {
    const jobId = await protect();
    await cluster.stop();
    for (const name of ['alpha', 'beta'] as const) cluster.kill(name);
    cluster.workload.write('/work/file', 0, Buffer.from('while nobody looked'));
    cluster.workload.create('/work/new');
    await cluster.restart('beta');
    await cluster.restart('alpha');
    await cluster.until(jobId, ({ mirror, targetState }) => mirror.status === 'Idle' && targetState === 'OK');
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
    expect((await cluster.alpha.jobs.report(jobId)).number).toBe(1);
  });

  test('without the workload says once why, and goes on when it is there', async () => {
    const jobId = await protect();
    cluster.kill('alpha');
    cluster.workload.rename('/work', '/away');
    await cluster.restart('alpha');
    await cluster.clock.advance(20_000);
    expect((await cluster.events('alpha')).filter((id) => id === 5150)).toHaveLength(1);
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({ health: 'error', targetState: 'Mirror Required' });
    cluster.workload.rename('/away', '/work');
    cluster.workload.create('/work/back');
    await cluster.clock.advance(5000);
    await cluster.until(jobId, ({ mirror, targetState }) => mirror.status === 'Idle' && targetState === 'OK');
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });

  test('keeps a monitor running, and it takes over in time when the source dies', async () => {
    const jobId = await protect();
    const monitor = monitorOf(jobId, { condition: { type: 'total-time', totalMs: 10_000 } });
    await cluster.beta.monitors.create(monitor);
    await expect(cluster.beta.monitors.create(monitor)).rejects.toMatchObject({ code: 'MONITOR-EXISTS' });
    await expect(cluster.beta.monitors.create({ ...monitor, name: 'x', intervalMs: 10_001 })).rejects.toMatchObject({
      code: 'MONITOR-INTERVAL',
    });
    await expect(cluster.beta.monitors.create({ ...monitor, name: 'x', jobId: 'none' })).rejects.toMatchObject({
      code: 'JOB-UNKNOWN',
    });
    await cluster.beta.monitors.start('watch');
    await cluster.clock.advance(60_000);
    cluster.kill('beta');
    await cluster.restart('beta');
    await cluster.clock.advance(60_000);
    expect(await cluster.beta.monitors.list()).toMatchObject([{ state: 'Monitoring', consecutiveFailures: 0 }]);
    cluster.kill('alpha');
    await cluster.clock.advance(8000);
    expect((await cluster.beta.jobs.report(jobId)).failedOver).toBe(false);
    await cluster.clock.advance(6000);
    expect(await cluster.beta.monitors.list()).toMatchObject([{ state: 'Failed Over' }]);
    expect(await cluster.beta.jobs.report(jobId)).toMatchObject({ failedOver: true, epoch: 1 });
    cluster.kill('beta');
    await cluster.restart('beta');
    expect(await cluster.beta.monitors.list()).toMatchObject([{ state: 'Stopped' }]);
  });
});

test('a question to the wrong side names the right one', async () => {
  const jobId = await protect();
  await expect(cluster.alpha.snapshots.list(jobId)).rejects.toMatchObject({ code: 'WRONG-SIDE' });
  await expect(cluster.beta.jobs.verify(jobId, 'report')).rejects.toMatchObject({ code: 'WRONG-SIDE' });
});

test('a verification tells every difference that there is and nothing else, and repairs it when asked', async () => {
  cluster.workload.makeDirectory('/work/d');
  cluster.workload.create('/work/d/missing', Buffer.from('m'));
  cluster.workload.create('/work/large', Buffer.alloc(300_000, 1));
  cluster.workload.create('/work/mode');
  const jobId = await protect();
  await cluster.clock.advance(5000);
  const clean = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'report'));
  expect(clean.differences).toEqual([]);
  const tree = await cluster.tree('beta', '/replica');
  await tree.unlink('d/missing' as RawPath);
  await (await tree.create('surplus' as RawPath, 0o644)).close();
  await tree.setAttributes('mode' as RawPath, { mode: 0o600 });
  const large = await tree.open('large' as RawPath, 'write');
  await large.write(100_000, Buffer.from('damage'));
  await large.close();
  const found = await cluster.turning(cluster.alpha.jobs.verify(jobId, 'repair'));
  expect(
    found.differences.map(({ path, verdict, bytesOutOfSync }) => `${verdict} ${path} ${bytesOutOfSync}`).sort(),
  ).toEqual(
    expect.arrayContaining([
      'different /work/large 65536',
      'different /work/mode 0',
      'missing /work/d/missing 1',
      'surplus /work/surplus 0',
    ]),
  );
  await cluster.until(jobId, ({ mirror }) => mirror.completed === 2 && mirror.status === 'Idle');
  expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
});
