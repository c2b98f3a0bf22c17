// File systems that are mounted below a protected folder and unmounted again: what went with them is not taken for deleted. Root
// only.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobReport } from '../../src/model/report.ts';
import { Mounts } from '../support/mounts.ts';
import { RealCluster } from '../support/real-cluster.ts';

let base: string;
let volume: string;
let mounts: Mounts;
let both: RealCluster;
let jobId: string;

const isHeld = ({ health, targetState, additional }: JobReport): boolean =>
  health !== 'healthy' && targetState !== 'OK' && additional.includes('held back, because a file system was mounted');
const isRight = ({ health, targetState, additional, mirror }: JobReport): boolean =>
  health === 'healthy' && targetState === 'OK' && additional === '' && mirror.status === 'Idle';

function inReplica(): string[] {
  return readdirSync(both.replica, { recursive: true }).map(String).sort();
}

/** Both names of a volume: where it is protected, and where it stays when it is not mounted there. */
function mountVolume(): void {
  mounts.add(['--bind', join(base, 'elsewhere')], volume);
}

describe.skipIf(process.getuid?.() !== 0)('a file system below a protected folder', () => {
  beforeEach(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'understudy-below-')));
    mounts = new Mounts();
    volume = join(base, 'work/volume');
    mkdirSync(volume, { recursive: true });
    mounts.memory(join(base, 'elsewhere'));
    writeFileSync(join(base, 'elsewhere/precious'), 'data');
    writeFileSync(join(base, 'work/other'), '');
    both = await RealCluster.start({ work: join(base, 'work'), clockSpeed: 10 });
  });

  afterEach(async () => {
    await both?.remove();
    mounts?.removeAll();
    rmSync(base, { recursive: true, force: true });
  });

  async function protect(): Promise<void> {
    ({ jobId } = await both.connect());
    await both.until(jobId, isRight);
  }

  /** What is mounted is noticed a moment later. */
  function replicaHas(...names: string[]): Promise<void> {
    return vi.waitFor(() => expect(inReplica()).toEqual(names), 120_000);
  }

  const whole = ['other', 'volume', 'volume/precious'];

  test.each([
    ['at the first mirror', true],
    ['later', false],
  ])('that was mounted %s keeps its part of the replica when it is unmounted, until it is back', async (_, before) => {
    if (before) mountVolume();
    await protect();
    if (!before) mountVolume();
    await replicaHas(...whole);
    mounts.remove(volume);
    await both.until(jobId, isHeld);
    expect(await both.alpha.jobs.verify(jobId, 'report')).toMatchObject({ surplus: 1 });
    writeFileSync(join(base, 'work/later'), '');
    await both.settled(jobId);
    expect(inReplica()).toEqual(['later', ...whole]);
    mountVolume();
    await both.until(jobId, isRight);
    expect(inReplica()).toEqual(['later', ...whole]);
  });

  test('that is unmounted while the server is down keeps its part', async () => {
    await protect();
    mountVolume();
    await replicaHas(...whole);
    await both.restart('alpha', () => mounts.remove(volume));
    await both.until(jobId, isHeld);
    expect(inReplica()).toEqual(whole);
    await both.restart('alpha', mountVolume);
    await both.until(jobId, isRight);
    rmSync(join(volume, 'precious'));
    await both.settled(jobId);
    expect(inReplica()).toEqual(['other', 'volume']);
  });

  test('that covers files takes none of them from the replica', async () => {
    writeFileSync(join(volume, 'covered'), '');
    await protect();
    mountVolume();
    await both.until(jobId, isHeld);
    await replicaHas('other', 'volume', 'volume/covered', 'volume/precious');
    rmSync(join(volume, 'precious'));
    // A deletion that is not seen before the file system goes cannot be told from one by its going, and is held back.
    await replicaHas('other', 'volume', 'volume/covered');
    mounts.remove(volume);
    await both.until(jobId, isRight);
    expect(inReplica()).toEqual(['other', 'volume', 'volume/covered']);
  });

  test('goes from the replica with a word of its operator', async () => {
    mountVolume();
    await protect();
    mounts.remove(volume);
    await both.until(jobId, isHeld);
    await both.alpha.mirrors.deleteOrphans(jobId);
    await both.until(jobId, isRight);
    expect(inReplica()).toEqual(['other', 'volume']);
    mountVolume();
    await replicaHas(...whole);
  });

  test('holds nothing back when nothing is lost with it', async () => {
    await protect();
    mountVolume();
    await replicaHas(...whole);
    await both.restart('alpha', () => rmSync(join(volume, 'precious')));
    await both.until(jobId, isRight);
    expect(inReplica()).toEqual(['other', 'volume']);
    mounts.remove(volume);
    await both.settled(jobId);
    await both.until(jobId, isRight);
  });
});
