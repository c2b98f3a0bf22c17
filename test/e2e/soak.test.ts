// A random game with real servers. In each round an application writes at random while servers are killed, stopped, frozen
// and started again at random moments; the replica must become equal by itself, after every round. A few rounds are played
// here; `npm run soak -- --rounds 100 --seed 1` plays more (scripts/soak.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { numbers } from '../support/numbers.ts';
import { Pair, type ServeProcess, Stage } from '../support/serve-process.ts';
import { endWriter, startWriter } from './application.ts';

const rounds = Number(process.env.UNDERSTUDY_SOAK_ROUNDS ?? 4);
const seed = Number(process.env.UNDERSTUDY_SOAK_SEED ?? 1);
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
  'freeze the source': ({ source }) => frozen(source),
  'freeze the target': ({ target }) => frozen(target),
  'stop the source': async ({ source }) => {
    expect(await source.terminate()).toMatchObject({ exitCode: 0 });
    await source.start();
  },
  'stop the target': async ({ target }) => {
    expect(await target.terminate()).toMatchObject({ exitCode: 0 });
    await target.start();
  },
};
const chosen = process.env.UNDERSTUDY_SOAK_FAULTS?.split(',') ?? Object.keys(faults);

/** SIGSTOP, and SIGCONT after the time in which the other side takes the link for dead or does not. */
async function frozen(server: ServeProcess): Promise<void> {
  server.freeze();
  await sleep(1500);
  server.thaw();
}

it(`stays equal through ${rounds} rounds of seed ${seed}`, { timeout: rounds * roundMs }, async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect('wait for mirror $con timeout 1 minute');
  const suffered = new Map<string, number>();
  const next = numbers(seed);
  for (let round = 0; round < rounds; round += 1) {
    const names = [(seed + round) % chosen.length, next(chosen.length)].map((index) => chosen[index] ?? 'nothing');
    const title = `round ${round + 1} of seed ${seed}: ${names.join(', ')}`;
    const writer = await startWriter(pair, next(1_000_000));
    for (const name of names) {
      await sleep(300 + next(1700));
      await faults[name]?.(pair);
      suffered.set(name, (suffered.get(name) ?? 0) + 1);
    }
    await sleep(next(900));
    await endWriter(pair, writer);
    const startedMs = performance.now();
    await pair.untilEqual(title);
    process.stdout.write(`${title}: equal after ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  }
  const counts = [...suffered].map(([name, times]) => `${name} ${times}`).join(', ');
  process.stdout.write(`${rounds} rounds, no difference, no manual step: ${counts}\n`);
});
