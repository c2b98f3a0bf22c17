// The end of a mirror in a stream of captured operations: from there on the replica has to be a state of the source.
import { expect, test } from 'vitest';
import { TrackerRig } from './tracker-rig.ts';

const text = (content: string): Buffer => Buffer.from(content);

test('what is written while the last places are read stands before the end', async () => {
  const rig = await TrackerRig.open(
    (workload) => {
      for (const name of ['a', 'b']) workload.create(`/work/${name}`, text('1'));
    },
    { capture: 'operations' },
  );
  rig.tracker.hold();
  for (const name of ['a', 'b']) rig.workload.write(`/work/${name}`, 0, text('2'));
  let hasWritten = false;
  // `a` has been read then, and `b` is read afterwards: what was read is no state of the source.
  rig.files.beforeRead = async (path) => {
    if (path !== '/work/b' || hasWritten) return;
    hasWritten = true;
    for (const name of ['a', 'b']) rig.workload.write(`/work/${name}`, 0, text('3'));
  };
  let end = 0;
  await rig.tracker.release(
    async () => undefined,
    () => {
      end = rig.stream.length;
    },
  );
  expect(hasWritten).toBe(true);
  const before = rig.stream.slice(0, end);
  const written = before.flatMap((one) => (one.kind === 'write' ? [`${one.path} ${Buffer.from(one.data)}`] : []));
  expect(written).toEqual(['a 3', 'b 3']);
  expect(rig.stream.slice(end)).toEqual([]);
  await rig.expectFaithful();
});

test('programs that never stop making names are held up after a few rounds, and let go again', async () => {
  const rig = await TrackerRig.open(() => undefined, { capture: 'operations' });
  rig.tracker.hold();
  let [isHeld, letGo, rounds] = [false, 0, 0];
  const flush = async (): Promise<void> => {
    rounds += 1;
    if (!isHeld) rig.workload.create(`/work/${rounds}`);
  };
  const holdWriters = async (): Promise<() => void> => {
    isHeld = true;
    return () => {
      letGo += 1;
    };
  };
  await rig.tracker.release(flush, () => undefined, holdWriters);
  expect([isHeld, letGo]).toEqual([true, 1]);
  await rig.expectFaithful();
});
