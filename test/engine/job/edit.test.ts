// EDIT of a job that runs: what becomes another, what it forces, what both servers then know, and what is refused.
import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { JobEdit } from '../../../src/model/options/job-edit.ts';
import type { JobReport } from '../../../src/model/report.ts';
import type { Capture } from '../../../src/ports/capture.ts';
import type { Link, Network } from '../../../src/ports/network.ts';
import { decodeControl, encodeControl, helloSchema } from '../../../src/wire/control-messages.ts';
import { encodeFrame, FrameDecoder } from '../../../src/wire/frame-codec.ts';
import { MemoryCluster, type MemoryClusterOptions } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
const raw = (path: string): RawPath => path as RawPath;
afterEach(() => cluster.stop());

async function mirrored(parts: MemoryClusterOptions['parts'] = () => ({})): Promise<string> {
  cluster = await MemoryCluster.start({ parts });
  cluster.workload.create('/work/file', Buffer.from('one'));
  const { jobId } = await cluster.turning(cluster.connect());
  await cluster.mirrored(jobId);
  return jobId;
}

async function second(name = 'more to beta'): Promise<string> {
  cluster.workload.makeDirectory('/more');
  const roots = [{ source: '/more', replica: '/more-replica' }];
  const { jobId } = await cluster.turning(cluster.connect({ name, roots }));
  await cluster.mirrored(jobId);
  return jobId;
}

const edit = (jobId: string, one: JobEdit) => cluster.turning(cluster.alpha.jobs.edit(jobId, one));
const source = (jobId: string): Promise<JobReport> => cluster.alpha.jobs.report(jobId);
const target = (jobId: string): Promise<JobReport> => cluster.beta.jobs.report(jobId);

/** Until both servers have the same options; of the target. */
async function agreed(jobId: string): Promise<JobReport['options']> {
  for (let step = 0; step < 400; step += 1) {
    const [one, other] = [(await source(jobId)).options, (await target(jobId)).options];
    if (JSON.stringify(one) === JSON.stringify(other)) return other;
    await cluster.clock.advance(50);
  }
  throw new Error(
    `they do not agree: ${JSON.stringify([(await source(jobId)).options, (await target(jobId)).options])}`,
  );
}

