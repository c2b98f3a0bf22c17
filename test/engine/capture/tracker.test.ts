// What the stream says about changes that only a notification told of: names, kinds, order, trouble.
import { describe, expect, test } from 'vitest';
import type { RawPath } from '../../../src/base/raw-path.ts';
import { mostReactions } from '../../support/reactions.ts';
import { contentBytes, made, named, TrackerRig } from './tracker-rig.ts';

const text = (words: string): Buffer => Buffer.from(words);

describe('renames', () => {
  test('a renamed file costs a rename and no content', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/a', text('content')));
    rig.workload.rename('/work/a', '/work/b');
    const operations = await rig.settle();
    expect(made(operations)).toEqual(['rename a b']);
    expect(contentBytes(operations)).toBe(0);
    await rig.expectFaithful();
  });

  test('a renamed folder costs one rename, whatever is in it', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/d');
      workload.makeDirectory('/work/d/e');
      for (let number = 0; number < 20; number += 1) workload.create(`/work/d/e/${number}`, text('x'));
    });
    rig.workload.rename('/work/d', '/work/f');
    expect(made(await rig.settle())).toEqual(['rename d f']);
    rig.workload.write('/work/f/e/7', 0, text('y'));
    expect(named(await rig.settle())).toEqual(['file f/e/7']);
    await rig.expectFaithful();
  });

  test('a chain within one batch ends at the last name', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/a', text('content')));
    rig.workload.rename('/work/a', '/work/b');
    rig.workload.rename('/work/b', '/work/c');
    expect(contentBytes(await rig.settle())).toBe(0);
    await rig.expectFaithful();
  });

  test('two files that swap their names keep their contents', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/a', Buffer.alloc(200_000, 1));
      workload.create('/work/b', Buffer.alloc(200_000, 2));
    });
    rig.workload.rename('/work/a', '/work/t');
    rig.workload.rename('/work/b', '/work/a');
    rig.workload.rename('/work/t', '/work/b');
    expect(contentBytes(await rig.settle())).toBe(0);
    await rig.expectFaithful();
    rig.workload.write('/work/a', 0, text('x'));
    await rig.settle();
    await rig.expectFaithful();
  });

  test('a change under a folder that is renamed later in the batch arrives under the new name', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/d');
      workload.create('/work/d/x', text('old'));
    });
    rig.workload.write('/work/d/x', 0, text('new'));
    rig.workload.create('/work/d/y', text('fresh'));
    rig.workload.rename('/work/d', '/work/e');
    expect(made(await rig.settle())).toEqual(['rename d e', 'file e/x', 'file e/y']);
    await rig.expectFaithful();
  });

  test('a rename over another file leaves the other file’s changes behind', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/a', text('winner'));
      workload.create('/work/b', text('loser'));
    });
    rig.workload.write('/work/b', 0, text('LOSER'));
    rig.workload.rename('/work/a', '/work/b');
    await rig.settle();
    await rig.expectFaithful();
  });

  test('something new at the old name is not taken for what was renamed', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/a', text('old log')));
    rig.workload.rename('/work/a', '/work/a.1');
    rig.workload.create('/work/a', text('new log'));
    await rig.settle();
    await rig.expectFaithful();
  });

  test('what was never sent is sent under its last name', async () => {
    const rig = await TrackerRig.open();
    rig.workload.create('/work/.new', text('atomic'));
    rig.workload.rename('/work/.new', '/work/final');
    expect(named(await rig.settle())).toContain('file final');
    await rig.expectFaithful();
  });

  test('over the edge of the selection a rename is an appearance, or a removal', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/kept', text('k')), {
      rules: [{ action: 'exclude', root: 0, pattern: '*.tmp' }],
    });
    rig.workload.create('/work/a.tmp', text('invisible'));
    expect(named(await rig.settle())).toEqual([]);
    rig.workload.rename('/work/a.tmp', '/work/a');
    expect(named(await rig.settle())).toEqual(expect.arrayContaining(['file a']));
    rig.workload.rename('/work/a', '/work/b.tmp');
    expect(named(await rig.settle())).toEqual(['remove a']);
  });
});

