// Issue 2, "It must show", line 5: a snapshot in the stream of a file of 1 GiB and a folder of 1,000 costs what is changed
// afterwards and no more, and gives everything back.
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { RealCluster } from '../support/real-cluster.ts';

const mebibyte = 2 ** 20;
const largeBytes = 1024 * mebibyte;
const fileCount = 1000;
const fileBytes = 2000;
const journalBytesMax = 3 * mebibyte;

let cluster: RealCluster;
afterEach(() => cluster?.remove());

/** No two blocks are the same, and none is a hole. */
function writeLarge(path: string): void {
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(mebibyte, 'what a database would write, ');
  for (let offset = 0; offset < largeBytes; offset += mebibyte) {
    for (let block = 0; block < mebibyte; block += 4096) piece.writeDoubleLE(offset + block + 0.5, block);
    writeSync(file, piece, 0, mebibyte, offset);
  }
  closeSync(file);
}

/** Bytes allocated by everything below a folder. */
function allocatedBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    bytes += lstatSync(join(folder, entry)).blocks * 512;
  }
  return bytes;
}

test('a revert gives back a file of 1 GiB and a folder of 1,000, from a small journal', async () => {
  cluster = await RealCluster.start();
  const { work, replica } = cluster;
  const files = join(work, 'files');
  mkdirSync(files);
  writeLarge(join(work, 'large'));
  for (let file = 0; file < fileCount; file += 1)
    writeFileSync(join(files, `file ${file}`), Buffer.alloc(fileBytes, file));
  const { jobId } = await cluster.connect();
  await cluster.mirrored(jobId);

  await cluster.alpha.tasks.queue(jobId, {
    name: 'keep',
    actions: { onexecute: { type: 'snapshot', name: 'before the upgrade' } },
    timeoutMs: null,
  });
  await cluster.settled(jobId);
  const atMarker = await cluster.manifestOf(replica);
  expect(atMarker).toEqual(await cluster.manifestOf(work));

  const large = openSync(join(work, 'large'), 'r+');
  writeSync(large, Buffer.alloc(mebibyte, 'overwritten'), 0, mebibyte, 500 * mebibyte + 100);
  closeSync(large);
  for (let file = 0; file < fileCount; file += 1) {
    if (file % 2 === 0) renameSync(join(files, `file ${file}`), join(files, `renamed ${file}`));
    else unlinkSync(join(files, `file ${file}`));
  }
  await cluster.settled(jobId);
  expect(readdirSync(join(replica, 'files')).sort()).toEqual(readdirSync(files).sort());
  expect((await cluster.alpha.jobs.report(jobId)).mirror.completed).toBe(1);
  const journal = join(cluster.jobFolder('beta', jobId), 'snapshots');
  expect(allocatedBytes(journal)).toBeGreaterThan(mebibyte);
  expect(allocatedBytes(journal)).toBeLessThan(journalBytesMax);
  // What was removed lies aside as it was, each file with its own bytes.
  const removed = allocatedBytes(join(cluster.folder, 'beta', 'removed', jobId));
  expect(removed).toBeLessThan((fileCount / 2) * 4096 + 64 * 1024);

  const [snapshot] = await cluster.beta.snapshots.list(jobId);
  expect(snapshot).toMatchObject({ name: 'before the upgrade', state: 'good', type: 'manual' });
  await cluster.beta.snapshots.revert(jobId, snapshot?.snapshotId ?? '');
  expect(await cluster.manifestOf(replica)).toEqual(atMarker);
  // Nothing but what was asked for has happened.
  const { targetState } = await cluster.beta.jobs.report(jobId);
  const events = [...(await cluster.events('alpha')), ...(await cluster.events('beta'))];
  const others = events.filter(({ id }) => ![4000, 5000, 5010, 5011, 5040, 5041, 5050, 5052].includes(id));
  expect({ targetState, others }).toEqual({ targetState: 'Snapshot Reverted', others: [] });
});
