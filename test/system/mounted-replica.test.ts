// A replica that is itself the root of a mounted file system. Root only.
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Mounts } from '../support/mounts.ts';
import { RealCluster } from '../support/real-cluster.ts';

let base: string;
let mounts: Mounts;
let both: RealCluster;

describe.skipIf(process.getuid?.() !== 0)('a replica that is a mount point', () => {
  beforeEach(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-mounted-')));
    mounts = new Mounts();
  });

  afterEach(async () => {
    await both?.remove();
    mounts.removeAll();
    rmSync(base, { recursive: true, force: true });
  });

  test.each([
    ['of another file system', (replica: string) => mounts.memory(replica)],
    ['of a folder of the same one', (replica: string) => mounts.bind(join(base, 'elsewhere'), replica)],
  ])('%s follows deletions, and holds no snapshot that would forbid them', async (_, mount) => {
    const replica = join(base, 'replica');
    mount(replica);
    both = await RealCluster.start({ replica, clockSpeed: 10 });
    for (const name of ['stays', 'goes']) writeFileSync(join(both.work, name), name);
    const { jobId } = await both.connect();
    await both.mirrored(jobId);
    await expect(both.beta.snapshots.take(jobId, 'mine', 'manual')).rejects.toMatchObject({
      code: 'GRAVEYARD-ELSEWHERE',
    });
    await both.alpha.mirrors.start(jobId, 'data-delta');
    await both.mirrored(jobId, 2);
    rmSync(join(both.work, 'goes'));
    await both.settled(jobId);
    expect(readdirSync(replica)).toEqual(['stays']);
    expect(await both.events('beta', 5031)).toEqual([]);
  });
});
