// A failover is undone with real servers: alpha goes on by itself, and what people wrote on beta is kept. Either server may die in
// the middle; one more UNDO FAILOVER, or nothing at all, leads on.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Ended, Pair, Stage } from '../support/serve-process.ts';

const text = ({ out, notes }: Ended): string => `${out}\n${notes}`;
const undo = 'target beta\nundo failover 1';

interface Story {
  readonly pair: Pair;
  readonly live: () => string;
}

/** beta takes over, people work there, and alpha, which is fenced, too. */
async function story(): Promise<Story> {
  const pair = await Pair.open(Stage.open());
  for (const name of ['orders', 'stock']) writeFileSync(join(pair.workload, name), 'old');
  await pair.connect('wait for mirror $con timeout 1 minute');
  const taken = await pair.stage.script(pair.target, 'failover 1 live queue apply');
  expect(taken, text(taken)).toMatchObject({ exitCode: 0 });
  await pair.until((one) => one.failedOver);
  writeFileSync(join(pair.replica, 'orders'), 'new');
  writeFileSync(join(pair.workload, 'stock'), 'mid');
  return { pair, live: () => readFileSync(join(pair.replica, 'orders'), 'utf8') };
}

async function expectUndone({ pair, live }: Story): Promise<void> {
  await pair.until(({ health, epoch, targetState }) => health === 'healthy' && epoch === 2 && targetState === 'OK');
  expect([live(), readFileSync(join(pair.replica, 'stock'), 'utf8')]).toEqual(['old', 'mid']);
  const reverted = await pair.stage.script(
    pair.target,
    'live list\nsnapshot list on 1\nsnapshot revert "live copy before the mirror" on 1',
  );
  expect(reverted, text(reverted)).toMatchObject({ exitCode: 0 });
  expect(reverted.out).not.toContain(`${pair.replica} `);
  expect(live()).toBe('new');
}

it('said on the target it gives the replica back; said on the source it is refused', async () => {
  const told = await story();
  const { pair, live } = told;
  const refused = await pair.stage.script(pair.source, `source alpha\n${undo}`);
  expect(refused.exitCode).toBe(1);
  expect(text(refused)).toMatch(/only its own operator may say this/);
  expect(live()).toBe('new');
  const undone = await pair.stage.script(pair.target, undo);
  expect(undone, text(undone)).toMatchObject({ exitCode: 0 });
  expect(undone.out).toMatch(/The failover of connection 1 is undone, with epoch 2/);
  await expectUndone(told);
});

it('alpha may be dead meanwhile: it hears of the undo when it is there again', async () => {
  const told = await story();
  const { pair } = told;
  await pair.source.kill();
  const undone = await pair.stage.script(pair.target, undo);
  expect(undone, text(undone)).toMatchObject({ exitCode: 0 });
  const status = await pair.stage.script(pair.target, 'target beta\nstatus job 1');
  expect(status.out).toMatch(
    /the failover was undone, and no mirror has completed since: alpha mirrors when it is here/,
  );
  await pair.source.start();
  await expectUndone(told);
});

it.each([0, 20, 60, 150])(
  'beta dies %i ms after the undo has begun, and once more UNDO FAILOVER leads on',
  async (ms) => {
    const told = await story();
    const { pair, live } = told;
    const undoing = pair.target.api.jobs.undoFailover(pair.jobId);
    undoing.catch(() => undefined);
    await sleep(ms);
    await pair.target.kill();
    await pair.target.start();
    const { failedOver } = await pair.target.api.jobs.report(pair.jobId);
    if (failedOver) {
      expect(live()).toBe('new');
      const again = await pair.stage.script(pair.target, undo);
      expect(again, text(again)).toMatchObject({ exitCode: 0 });
    }
    await expectUndone(told);
  },
);

it.each([50, 500])('alpha dies %i ms after it heard of the undo, and goes on when it is there again', async (ms) => {
  const told = await story();
  const { pair } = told;
  const undone = await pair.stage.script(pair.target, undo);
  expect(undone, text(undone)).toMatchObject({ exitCode: 0 });
  await expect.poll(() => pair.source.events(5076), { timeout: 30_000 }).toHaveLength(1);
  await sleep(ms);
  await pair.source.kill();
  await pair.source.start();
  await expectUndone(told);
});

it('when alpha gave the connection up, the undo says so and changes nothing', async () => {
  const { pair, live } = await story();
  const ended = await pair.stage.script(pair.source, 'source alpha\ndisconnect 1');
  expect(ended, text(ended)).toMatchObject({ exitCode: 0 });
  const refused = await pair.stage.script(pair.target, undo);
  expect(refused.exitCode).toBe(1);
  expect(text(refused)).toMatch(/alpha gave the connection up at .*LIVE RELEASE/s);
  expect(live()).toBe('new');
});