describe('an edit', () => {
  test('of options forces nothing, and is known on both servers at once', async () => {
    const jobId = await mirrored();
    const before = await source(jobId);
    const done = await edit(jobId, { name: 'sales by night', mirrorMethod: 'none', orphans: 'keep' });
    expect(done).toEqual({ revision: 1, forces: 'nothing', changed: ['mirror', 'orphans', 'name'], sharing: [] });
    expect(await agreed(jobId)).toEqual({
      revision: 1,
      name: 'sales by night',
      mirrorMethod: 'none',
      orphans: 'keep',
    });
    expect([(await source(jobId)).name, (await target(jobId)).name]).toEqual(['sales by night', 'sales by night']);
    const after = await source(jobId);
    expect([after.streamId, after.connectedSinceMs]).toEqual([before.streamId, before.connectedSinceMs]);
    expect(await cluster.events('alpha')).toContain(5230);
    expect(await cluster.events('beta')).toContain(5230);
  });

  test('that changes nothing keeps the revision', async () => {
    const jobId = await mirrored();
    expect(await edit(jobId, { orphans: 'delete', line: { compression: null } })).toEqual({
      revision: 0,
      forces: 'nothing',
      changed: [],
      sharing: [],
    });
    expect(await cluster.events('alpha')).not.toContain(5230);
  });

  test('of how it captures makes the job anew, with the new wish and a mirror', async () => {
    const wishes: (string | undefined)[] = [];
    const jobId = await mirrored((_, { workload }) => {
      const start: Capture['start'] = (request) => {
        wishes.push(request.wish);
        return workload.start(request);
      };
      return { capture: { start } };
    });
    const before = await source(jobId);
    expect(await cluster.alpha.jobs.examineEdit(jobId, { capture: 'watch' })).toMatchObject({ forces: 'mirror' });
    expect((await source(jobId)).options?.revision).toBe(0);
    expect(await edit(jobId, { capture: 'watch' })).toMatchObject({ revision: 1, forces: 'mirror' });
    expect(wishes).toEqual([undefined, 'watch']);
    const after = await cluster.until(
      jobId,
      ({ streamId, mirror }) => streamId !== before.streamId && mirror.completed > 1,
    );
    expect(after.options).toMatchObject({ revision: 1, capture: 'watch' });
    expect(await agreed(jobId)).toMatchObject({ capture: 'watch' });
  });

  test('of the route makes the link anew, and no mirror', async () => {
    const jobId = await mirrored();
    cluster.network.addAddress('beta', '10.0.0.2');
    const before = await source(jobId);
    expect(await edit(jobId, { line: { address: '10.0.0.2' } })).toMatchObject({
      forces: 'reconnect',
      changed: ['route'],
    });
    await cluster.until(
      jobId,
      (now) => now.connectedSinceMs !== null && now.connectedSinceMs > (before.connectedSinceMs ?? 0),
    );
    cluster.workload.create('/work/later', Buffer.from('two'));
    const after = await cluster.until(
      jobId,
      ({ sequence }) => sequence.head > before.sequence.head && sequence.applied === sequence.head,
    );
    expect([after.streamId, after.mirror.completed, after.line?.route]).toEqual([before.streamId, 1, '10.0.0.2']);
    cluster.kill('alpha');
    await cluster.restart('alpha');
    await cluster.mirrored(jobId);
    expect((await source(jobId)).line?.route).toBe('10.0.0.2');
  });

  test('of the line is one of all connections to that address, which it names', async () => {
    const jobId = await mirrored();
    const other = await second();
    const done = await edit(jobId, { line: { compression: 5, bytesPerSecond: 50_000 } });
    expect(done).toMatchObject({ forces: 'nothing', changed: ['compression', 'bandwidth'], sharing: ['more to beta'] });
    expect((await source(other)).line).toMatchObject({ compression: 5, bytesPerSecond: 50_000 });
    expect((await source(other)).options?.revision).toBe(0);
  });

  test('of the route leaves the other connections where they were, with their line', async () => {
    const jobId = await mirrored();
    const other = await second();
    cluster.network.addAddress('beta', '10.0.0.2');
    await edit(jobId, { line: { address: '10.0.0.2', bytesPerSecond: 60_000 } });
    expect((await source(jobId)).line).toMatchObject({ route: '10.0.0.2', bytesPerSecond: 60_000 });
    expect((await source(other)).line).toMatchObject({ route: '', bytesPerSecond: null });
    await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
    expect((await source(other)).line).toMatchObject({ route: '', bytesPerSecond: null });
  });
});

