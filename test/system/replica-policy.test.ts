// What a target keeps of objects that could act on its machine: device nodes, programs with set-id bits and capabilities.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { rawFromText } from '../../src/base/raw-path.ts';
import { keepsAll, type ReplicaPolicy } from '../../src/model/replica-policy.ts';
import type { ObjectAttributes } from '../../src/model/stream/attributes.ts';
import { isRoot } from '../ports/small-file-system.ts';
import { RealCluster } from '../support/real-cluster.ts';
import { at, HostileSource } from './hostile-source.ts';

let cluster: RealCluster;
afterEach(() => cluster?.remove());

async function start(replicaPolicy: Partial<ReplicaPolicy>): Promise<void> {
  cluster = await RealCluster.start({ clockSpeed: 10, replicaPolicy: { ...keepsAll, ...replicaPolicy } });
}

const work = (name: string): string => join(cluster.work, name);
const replica = (name: string): string => join(cluster.replica, name);
const mode = (path: string): number => lstatSync(path).mode & 0o7777;

function makeNode(path: string): void {
  execFileSync('mknod', [path, 'c', '1', '3'], { stdio: 'pipe' });
}

describe.runIf(isRoot)('device nodes that the target refuses', () => {
  test('are left out, are told, and hold nothing up: nothing is said to be the same', async () => {
    await start({ deviceNodes: 'refuse' });
    makeNode(work('null'));
    linkSync(work('null'), work('other name'));
    writeFileSync(work('becomes a node'), 'x');
    writeFileSync(work('plain'), 'x');
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    await cluster.settled(jobId);
    expect([existsSync(replica('null')), existsSync(replica('plain'))]).toEqual([false, true]);

    renameSync(work('null'), work('moved'));
    chmodSync(work('moved'), 0o600);
    makeNode(work('new'));
    makeNode(join(cluster.folder, 'node'));
    renameSync(join(cluster.folder, 'node'), work('becomes a node'));
    writeFileSync(work('last'), 'x');
    await expect.poll(() => existsSync(replica('last'))).toBe(true);
    await expect.poll(() => existsSync(replica('becomes a node'))).toBe(false);
    await cluster.until(jobId, ({ replication }) => replication.status === 'Ready');
    expect(await cluster.events('alpha', 5032)).toEqual([]);

    const report = await cluster.alpha.jobs.report(jobId);
    expect(report).toMatchObject({ health: 'warning', targetState: 'OK' });
    expect(report.additional).toContain('targets.deviceNodes');
    expect(report.mirror.completed).toBe(1);
    const told = (await cluster.events('alpha', 5172)).map(({ message }) => message);
    expect(told.some((message) => message.includes(work('null')))).toBe(true);
    const { differences } = await cluster.alpha.jobs.verify(jobId, 'repair');
    expect(differences.map(({ path, verdict, attributes }) => [path, verdict, attributes])).toEqual(
      ['becomes a node', 'moved', 'new', 'other name'].map((name) => [rawFromText(work(name)), 'refused', []]),
    );
    expect((await cluster.events('alpha', 5061)).map(({ message }) => message)).toEqual([
      'Verification of connection 1 found differences: 4 not taken by the target',
    ]);
    // Another mirror would not help, and none is asked for.
    expect(await cluster.alpha.jobs.report(jobId)).toMatchObject({
      targetState: 'OK',
      mirror: { status: 'Idle', completed: 1 },
    });
  });

  test('are not made for a source that sends them all the same', async () => {
    await start({ deviceNodes: 'refuse', setId: 'strip' });
    const roots = [{ source: '/anywhere', replica: rawFromText(cluster.replica) }];
    const source = await HostileSource.greet(cluster.network.server('alpha'), roots, 's');
    const attributes: ObjectAttributes = { mode: 0o4755, userId: 0, groupId: 0, modifiedNs: 0n, extended: [] };
    await source.apply([
      { kind: 'file', ...at('sh'), size: 0, content: Buffer.alloc(0), attributes },
      { kind: 'special', ...at('disk'), special: 'block', device: 8 * 2 ** 20, attributes },
      { kind: 'special', ...at('pipe'), special: 'fifo', device: 0, attributes },
      { kind: 'special', ...at('sh2'), special: 'character', device: 0, attributes },
    ]);
    await source.apply([{ kind: 'attributes', ...at('sh'), attributes: { ...attributes, mode: 0o6711 } }]);
    expect([existsSync(replica('disk')), existsSync(replica('pipe'))]).toEqual([false, true]);
    expect([mode(replica('sh')), mode(replica('pipe'))]).toEqual([0o711, 0o755]);
    expect((await cluster.events('beta', 5172)).map(({ message }) => message)).toHaveLength(2);
    expect(source.notices().filter(({ type }) => type === 'mismatch')).toEqual([]);
    source.close();
  });

  test('are there where it keeps them', async () => {
    await start({});
    makeNode(work('null'));
    const { jobId } = await cluster.connect();
    await cluster.mirrored(jobId);
    expect(lstatSync(replica('null')).isCharacterDevice()).toBe(true);
    expect((await cluster.alpha.jobs.verify(jobId, 'report')).differences).toEqual([]);
  });
});

describe.runIf(isRoot)('set-id bits and capabilities', () => {
  async function makePrograms(): Promise<void> {
    for (const name of ['sudo', 'ping']) writeFileSync(work(name), '#!/bin/sh\n');
    chmodSync(work('sudo'), 0o6755);
    chmodSync(work('ping'), 0o755);
    const tree = await cluster.files.openTree(rawFromText(cluster.work));
    // cap_net_raw, as setcap(8) writes it.
    await tree.setExtended(at('ping').path, capability, Buffer.from('0100000200200000000000000000000000000000', 'hex'));
    await tree.close();
  }
  const capability = 'security.capability';
  async function capabilitiesOf(name: string): Promise<string[]> {
    const tree = await cluster.files.openTree(rawFromText(cluster.replica));
    const found = await tree.extended(at(name).path);
    await tree.close();
    return found.map((one) => one.name);
  }

  test('are kept as data by default, which CONNECT says', async () => {
    await start({});
    await makePrograms();
    const { jobId, remarks } = await cluster.connect();
    await cluster.mirrored(jobId);
    expect(mode(replica('sudo'))).toBe(0o6755);
    expect(await capabilitiesOf('ping')).toEqual([capability]);
    expect(remarks).toEqual([expect.stringContaining('nosuid')]);
  });

  test('are stripped where the target says so, and then the replica is the same without them', async () => {
    await start({ setId: 'strip' });
    await makePrograms();
    const { jobId, remarks } = await cluster.connect();
    await cluster.mirrored(jobId);
    expect(mode(replica('sudo'))).toBe(0o755);
    expect(await capabilitiesOf('ping')).toEqual([]);
    expect((await cluster.alpha.jobs.verify(jobId, 'report')).differences).toEqual([]);
    expect(remarks).toBeUndefined();
    chmodSync(work('ping'), 0o4700);
    await cluster.settled(jobId);
    expect(mode(replica('ping'))).toBe(0o700);
    expect((await cluster.alpha.jobs.verify(jobId, 'report')).differences).toEqual([]);
  });
});
