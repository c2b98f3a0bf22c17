// The four methods of the guide (ch. 3, Mirror Options) against the ways in which a file can differ.
import { afterEach, describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import type { MirrorMethod } from '../../../src/model/stream/marker.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';

let cluster: MemoryCluster;
afterEach(() => cluster.stop());

const block = 65_536;
const modifiedNs = 1_700_000_000_000_000_000n;
type Difference = 'equal' | 'newer on target' | 'size' | 'data' | 'attributes';

/** A large and a small file, and their copies as they lay on the target before. */
async function prepare(difference: Difference): Promise<void> {
  cluster = await MemoryCluster.start();
  for (const [name, size] of [
    ['small', 100],
    ['large', 10 * block],
  ] as const) {
    const content = Buffer.alloc(size, 1);
    cluster.workload.create(`/work/${name}`, content);
    cluster.workload.setAttributes(`/work/${name}`, { modifiedNs, mode: 0o640 });
    const copy = Buffer.from(content);
    if (difference === 'data') copy.fill(2, 10, 20);
    const tree = await cluster.machines.beta.files.openTree('/replica', { create: true });
    const file = await tree.create(name as RawPath, 0o640);
    await file.write(0, difference === 'size' ? Buffer.concat([copy, Buffer.alloc(50)]) : copy);
    await file.close();
    const newer = difference === 'newer on target' ? 3_600_000_000_000n : 0n;
    const mode = difference === 'attributes' ? 0o600 : 0o640;
    await tree.setAttributes(name as RawPath, { modifiedNs: modifiedNs + newer, mode });
  }
}

const all = 10 * block + 100;
/** Bytes sent; the replica is equal afterwards, unless marked `blind`. */
const expected: Readonly<Record<MirrorMethod, Readonly<Record<Difference, number | 'blind'>>>> = {
  none: { equal: all, 'newer on target': all, size: all, data: all, attributes: all },
  'attributes-whole': { equal: 0, 'newer on target': all, size: all, data: 'blind', attributes: all },
  // Small files travel whole: they are no larger than a block.
  'attributes-delta': { equal: 0, 'newer on target': 100, size: 100, data: 'blind', attributes: 100 },
  'data-delta': { equal: 0, 'newer on target': 100, size: 100, data: block + 100, attributes: 100 },
};

describe.each(Object.keys(expected) as MirrorMethod[])('method %s', (mirrorMethod) => {
  test.each(Object.keys(expected.none) as Difference[])('copies that are %s', async (difference) => {
    await prepare(difference);
    const { jobId } = await cluster.turning(cluster.connect({ mirrorMethod }));
    await cluster.mirrored(jobId);
    const [mirrored] = (await cluster.alpha.events.since(0)).filter(({ id }) => id === 5011);
    const sent = expected[mirrorMethod][difference];
    if (sent === 'blind') {
      // What only the attributes are asked about cannot be seen; that is the method's promise.
      expect(mirrored?.message).toContain(': 0 bytes sent');
      expect(await cluster.replicaManifest()).not.toEqual(await cluster.workManifest());
      return;
    }
    expect(mirrored?.message).toContain(`: ${sent} bytes sent`);
    expect(await cluster.replicaManifest()).toEqual(await cluster.workManifest());
  });
});
