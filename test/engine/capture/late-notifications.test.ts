// A notification of a rename comes after the rename: meanwhile the source looks at a name and sees what the stream does not
// have there yet. Each of these histories once left a file wrong, missing or too many in the replica, for ever.
import { expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { contentBytes, made, TrackerRig } from './tracker-rig.ts';

const text = (words: string): Buffer => Buffer.from(words);
const path = (name: string): RawPath => name as RawPath;

test('a file that was not found under its folder’s old name is sent under the new one', async () => {
  const rig = await TrackerRig.open((workload) => workload.makeDirectory('/work/a'));
  rig.workload.create('/work/a/x', text('new'));
  rig.tellLater();
  rig.workload.rename('/work/a', '/work/b');
  rig.workload.makeDirectory('/work/a');
  await rig.settle();
  rig.tell();
  await rig.settle();
  await rig.expectFaithful();
});

test('a file of the folder that came after is not taken for the one that moved away', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/a');
    workload.create('/work/a/x', text('old'));
  });
  rig.workload.setAttributes('/work/a/x', { mode: 0o600 });
  rig.tellLater();
  rig.workload.rename('/work/a', '/work/b');
  rig.workload.makeDirectory('/work/a');
  rig.workload.create('/work/a/x', text('another'));
  rig.tracker.suspect(0, path('a/x'));
  await rig.settle();
  rig.tell();
  await rig.settle();
  await rig.expectFaithful();
});

test('what was seen at the new name too early is not taken for what the rename brings there', async () => {
  const large = (byte: number): Buffer => Buffer.alloc(100_000, byte);
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/a');
    workload.create('/work/a/x', large(1));
    workload.create('/work/x', large(2));
  });
  rig.workload.write('/work/x', 0, text('last words'));
  rig.tellLater();
  rig.workload.write('/work/a/x', 0, large(3));
  rig.workload.rename('/work/a/x', '/work/x');
  rig.tracker.suspect(0, path('x'));
  await rig.settle();
  rig.tell();
  await rig.settle();
  await rig.expectFaithful();
});

test('an unhurried folder that is renamed costs one rename, however much was looked at in it', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/a');
    for (let file = 0; file < 20; file += 1) workload.create(`/work/a/${file}`, text('x'));
  });
  for (let file = 0; file < 20; file += 1) rig.workload.write(`/work/a/${file}`, 0, text('y'));
  await rig.settle();
  rig.workload.rename('/work/a', '/work/b');
  const operations = await rig.settle();
  expect(contentBytes(operations)).toBe(0);
  expect(made(operations)).toEqual(['rename a b']);
  await rig.expectFaithful();
});

test('a change told under a name in a folder that was given up too early reaches the other name', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/d');
    workload.create('/work/a', text('before'));
    workload.link('/work/a', '/work/d/b');
  });
  rig.workload.create('/work/d/z');
  rig.tellLater();
  rig.workload.write('/work/d/b', 0, text('after!'));
  rig.workload.rename('/work/d', '/work/e');
  await rig.settle();
  rig.tell();
  await rig.settle();
  await rig.expectFaithful();
});

test('a change told under a name that is then renamed over reaches the other name', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.create('/work/a', text('before'));
    workload.link('/work/a', '/work/b');
    workload.create('/work/new', text('its own'));
  });
  rig.workload.write('/work/b', 0, text('after!'));
  rig.workload.rename('/work/new', '/work/b');
  await rig.settle();
  await rig.expectFaithful();
});

test('a change told in a folder that is replaced reaches the other name', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/d');
    workload.create('/work/a', text('before'));
    workload.link('/work/a', '/work/d/b');
  });
  rig.workload.write('/work/d/b', 0, text('after!'));
  rig.tellLater();
  rig.workload.unlink('/work/d/b');
  rig.workload.removeDirectory('/work/d');
  rig.workload.makeDirectory('/work/d');
  rig.tracker.suspect(0, path('d'));
  await rig.settle();
  rig.tell();
  await rig.settle();
  await rig.expectFaithful();
});

test('two folders that were exchanged, told as two renames, have their own entries and no others', async () => {
  const rig = await TrackerRig.open((workload) => {
    for (const folder of ['one', 'two']) {
      workload.makeDirectory(`/work/${folder}`);
      workload.create(`/work/${folder}/of ${folder}`, text(folder));
      workload.create(`/work/${folder}/both`, text(`both in ${folder}`));
    }
  });
  rig.tellLater();
  rig.workload.rename('/work/one', '/work/aside');
  rig.workload.rename('/work/two', '/work/one');
  rig.workload.rename('/work/aside', '/work/two');
  rig.tell([
    { kind: 'renamed', root: 0, path: path('one'), to: path('two') },
    { kind: 'renamed', root: 0, path: path('two'), to: path('one') },
    { kind: 'appeared', root: 0, path: path('two'), scan: true },
    { kind: 'appeared', root: 0, path: path('one'), scan: true },
  ]);
  await rig.settle();
  await rig.expectFaithful();
});

test('whatever is told to be gone through anew is compared: what came, what went, what a link may not say', async () => {
  const rig = await TrackerRig.open((workload) => {
    workload.makeDirectory('/work/d');
    for (const name of ['stays', 'goes', 'linked']) workload.create(`/work/d/${name}`, text(name));
    workload.link('/work/d/linked', '/work/other');
  });
  await rig.clock.advance(1000);
  rig.tellLater();
  rig.workload.unlink('/work/d/goes');
  rig.workload.unlink('/work/d/linked');
  rig.workload.link('/work/other', '/work/d/again');
  rig.workload.write('/work/d/again', 0, text('through the new name'));
  rig.workload.create('/work/d/comes', text('comes'));
  rig.tell([{ kind: 'appeared', root: 0, path: path('d'), scan: true }]);
  await rig.settle();
  await rig.expectFaithful();
});
