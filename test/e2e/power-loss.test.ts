// The target loses its power: everything of it that was not synced is gone, of its home and of its replica. What it had
// acknowledged must be there, or the source could not send it again: the stream goes on where it was, without a mirror, the
// replica becomes equal, and no task starts a second time.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { numbers } from '../support/numbers.ts';
import { Pair, Stage } from '../support/serve-process.ts';
import { VolatileDisk } from '../support/volatile-disk.ts';
import { endWriter, startWriter } from './application.ts';

const failures = Number(process.env.UNDERSTUDY_POWER_FAILURES ?? 2);
const seed = Number(process.env.UNDERSTUDY_POWER_SEED ?? 1);
const tasksEachTime = 5;

it.runIf(process.getuid?.() === 0)(
  'a target that loses its power goes on without a mirror, and no task starts twice',
  { timeout: failures * 120_000 },
  async () => {
    const stage = Stage.open();
    const [home, replicas] = ['homes/beta', 'replicas'].map((folder) => {
      const disk = new VolatileDisk(stage.path(`${folder.replace('/', '-')}.disk`), stage.makeFolder(folder));
      stage.whenClosed(() => disk.remove());
      return disk;
    });
    const ran = stage.path('ran');
    const program = stage.program('note', `echo "$1" >> ${ran}`);
    const pair = await Pair.open(stage, { target: { tasks: { enabled: true, allow: [program] } } });
    await pair.connect('wait for mirror $con timeout 1 minute');
    const before = await pair.until(({ replication }) => replication.status === 'Ready');
    const next = numbers(seed);
    for (let failure = 0; failure < failures; failure += 1) {
      const writer = await startWriter(pair, next(1_000_000));
      for (let task = 0; task < tasksEachTime; task += 1) {
        const name = `${failure}-${task}`;
        const run = { type: 'program', program, arguments: [name] } as const;
        await pair.source.api.tasks.queue(pair.jobId, { name, actions: { onexecute: run }, timeoutMs: null });
        await sleep(next(300));
      }
      pair.target.freeze();
      await Promise.all([home?.failPower(), replicas?.failPower()]);
      await pair.target.kill();
      home?.restorePower();
      replicas?.restorePower();
      await pair.target.start();
      await sleep(next(500));
      await endWriter(pair, writer);
      const after = await pair.untilEqual(`power failure ${failure} of seed ${seed}`);
      expect({ streamId: after.streamId, mirrors: after.mirror.completed }, pair.logs()).toEqual({
        streamId: before.streamId,
        mirrors: before.mirror.completed,
      });
    }
    const lines = existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [];
    expect(lines.length).toBeGreaterThan(0);
    expect([...new Set(lines)]).toEqual(lines);
    const reports = await pair.target.api.tasks.list(pair.jobId);
    expect(reports.filter(({ state }) => state === 'queued' || state === 'running')).toEqual([]);
  },
);
