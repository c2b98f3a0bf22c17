// Two servers as processes, killed (SIGKILL) in the middle of a mirror and in the middle of replication, while an
// application goes on writing: after a restart the replica becomes equal without anybody's help, and no stream task has
// started twice.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Pair, type ServeProcess, Stage } from '../support/serve-process.ts';
import { endWriter, startWriter } from './application.ts';

const testMs = 240_000;
const tasks = 12;

/** Four points each; a program that has run leaves a line with its task and point. */
class Tasks {
  readonly #ran: string;
  readonly #program: string;

  constructor(stage: Stage) {
    this.#ran = stage.path('ran');
    this.#program = stage.program('note', `echo "$1" >> ${this.#ran}; sleep 0.02`);
  }

  get settings() {
    return { tasks: { enabled: true, allow: [this.#program] } };
  }

  /** Lines of a script that queue them on the present connection. */
  get script(): string {
    const points = ['onqueue', 'ontransmit', 'onreceive', 'onexecute'];
    const actions = points.map((point) => `${point} = "${this.#program}" "\${i}-${point}"`);
    return `for $i = 1 to ${tasks} do\n  queuetask "task $i" to beta ${actions.join(' ')} timeout forever\nend`;
  }

  /** What ran, in order. */
  ran(): readonly string[] {
    return existsSync(this.#ran)
      ? readFileSync(this.#ran, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
  }
}

/** Enough that a kill finds the mirror under way. */
function fill(folder: string): void {
  for (let index = 0; index < 30; index += 1) {
    const below = join(folder, `bulk ${index}`);
    mkdirSync(below);
    for (let file = 0; file < 40; file += 1) writeFileSync(join(below, `file ${file}`), `content ${index} ${file}\n`);
    writeFileSync(join(below, 'large'), Buffer.alloc(1_500_000, index));
  }
}

async function killAndRestart(servers: readonly ServeProcess[]): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()));
  await Promise.all(servers.map((server) => server.start()));
}

function victims({ source, target }: Pair, victim: string): readonly ServeProcess[] {
  if (victim === 'both') return [source, target];
  return victim === 'the source' ? [source] : [target];
}

/** Each point of each task at most once; what both sides say agrees with what ran. */
async function expectTasksOnce(pair: Pair, ran: readonly string[]): Promise<void> {
  expect(ran.length, ran.join(' ')).toBe(new Set(ran).size);
  const bySource = await pair.source.api.tasks.list(pair.jobId);
  const byTarget = await pair.target.api.tasks.list(pair.jobId);
  const own = [
    ...bySource.filter(({ point }) => point === 'onqueue' || point === 'ontransmit'),
    ...byTarget.filter(({ point }) => point === 'onreceive' || point === 'onexecute'),
  ];
  for (const { name, point, state } of own) {
    const line = `${name.slice('task '.length)}-${point}`;
    if (state === 'finished') expect(ran).toContain(line);
    else if (state === 'interrupted') continue;
    else {
      expect({ line, state }).toEqual({ line, state: 'cancelled' });
      expect(ran).not.toContain(line);
    }
  }
}

describe.each(['the source', 'the target', 'both'])('%s killed', (victim) => {
  it('in the middle of a mirror', { timeout: testMs }, async () => {
    const stage = Stage.open();
    const pair = await Pair.open(stage);
    fill(pair.workload);
    const writer = await startWriter(pair, 7);
    await pair.connect();
    const before = await pair.until(({ mirror }) => mirror.sentBytes > 0);
    expect(before.mirror.completed).toBe(0);
    await killAndRestart(victims(pair, victim));
    await pair.until(({ mirror }) => mirror.completed > 0);
    await endWriter(pair, writer);
    await pair.untilEqual();
  });

  it('in the middle of replication', { timeout: testMs }, async () => {
    const stage = Stage.open();
    const tasks = new Tasks(stage);
    const pair = await Pair.open(stage, { source: tasks.settings, target: tasks.settings });
    const writer = await startWriter(pair, 7);
    await pair.connect(`wait for mirror $con timeout 1 minute\n${tasks.script}`);
    const before = await pair.until(({ targetState }) => targetState === 'OK');
    await killAndRestart(victims(pair, victim));
    appendFileSync(join(pair.workload, 'after the restart'), 'x');
    await pair.until(({ sequence, mirror }) => mirror.completed > 0 && sequence.applied > 0);
    await endWriter(pair, writer);
    const after = await pair.untilEqual();
    await expectTasksOnce(pair, tasks.ran());
    if (victim === 'the target') {
      expect(after).toMatchObject({
        streamId: before.streamId,
        mirror: { completed: before.mirror.completed, sentBytes: before.mirror.sentBytes },
      });
    }
  });
});