describe('orphans', () => {
  const stranger = async (): Promise<boolean> =>
    (await (await cluster.tree('beta', '/replica')).status(raw('stranger'))) !== undefined;
  const remirrored = async (jobId: string): Promise<void> => {
    const { completed } = (await source(jobId)).mirror;
    await cluster.alpha.mirrors.start(jobId, 'attributes-delta');
    await cluster.until(jobId, ({ mirror }) => mirror.completed > completed);
  };
  async function withStranger(orphans: 'keep' | 'delete'): Promise<string> {
    cluster = await MemoryCluster.start();
    cluster.workload.create('/work/file', Buffer.from('one'));
    const files = cluster.machines.beta.files;
    const tree = await files.openTree('/replica', { create: true });
    await (await tree.create(raw('stranger'), 0o600)).close();
    const { jobId } = await cluster.turning(cluster.connect({ orphans }));
    await cluster.mirrored(jobId);
    return jobId;
  }

  test('that are kept are deleted by the next mirror after an edit, and not before', async () => {
    const jobId = await withStranger('keep');
    expect(await stranger()).toBe(true);
    await edit(jobId, { orphans: 'delete' });
    expect(await stranger()).toBe(true);
    await remirrored(jobId);
    expect(await stranger()).toBe(false);
  });

  test('that were deleted do not come back with KEEP: what the source lost meanwhile is not kept', async () => {
    const jobId = await withStranger('delete');
    expect(await stranger()).toBe(false);
    await edit(jobId, { orphans: 'keep' });
    cluster.kill('alpha');
    cluster.workload.unlink('/work/file');
    cluster.workload.create('/work/other', Buffer.from('two'));
    await cluster.restart('alpha');
    await cluster.until(jobId, ({ mirror }) => mirror.completed > 1);
    expect(await (await cluster.tree('beta', '/replica')).status(raw('file'))).toBeUndefined();
    expect((await source(jobId)).surplus).toBe(0);
  });

  test('cannot be edited to KEEP while nobody knows what mirrors have deleted', async () => {
    const jobId = await mirrored();
    cluster.kill('beta');
    await cluster.until(jobId, ({ connectedSinceMs }) => connectedSinceMs === null);
    await expect(edit(jobId, { orphans: 'keep' })).rejects.toMatchObject({ code: 'ORPHANS-UNKNOWN' });
    await cluster.restart('beta');
  });
});

describe('both servers agree again on the greater revision', () => {
  test('when the target was away, or was killed', async () => {
    const jobId = await mirrored();
    cluster.kill('beta');
    await edit(jobId, { name: 'one' });
    await edit(jobId, { name: 'two' });
    await cluster.restart('beta');
    expect((await target(jobId)).options?.revision).toBe(0);
    expect(await agreed(jobId)).toMatchObject({ revision: 2, name: 'two' });
    cluster.kill('beta');
    await cluster.restart('beta');
    expect((await target(jobId)).options).toMatchObject({ revision: 2, name: 'two' });
  });

  test('when the source was killed right behind the edit', async () => {
    const jobId = await mirrored();
    await edit(jobId, { mirrorMethod: 'none' });
    cluster.kill('alpha');
    await cluster.restart('alpha');
    expect((await source(jobId)).options).toMatchObject({ revision: 1, mirrorMethod: 'none' });
    expect(await agreed(jobId)).toMatchObject({ revision: 1, mirrorMethod: 'none' });
  });

  test('when the home of the source was put back from before the edit', async () => {
    const jobId = await mirrored();
    const file = `jobs/${jobId}/source/source.json`;
    const { storage } = cluster.machines.alpha;
    const old = await storage.read(file);
    await edit(jobId, { name: 'by night', orphans: 'delete', mirrorMethod: 'none' });
    await agreed(jobId);
    cluster.kill('alpha');
    await storage.replace(file, old ?? Buffer.alloc(0));
    await cluster.restart('alpha');
    expect(await agreed(jobId)).toMatchObject({ revision: 1, name: 'by night', mirrorMethod: 'none' });
    cluster.kill('alpha');
    await cluster.restart('alpha');
    expect((await source(jobId)).name).toBe('by night');
  });
});

