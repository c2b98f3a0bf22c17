import { expect, test } from 'vitest';
import { contentBytes, named, TrackerRig } from './tracker-rig.ts';

const text = (words: string): Buffer => Buffer.from(words);

function linked(): Promise<TrackerRig> {
  return TrackerRig.open((workload) => {
    workload.makeDirectory('/work/d');
    workload.create('/work/a', Buffer.alloc(100_000, 1));
    workload.link('/work/a', '/work/d/b');
  });
}

test('a second name costs a link', async () => {
  const rig = await linked();
  rig.workload.link('/work/a', '/work/c');
  const operations = await rig.settle();
  expect(named(operations)).toEqual([expect.stringMatching(/^link (a|d\/b) c$/)]);
  expect(contentBytes(operations)).toBe(0);
  await rig.expectFaithful();
});

test('a change made through the other name arrives, once', async () => {
  const rig = await linked();
  rig.workload.write('/work/d/b', 0, text('through b'));
  expect(contentBytes(await rig.settle())).toBe(65_536);
  rig.workload.write('/work/a', 0, text('through a'));
  expect(contentBytes(await rig.settle())).toBe(65_536);
  await rig.expectFaithful();
});

test('a change through a name that is unlinked right afterwards arrives under the other', async () => {
  const rig = await linked();
  rig.workload.write('/work/d/b', 0, text('last words'));
  rig.workload.unlink('/work/d/b');
  await rig.settle();
  await rig.expectFaithful();
  rig.workload.write('/work/a', 0, text('alone now'));
  await rig.settle();
  await rig.expectFaithful();
});

test('a link replaced by a file of its own is one', async () => {
  const rig = await linked();
  rig.workload.create('/work/new', text('its own'));
  rig.workload.rename('/work/new', '/work/d/b');
  await rig.settle();
  await rig.expectFaithful();
  rig.workload.unlink('/work/a');
  rig.workload.create('/work/a', text('another'));
  rig.workload.link('/work/a', '/work/e');
  await rig.settle();
  await rig.expectFaithful();
});

test('the folder of one name is renamed, then the file changes through it', async () => {
  const rig = await linked();
  rig.workload.rename('/work/d', '/work/e');
  rig.workload.write('/work/e/b', 0, text('moved'));
  rig.workload.link('/work/e/b', '/work/third');
  await rig.settle();
  await rig.expectFaithful();
});

test('a symbolic link with two names is two names', async () => {
  const rig = await TrackerRig.open((workload) => workload.makeSymlink('/work/s', 'nowhere'));
  rig.workload.link('/work/s', '/work/t');
  await rig.settle();
  await rig.expectFaithful();
});

test('a name that is taken by another name of a file becomes its link', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.create('/work/a', text('kept'));
    workload.create('/work/c', text('replaced'));
  });
  rig.workload.unlink('/work/c');
  rig.workload.link('/work/a', '/work/c');
  await rig.settle();
  await rig.expectFaithful();
});

test('a change that could not be read under a name that is replaced right afterwards arrives under the other', async () => {
  const rig = await linked();
  rig.files.refused.set('/work/d/b', 'EIO');
  rig.workload.write('/work/d/b', 0, text('not read'));
  await rig.settle();
  expect(rig.unreadable).toEqual(['d/b EIO']);
  rig.files.refused.clear();
  rig.workload.create('/work/new', text('its own'));
  rig.workload.rename('/work/new', '/work/d/b');
  await rig.settle();
  await rig.expectFaithful();
});

test('a change that could not be read under a name that is unlinked right afterwards arrives under the other', async () => {
  const rig = await linked();
  rig.files.refused.set('/work/d/b', 'EIO');
  rig.workload.setAttributes('/work/d/b', { mode: 0o600 });
  await rig.settle();
  rig.files.refused.clear();
  rig.workload.unlink('/work/d/b');
  await rig.settle();
  await rig.expectFaithful();
});
