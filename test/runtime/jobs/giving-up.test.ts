// A job that is given up still writes for a while: until it has stopped, its paths are nobody else's.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { Files, FileTree } from '../../../src/ports/files.ts';
import { wireVersions } from '../../../src/wire/control-messages.ts';
import { encodeFrame } from '../../../src/wire/frame-codec.ts';
import { encodeOperations } from '../../../src/wire/operations-frame.ts';
import { encodeOperation } from '../../../src/wire/records/operation-codec.ts';
import { advance } from '../../../src/wire/stream-checksum.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { PlainPeer } from '../../support/memory-links.ts';

let cluster: MemoryCluster;
/** While it is there, beta's disk does not make files. */
let gate: PromiseWithResolvers<void> | undefined;

beforeEach(async () => {
  gate = undefined;
  cluster = await MemoryCluster.start({
    allowedRoots: ['/srv'],
    parts: (name, { machines }) => (name === 'beta' ? { files: slow(machines.beta.files) } : {}),
  });
  await cluster.machines.beta.files.openTree('/srv', { create: true });
});
afterEach(async () => {
  gate?.resolve();
  await cluster.stop();
});

function slow(files: Files): Files {
  return {
    place: (location) => files.place(location),
    identityOf: (location) => files.identityOf(location),
    openTree: async (location, options) => {
      const tree = await files.openTree(location, options);
      return new Proxy(tree, {
        get: (target, name) => {
          const member = Reflect.get(target, name, target) as unknown;
          if (typeof member !== 'function') return member;
          if (name !== 'create') return member.bind(target) as unknown;
          return async (...given: Parameters<FileTree['create']>) => {
            await gate?.promise;
            return target.create(...given);
          };
        },
      });
    },
  };
}

async function greet(jobId: string, replica: string): Promise<PlainPeer> {
  const peer = new PlainPeer(await cluster.network.server('gamma').connect('beta'));
  const job = {
    jobId,
    name: jobId,
    replicationSet: 'work',
    sourceServer: 'gamma',
    targetServer: 'beta',
    roots: [{ source: '/work', replica }],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: 'delete',
  };
  const hello = {
    versions: wireVersions,
    jobId,
    epoch: 0,
    job,
    streamId: 's',
    sourceName: 'gamma',
    capture: 'changes',
  };
  peer.say('hello', Buffer.from(JSON.stringify(hello)));
  await cluster.clock.advance(100);
  return peer;
}

function write(peer: PlainPeer, path: string): void {
  const content = Buffer.from('late');
  const attributes = { mode: 0o600, userId: 0, groupId: 0, modifiedNs: 0n, extended: [] };
  const record = encodeOperation({ kind: 'file', root: 0, path: path as RawPath, size: 4, content, attributes }, 0);
  const frame = encodeOperations({ firstSequence: 1, records: [record], checksumAfter: advance(0n, record) });
  peer.sayBytes(Buffer.concat(encodeFrame('operations', frame)));
}

test('a second job is welcome at its path only when nothing of the first can be written any more', async () => {
  const first = await greet('first', '/srv/a');
  gate = Promise.withResolvers();
  write(first, 'late');
  await cluster.clock.advance(100);
  const forgotten = cluster.beta.jobs.disconnect('first');
  const second = await greet('second', '/srv/a');
  expect(second.types()).not.toContain('welcome');
  expect(await cluster.beta.jobs.list()).toEqual([]);

  gate.resolve();
  await cluster.turning(forgotten);
  await cluster.clock.advance(100);
  expect(second.types()).toContain('welcome');
  expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId: 'second' }]);
});

test('a job that is to be started again when it is given up is not started any more', async () => {
  const first = await greet('first', '/srv/a');
  write(first, 'some');
  await cluster.clock.advance(5000);
  cluster.kill('beta');
  await (await cluster.machines.beta.files.openTree('/srv')).rename('a' as RawPath, 'kept' as RawPath);
  await cluster.restart('beta');
  expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId: 'first', health: 'error' }]);
  const forgotten = cluster.beta.jobs.disconnect('first');
  await (await cluster.machines.beta.files.openTree('/srv')).rename('kept' as RawPath, 'a' as RawPath);
  await cluster.turning(forgotten);
  await cluster.clock.advance(10_000);
  expect(await cluster.beta.jobs.list()).toEqual([]);
  expect(await cluster.machines.beta.storage.list('jobs')).toEqual([]);
  expect((await greet('second', '/srv/a')).types()).toContain('welcome');
});

test('a job whose first mirror is under way does not wait for what its target has yet to write', async () => {
  gate = Promise.withResolvers();
  for (let at = 0; at < 50; at++) cluster.workload.create(`/work/file ${at}`, Buffer.from('content'));
  const { jobId } = await cluster.connect({ roots: [{ source: '/work', replica: '/srv/a' }] });
  await cluster.clock.advance(1000);
  const startedMs = cluster.clock.monotonicMs();
  await cluster.turning(cluster.alpha.jobs.disconnect(jobId));
  expect(cluster.clock.monotonicMs() - startedMs).toBeLessThan(1000);
  expect(await cluster.alpha.jobs.list()).toEqual([]);
  gate.resolve();
  await cluster.clock.advance(1000);
  expect(await cluster.beta.jobs.list()).toEqual([]);
});