describe('appearances and removals', () => {
  test('a file that came and went again leaves no trace', async () => {
    const rig = await TrackerRig.open();
    rig.workload.create('/work/gone', text('x'));
    rig.workload.unlink('/work/gone');
    await rig.settle();
    await rig.expectFaithful();
  });

  test('a removed tree costs one removal', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/d');
      for (const name of ['1', '2', '3']) workload.create(`/work/d/${name}`, text('x'));
    });
    for (const name of ['1', '2', '3']) rig.workload.unlink(`/work/d/${name}`);
    rig.workload.removeDirectory('/work/d');
    expect(new Set(named(await rig.settle()))).toEqual(new Set(['remove d']));
    await rig.expectFaithful();
  });

  test('a folder made of a file, a file of a folder, a link of a file: the replica follows', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/a', text('file'));
      workload.makeDirectory('/work/b');
      workload.create('/work/b/inside', text('x'));
      workload.create('/work/c', text('file'));
    });
    rig.workload.unlink('/work/a');
    rig.workload.makeDirectory('/work/a');
    rig.workload.create('/work/a/new', text('x'));
    rig.workload.unlink('/work/b/inside');
    rig.workload.removeDirectory('/work/b');
    rig.workload.create('/work/b', text('now a file'));
    rig.workload.unlink('/work/c');
    rig.workload.makeSymlink('/work/c', 'elsewhere');
    await rig.settle();
    await rig.expectFaithful();
    rig.workload.unlink('/work/c');
    rig.workload.makeSymlink('/work/c', 'elsewhere else');
    await rig.settle();
    await rig.expectFaithful();
  });

  test('modes, owners, times and extended attributes alone send no content', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/a', Buffer.alloc(100_000, 1)));
    rig.workload.setAttributes('/work/a', { mode: 0o4711, userId: 7, groupId: 8, modifiedNs: 5n });
    rig.workload.setExtended('/work/a', 'user.note', text('n'));
    expect(contentBytes(await rig.settle())).toBe(0);
    await rig.expectFaithful();
    rig.workload.setExtended('/work/a', 'user.note', undefined);
    await rig.settle();
    await rig.expectFaithful();
  });

  test('a suspect place is sent again with all below, and surplus there goes', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/d');
      workload.create('/work/d/a', text('a'));
    });
    rig.tracker.suspect(0, 'd' as RawPath);
    expect(named(await rig.settle())).toEqual(['remove d', 'directory d', 'file d/a']);
    await rig.expectFaithful();
  });

  test('a suspect place that is to wait counts as not sent until its time, and does not hold up others', async () => {
    const rig = await TrackerRig.open((workload) => {
      for (const name of ['a', 'b']) workload.create(`/work/${name}`, text(name));
    });
    const stop = new AbortController();
    const following = rig.tracker.follow(stop.signal, () => Promise.resolve());
    rig.tracker.suspect(0, 'a' as RawPath, 5000);
    rig.workload.write('/work/b', 0, text('c'));
    await rig.clock.advance(4900);
    expect(named(rig.takeOperations())).toEqual(['file b']);
    expect(rig.tracker.pending).toBe(1);
    await rig.clock.advance(200);
    expect(named(rig.takeOperations())).toEqual(['file a']);
    expect(rig.tracker.pending).toBe(0);
    stop.abort();
    await following;
  });
});

describe('a place in the stream', () => {
  test('everything delivered before is before it, nothing delivered after is', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/counter', text('0')));
    for (let value = 1; value <= 5; value += 1) {
      rig.workload.write('/work/counter', 0, text(String(value)));
      rig.workload.create(`/work/before-${value}`);
      await rig.tracker.place(() => {
        // Delivered while the place is being taken: behind it.
        rig.workload.write('/work/counter', 0, text('9'));
        rig.workload.create(`/work/after-${value}`);
        rig.stream.push({ kind: 'marker', marker: { type: 'barrier', barrierId: String(value) } });
      });
      const paths = named(rig.takeOperations());
      expect(paths).toContain(`file before-${value}`);
      expect(paths).not.toContain(`file after-${value}`);
      expect(rig.stream.at(-1)?.kind).toBe('marker');
      await rig.settle();
    }
    await rig.expectFaithful();
  });

  test('a folder that was not looked into yet is there whole', async () => {
    const rig = await TrackerRig.open();
    const { workload } = rig;
    workload.makeDirectory('/work/d');
    workload.makeDirectory('/work/d/e');
    workload.create('/work/d/e/f', text('deep'));
    await rig.settle();
    await rig.expectFaithful();
  });
});

