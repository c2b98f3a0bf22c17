// What the simulated disk loses, and who is told.
import { expect, test } from 'vitest';
import type { RawPath } from '../../src/base/raw-path.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { LostWrites } from '../../src/simulator/world/lost-writes.ts';

test('every folder that was open is told of a loss, until it has been; one opened afterwards is not', () => {
  const lost = new LostWrites();
  for (const folder of ['/one', '/two']) lost.opened(folder);
  lost.lost();
  lost.opened('/three');
  expect(['/one', '/two', '/three', '/never opened'].map((folder) => lost.isUntold(folder))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  lost.opened('/one');
  expect(['/one', '/two'].map((folder) => lost.isUntold(folder))).toEqual([false, true]);
});

test('nothing of a file is left behind its end when the power fails, so that it grows with zeros', async () => {
  const files = new MemoryFiles({ canLosePower: true });
  const tree = await files.openTree('/work', { create: true });
  const file = await tree.create('a' as RawPath, 0o644);
  await file.write(0, Buffer.alloc(6000, 7));
  files.becomeDurable();
  await file.truncate(5000);
  // The length is kept, and the bytes are those from before.
  files.losePower((count) => count - 1);
  await file.truncate(6000);
  expect(await file.read(4999, 3)).toEqual(Buffer.from([7, 0, 0]));
});
