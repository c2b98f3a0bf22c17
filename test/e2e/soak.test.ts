// A long random game, only when asked for: UNDERSTUDY_SOAK_ROUNDS=15 (and UNDERSTUDY_SOAK_SEED to repeat one). In each
// round an application writes at random while servers are killed, stopped and started again at random moments; the
// replica must become equal by itself, after every round.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Pair, Stage } from '../support/serve-process.ts';
import { endWriter, startWriter } from './application.ts';

const rounds = Number(process.env.UNDERSTUDY_SOAK_ROUNDS ?? 0);
const seed = Number(process.env.UNDERSTUDY_SOAK_SEED ?? Date.now() % 100_000);
const roundMs = 180_000;

/** What may happen to the servers in a round; the first is a control without a fault. */
const faults: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  nothing: async () => undefined,
  'kill the source': async ({ source }) => {
    await source.kill();
    await source.start();
  },
  'kill the target': async ({ target }) => {
    await target.kill();
    await target.start();
  },
  'kill the target twice': async ({ target }) => {
    await target.kill();
    await target.start();
    await sleep(100);
    await target.kill();
    await target.start();
  },
  'kill both': async ({ source, target }) => {
    await Promise.all([source.kill(), target.kill()]);
    await Promise.all([source.start(), target.start()]);
  },
  'stop the source': async ({ source }) => {
    expect(await source.terminate()).toMatchObject({ exitCode: 0 });
    await source.start();
  },
  'stop the target': async ({ target }) => {
    expect(await target.terminate()).toMatchObject({ exitCode: 0 });
    await target.start();
  },
};
const chosen = process.env.UNDERSTUDY_SOAK_FAULT?.split(',') ?? Object.keys(faults);

it.runIf(rounds > 0)(
  `stays equal through ${rounds} rounds of seed ${seed}`,
  { timeout: rounds * roundMs },
  async () => {
    const pair = await Pair.open(Stage.open());
    await pair.connect('wait for mirror $con timeout 1 minute');
    for (let round = 0; round < rounds; round += 1) {
      const turn = (seed + round * 7919) >>> 0;
      const names = [turn % chosen.length, Math.floor(turn / 7) % chosen.length].map(
        (index) => chosen[index] ?? 'nothing',
      );
      const title = `round ${round} of seed ${seed}: ${names.join(', ')}`;
      const writer = await startWriter(pair, turn);
      for (const name of names) {
        await sleep(300 + (turn % 1700));
        await faults[name]?.(pair);
      }
      await sleep(turn % 900);
      await endWriter(pair, writer);
      const startedMs = performance.now();
      await pair.untilEqual(title);
      process.stdout.write(`${title}: equal after ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
    }
  },
);