describe('in the background', () => {
  test('a large file that changes all the time rests four times as long as its reading took; others do not wait', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/busy', Buffer.alloc(200_000, 1));
      workload.create('/work/other', text('o'));
    });
    let reads = 0;
    rig.files.beforeRead = async (path) => {
      if (path !== '/work/busy') return;
      reads += 1;
      await rig.clock.advance(1000);
    };
    const stop = new AbortController();
    const following = rig.tracker.follow(stop.signal, () => Promise.resolve());
    rig.workload.write('/work/busy', 0, text('1'));
    await rig.clock.advance(0);
    await rig.clock.advance(0);
    expect(reads).toBe(1);
    rig.workload.write('/work/busy', 0, text('2'));
    rig.workload.write('/work/other', 0, text('O'));
    await rig.clock.advance(3900);
    expect(reads).toBe(1);
    expect(named(rig.takeOperations())).toContain('file other');
    await rig.clock.advance(200);
    expect(reads).toBe(2);
    rig.workload.write('/work/busy', 0, text('3'));
    // A place in the stream does not wait for that.
    await rig.settle();
    expect(reads).toBe(3);
    stop.abort();
    await following;
    await rig.expectFaithful();
  });

  test('what could not be read goes with its folder, and another folder under the old name has no part in it', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.makeDirectory('/work/a');
      workload.create('/work/a/x', text('x'));
      workload.makeDirectory('/work/d');
      workload.create('/work/d/x', text('another'));
    });
    rig.files.refused.set('/work/a/x', 'EIO');
    rig.workload.setAttributes('/work/a/x', { mode: 0o600 });
    await rig.settle();
    rig.files.refused.clear();
    rig.workload.rename('/work/a', '/work/b');
    rig.workload.rename('/work/d', '/work/a');
    await rig.settle();
    expect([...rig.unread.places()].map(({ path }) => path)).toEqual(['b/x']);
    rig.tracker.suspect(0, 'b/x' as RawPath);
    await rig.settle();
    await rig.expectFaithful();
  });

  test('an object that cannot be read is reported, and what comes after it still goes', async () => {
    const rig = await TrackerRig.open((workload) => {
      workload.create('/work/a', text('a'));
      workload.create('/work/b', text('b'));
      workload.makeDirectory('/work/closed');
    });
    rig.files.refused.set('/work/a', 'EIO');
    rig.files.refused.set('/work/closed', 'EACCES');
    rig.workload.write('/work/a', 0, text('A'));
    rig.workload.rename('/work/closed', '/work/away');
    rig.workload.rename('/work/away', '/work/closed');
    rig.tracker.suspect(0, 'closed' as RawPath);
    rig.workload.write('/work/b', 0, text('B'));
    expect(named(await rig.settle())).toContain('file b');
    expect(rig.unreadable).toEqual(expect.arrayContaining(['a EIO', 'closed EACCES']));
    rig.files.refused.clear();
    rig.workload.setAttributes('/work/a', { mode: 0o600 });
    rig.workload.write('/work/a', 0, text('A'));
    rig.tracker.suspect(0, 'closed' as RawPath);
    await rig.settle();
    await rig.expectFaithful();
  });

  test('an overflow of capture is told', async () => {
    const rig = await TrackerRig.open();
    rig.workload.overflow();
    await rig.settle();
    expect(rig.overflows).toEqual(['0:']);
  });
});

test.each(['changes', 'operations'] as const)('a loss of track is heard at once, of %s', async (capture) => {
  const rig = await TrackerRig.open(undefined, { capture });
  rig.workload.overflow();
  expect(rig.overflows).toEqual(['0:']);
});

describe('following', () => {
  test('takes no more memory the longer it lasts, and ends when it is told to', async () => {
    const rig = await TrackerRig.open((workload) => workload.create('/work/a', text('content')));
    const stop = new AbortController();
    const room = (): Promise<void> => Promise.resolve();
    let ended = false;
    const most = await mostReactions(async () => {
      void rig.tracker.follow(stop.signal, room).then(() => {
        ended = true;
      });
      for (let number = 0; number < 200; number += 1) {
        rig.workload.write('/work/a', 0, text(`content ${number}`));
        await rig.clock.advance(100);
      }
      rig.tracker.hold();
      for (let number = 0; number < 200; number += 1) {
        rig.workload.write('/work/a', 0, text(`held ${number}`));
        await rig.clock.advance(1);
      }
    });
    expect(rig.takeOperations().length).toBeGreaterThan(100);
    expect(most).toBeLessThan(20);
    expect(ended).toBe(false);
    stop.abort();
    await rig.clock.advance(0);
    expect(ended).toBe(true);
  });
});
