// The journal's files: what is written comes back, a torn tail is cut, damage and newer versions are said.
import { expect, it } from 'vitest';
import type { Identity } from '../../../src/engine/apply/replica/identity.ts';
import type { UndoRecord } from '../../../src/engine/snapshot/undo/undo-records.ts';
import { readSegment, SegmentWriter } from '../../../src/engine/snapshot/undo/undo-segment.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';

const object = (text: string): Identity => text as Identity;
const records: UndoRecord[] = [
  { type: 'entry', directory: object('0-2'), name: 'na\xffme', object: object('0-77') },
  { type: 'entry', directory: object('0-2'), name: 'new', object: undefined },
  {
    type: 'object',
    object: object('0-18446744073709551615'),
    size: 2 ** 45,
    attributes: {
      mode: 0o7777,
      userId: 4_294_967_294,
      groupId: 3,
      modifiedNs: -5n,
      extended: [{ name: 'user.a', value: Buffer.from('value') }],
    },
  },
  { type: 'bytes', object: object('0-77'), offset: 2 ** 44, data: Buffer.from('old bytes') },
  { type: 'zeros', object: object('0-77'), offset: 4096, length: 2 ** 40 },
  { type: 'born', object: object('x9-3') },
];

/** What is behind everything that was synced. */
const emptyFrameBytes = 24;

async function write(storage: MemoryStorage, batches: readonly (readonly UndoRecord[])[]): Promise<void> {
  const writer = await SegmentWriter.open(storage, 'undo', 1, 0);
  for (const batch of batches) {
    await writer.append(batch);
    await writer.sync();
  }
  await writer.close();
}

async function read(storage: MemoryStorage): Promise<UndoRecord[]> {
  const found: UndoRecord[] = [];
  await readSegment(storage, 'undo', 1, (record) => void found.push(record));
  return found;
}

/** Puts other bytes in the place of the whole file. */
async function edit(storage: MemoryStorage, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = await storage.read('undo/segment-1.undo');
  await storage.replace('undo/segment-1.undo', change(bytes ?? Buffer.alloc(0)));
}

it('gives back every kind of record', async () => {
  const storage = new MemoryStorage();
  await write(storage, [records.slice(0, 2), records.slice(2)]);
  expect(await read(storage)).toEqual(records);
});

it('cuts a tail torn anywhere, and goes on behind the last whole frame', async () => {
  const whole = new MemoryStorage();
  await write(whole, [records.slice(0, 2)]);
  const start = (await whole.read('undo/segment-1.undo'))?.length ?? 0;
  await write(whole, [records.slice(0, 2), records.slice(2)]);
  const end = ((await whole.read('undo/segment-1.undo'))?.length ?? 0) - emptyFrameBytes;
  for (let cut = start; cut < end; cut += 1) {
    const storage = new MemoryStorage();
    await write(storage, [records.slice(0, 2), records.slice(2)]);
    await edit(storage, (bytes) => bytes.subarray(0, cut));
    const wholeBytes = await readSegment(storage, 'undo', 1, () => undefined);
    expect(wholeBytes).toBe(start);
    const writer = await SegmentWriter.open(storage, 'undo', 1, wholeBytes);
    await writer.append(records.slice(5));
    await writer.sync();
    expect(await read(storage)).toEqual([...records.slice(0, 2), ...records.slice(5)]);
  }
});

it('does not take damage in a durable part for a torn tail', async () => {
  const storage = new MemoryStorage();
  await write(storage, [records.slice(0, 2), records.slice(2, 4), records.slice(4)]);
  await edit(storage, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    return bytes;
  });
  await expect(read(storage)).rejects.toMatchObject({ code: 'JOURNAL-DAMAGED' });
});

it('does not take damage of what was written last for a torn tail either, whichever byte it is', async () => {
  const whole = new MemoryStorage();
  await write(whole, [records.slice(0, 2), records.slice(2)]);
  const bytes = (await whole.read('undo/segment-1.undo')) ?? Buffer.alloc(0);
  const refused: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const storage = new MemoryStorage();
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    await storage.replace('undo/segment-1.undo', damaged);
    const found = await read(storage).catch(({ code }: { code: string }) => code);
    if (typeof found === 'string') refused.push(at);
    else expect(found).toEqual(records);
  }
  expect(refused).toEqual(Array.from({ length: bytes.length - emptyFrameBytes }, (_, at) => at));
});

it('takes what is torn in the middle for torn, also when whole frames stand behind it', async () => {
  const storage = new MemoryStorage();
  await write(storage, [records.slice(0, 2)]);
  const durable = (await storage.read('undo/segment-1.undo'))?.length ?? 0;
  const writer = await SegmentWriter.open(storage, 'undo', 1, durable);
  await writer.append(records.slice(2, 4));
  await writer.append(records.slice(4));
  await edit(storage, (bytes) => bytes.fill(0, durable, durable + 10));
  expect(await read(storage)).toEqual(records.slice(0, 2));
});

it('has no torn tail when it was finished', async () => {
  const storage = new MemoryStorage();
  await write(storage, [records]);
  await edit(storage, (bytes) => bytes.subarray(0, -1));
  expect(await read(storage)).toEqual(records);
  const finished = readSegment(storage, 'undo', 1, () => undefined, 'finished');
  await expect(finished).rejects.toMatchObject({ code: 'JOURNAL-DAMAGED' });
});

it('goes on with a segment of the first version, whose times were nanoseconds alone', async () => {
  const storage = new MemoryStorage();
  const first =
    '555359554e444f000100000001000000415246552f0000001000000000000000020300302d370900000000000000a401010000000200' +
    '0000fbffffffffffffff01000600757365722e610100000076cda5c88e577476ad41524655000000005700000000000000513e00bd3126f570';
  await storage.replace('undo/segment-1.undo', Buffer.from(first, 'hex'));
  const extended = [{ name: 'user.a', value: Buffer.from('v') }];
  const attributes = { mode: 0o644, userId: 1, groupId: 2, modifiedNs: -5n, extended };
  const old: UndoRecord = { type: 'object', object: object('0-7'), size: 9, attributes };
  const late = { ...old, attributes: { ...attributes, modifiedNs: 10_413_792_000_000_000_001n } };
  expect(await read(storage)).toEqual([old]);
  const writer = await SegmentWriter.open(storage, 'undo', 1, first.length / 2);
  await writer.append([late]);
  await writer.close();
  expect(await read(storage)).toEqual([old, late]);
});

it('refuses a newer version', async () => {
  const storage = new MemoryStorage();
  await write(storage, [records]);
  await edit(storage, (bytes) => {
    bytes.writeUInt32LE(3, 8);
    return bytes;
  });
  await expect(read(storage)).rejects.toMatchObject({ code: 'JOURNAL-NEWER' });
});