describe('is refused, and changes nothing:', () => {
  test('a name that another connection has, which is named', async () => {
    const jobId = await mirrored();
    await second();
    await expect(edit(jobId, { name: 'More to beta' })).rejects.toMatchObject({
      code: 'JOB-EXISTS',
      message: expect.stringContaining('connection 2, more to beta to beta'),
    });
    await expect(edit(jobId, { name: 'a/b', orphans: 'keep' })).rejects.toMatchObject({ code: 'NAME-INVALID' });
    expect((await source(jobId)).options).toMatchObject({ revision: 0, orphans: 'delete', name: 'work to beta' });
  });

  test('an address at which the target does not answer, and a limit that cannot be kept', async () => {
    const jobId = await mirrored();
    const asked = edit(jobId, { name: 'other', line: { address: '10.0.0.3' } });
    await expect(asked).rejects.toMatchObject({
      code: 'ROUTE-UNREACHABLE',
      hint: expect.stringContaining('Nothing was changed'),
    });
    await expect(edit(jobId, { line: { bytesPerSecond: 3499 } })).rejects.toMatchObject({ code: 'BANDWIDTH-INVALID' });
    expect(await source(jobId)).toMatchObject({ name: 'work to beta', line: { route: '', bytesPerSecond: null } });
  });

  test('a job that is stopped, and one whose target has taken over', async () => {
    const jobId = await mirrored();
    await cluster.turning(cluster.alpha.transmission.stop(jobId));
    await expect(edit(jobId, { name: 'x' })).rejects.toMatchObject({
      code: 'JOB-STOPPED',
      hint: 'START it, then EDIT it.',
    });
    await cluster.turning(cluster.alpha.transmission.start(jobId));
    await cluster.until(jobId, ({ mirror }) => mirror.completed > 1);
    await cluster.turning(cluster.beta.jobs.failover(jobId, { type: 'live', queue: 'apply' }));
    await cluster.until(jobId, ({ failedOver }) => failedOver);
    await expect(edit(jobId, { name: 'x' })).rejects.toMatchObject({
      code: 'JOB-STOPPED',
      reason: 'the target has taken over',
    });
  });

  test('on the target, which says where', async () => {
    const jobId = await mirrored();
    await expect(cluster.beta.jobs.edit(jobId, { name: 'x' })).rejects.toMatchObject({
      code: 'WRONG-SIDE',
      hint: 'SOURCE alpha, then EDIT it; or EDIT it at the prompt of alpha.',
    });
    await expect(cluster.alpha.jobs.edit('no-such', { name: 'x' })).rejects.toMatchObject({ code: 'JOB-UNKNOWN' });
  });

  test('what an older target could not keep, which is named; the way of the data can be edited', async () => {
    const jobId = await mirrored((name, { network }) =>
      name === 'alpha' ? { network: ofVersion3(network.server('alpha')) } : {},
    );
    await expect(edit(jobId, { name: 'x' })).rejects.toMatchObject({
      code: 'TARGET-TOO-OLD',
      reason: 'the server beta is of an earlier version, which keeps what a connection was made with',
    });
    expect(await edit(jobId, { line: { compression: 3 } })).toMatchObject({ revision: 1, changed: ['compression'] });
    cluster.workload.create('/work/later', Buffer.from('two'));
    await cluster.until(jobId, ({ sequence }) => sequence.head > 3 && sequence.applied === sequence.head);
  });

  test('a throughput diagnosis', async () => {
    cluster = await MemoryCluster.start();
    const { jobId } = await cluster.turning(cluster.connect({ targetServer: 'TDU', diagnosis: '/figures.sts' }));
    await expect(edit(jobId, { mirrorMethod: 'none' })).rejects.toMatchObject({ code: 'DIAGNOSIS-ONLY' });
  });
});

/** The network of a server whose peers take it for one that speaks version 3 of the wire at most. */
function ofVersion3(network: Network): Network {
  return {
    ...network,
    listen: (accept, refused) => network.listen(accept, refused),
    connect: async (...given) => asVersion3(await network.connect(...given)),
  };
}

function asVersion3(link: Link): Link {
  const decoder = new FrameDecoder();
  return {
    peer: link.peer,
    listen: (listener) => link.listen(listener),
    send: (bytes) => {
      let room = true;
      for (const frame of decoder.push(Buffer.from(bytes))) {
        const payload = frame.type === 'hello' ? older(frame.payload) : frame.payload;
        room = link.send(Buffer.concat(encodeFrame(frame.type, payload)));
      }
      return room;
    },
    drained: () => link.drained(),
    close: (reason) => link.close(reason),
  };
}

function older(payload: Buffer): Buffer {
  const hello = decodeControl(helloSchema, payload, 'hello');
  return encodeControl(helloSchema, { ...hello, versions: [2, 3] });
}
