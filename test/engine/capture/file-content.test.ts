// What a change of a file costs in bytes, and that the blocks that are not sent are really there.
import { describe, expect, test } from 'vitest';
import { contentBytes, named, TrackerRig } from './tracker-rig.ts';

const block = 65_536;
const bytes = (length: number, value: number): Buffer => Buffer.alloc(length, value);

describe('a large file', () => {
  test('with one changed block costs that block', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/f', bytes(10 * block, 1)));
    rig.workload.write('/work/f', 3 * block + 100, bytes(10, 2));
    expect(contentBytes(await rig.settle())).toBe(block);
    await rig.expectFaithful();
    rig.workload.write('/work/f', 9 * block + 1, bytes(10, 2));
    expect(contentBytes(await rig.settle())).toBe(block);
    await rig.expectFaithful();
  });

  test('that was renamed, itself or its folder, still costs only what changed', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/d');
      workload.create('/work/d/f', bytes(4 * block, 1));
    });
    rig.workload.rename('/work/d', '/work/e');
    rig.workload.rename('/work/e/f', '/work/e/g');
    rig.workload.write('/work/e/g', 0, bytes(1, 2));
    expect(contentBytes(await rig.settle())).toBe(block);
    await rig.expectFaithful();
  });

  test('that grows costs what came, that shrinks costs its new end', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/f', bytes(4 * block, 1)));
    rig.workload.write('/work/f', 4 * block, bytes(block, 2));
    expect(contentBytes(await rig.settle())).toBe(block);
    await rig.expectFaithful();
    rig.workload.truncate('/work/f', 2 * block + 10);
    expect(contentBytes(await rig.settle())).toBe(10);
    await rig.expectFaithful();
  });

  test('that shrank to nothing and grew to the same bytes again has these bytes', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/f', bytes(4 * block, 1)));
    for (const size of [0, 100]) {
      rig.workload.truncate('/work/f', size);
      await rig.settle();
      await rig.expectFaithful();
      rig.workload.write('/work/f', 0, bytes(4 * block, 1));
      await rig.settle();
      await rig.expectFaithful();
    }
  });

  test('with holes: they are not sent as bytes, and stay holes', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/f');
      workload.truncate('/work/f', 1000 * block);
      workload.write('/work/f', 500 * block, bytes(10, 1));
    });
    await rig.expectFaithful();
    rig.workload.write('/work/f', 0, bytes(block, 1));
    expect(contentBytes(await rig.settle())).toBe(block);
    rig.workload.punch('/work/f', 500 * block, block);
    const operations = await rig.settle();
    expect(contentBytes(operations)).toBe(0);
    expect(named(operations)).toContain('hole f');
    await rig.expectFaithful();
    rig.workload.truncate('/work/f', 1001 * block + 5);
    expect(contentBytes(await rig.settle())).toBe(0);
    await rig.expectFaithful();
  });

  test('written into while it is read is sent again', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/f', bytes(4 * block, 1)));
    let writes = 0;
    rig.files.beforeRead = () => {
      writes += 1;
      if (writes === 1) rig.workload.write('/work/f', 3 * block, bytes(10, 3));
      if (writes === 2) rig.workload.truncate('/work/f', block);
    };
    rig.workload.write('/work/f', 0, bytes(10, 2));
    await rig.settle();
    await rig.settle();
    await rig.settle();
    await rig.expectFaithful();
  });
});

describe('a small file', () => {
  test('is one operation, an empty one and one that is all hole as well', async () => {
    const rig = await TrackerRig.open();
    rig.workload.create('/work/empty');
    rig.workload.create('/work/hole');
    rig.workload.truncate('/work/hole', block);
    rig.workload.create('/work/full', bytes(block, 1));
    const operations = await rig.settle();
    expect(named(operations).sort()).toEqual(['file empty', 'file full', 'file hole']);
    expect(contentBytes(operations)).toBe(block);
    await rig.expectFaithful();
  });

  test('becomes a large one and a small one again', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/f', bytes(10, 1)));
    for (const size of [block, block + 1, 3 * block, block, 1, block + 1]) {
      rig.workload.truncate('/work/f', size);
      rig.workload.write('/work/f', size - 1, bytes(1, 9));
      await rig.settle();
      await rig.expectFaithful();
    }
  });
});
