// The scripts of a mirror whose target starts again in the middle of it.
import { expect, test } from 'vitest';
import { MirrorScripts } from '../../../src/engine/tasks/mirror-scripts.ts';
import type { KeptScripts, ScriptPoint } from '../../../src/model/stream/mirror-script.ts';
import { MemoryJavaScript } from '../../../src/simulator/memory/memory-javascript.ts';
import { MemoryPrograms } from '../../../src/simulator/memory/memory-programs.ts';
import { MemoryStorage } from '../../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

const mirror = { mirrorId: 'm', streamId: 's' };

function rig() {
  const started: string[] = [];
  const storage = new MemoryStorage();
  const random = new SeededRandom(1);
  let kept: KeptScripts = { scripts: [] };
  /** A server that starts on what is stored. */
  const start = async (): Promise<MirrorScripts> => {
    const programs = new MemoryPrograms();
    programs.onStart = (one) => {
      started.push(one.request.environment?.UNDERSTUDY_POINT ?? '');
      one.end();
    };
    const parts = {
      clock: new ManualClock(),
      programs,
      javascript: new MemoryJavaScript(),
      storage,
      folder: 'job',
      random,
    };
    const scripts = new MirrorScripts(
      { ...parts, taskPolicy: { enabled: true, allow: 'any' }, runBlock: async () => undefined, emit: () => undefined },
      {
        kept,
        keep: async (now) => {
          kept = now;
        },
        environment: {},
      },
    );
    await scripts.open();
    return scripts;
  };
  const forgetEnd = (): void => {
    kept = { ...kept, mirror };
  };
  return { started, start, forgetEnd };
}

test.each([
  ['mirrorstop', 'mirrorcomplete'],
  ['mirrorcomplete', 'mirrorstop'],
] as const)('%s that was told, and not stored, is not followed by %s of the same mirror', async (told, replayed) => {
  const { started, start, forgetEnd } = rig();
  const before = await start();
  for (const point of ['mirrorstop', 'mirrorcomplete'] satisfies ScriptPoint[])
    await before.add({ point, program: `/bin/${point}`, arguments: [], timeoutMs: 60_000 });
  await before.begins(mirror);
  await before.ends(told);
  await before.close();
  forgetEnd();
  const after = await start();
  await after.begins(mirror);
  await after.ends(replayed);
  await after.ends(replayed);
  await after.close();
  expect(started).toEqual([told]);
});
