// Proves that nothing which is killed gets into the way of programs: the filter's process, the server, both, and now and then the guard
// too, at random moments under load. A few kills are made here; `npm run proof:kills -- --kills 100 --seed 1` makes more.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Stage } from '../../support/serve-process.ts';
import { type Kill, KilledServers, type Victim, victims } from './killed-servers.ts';

const kills = Number(process.env.UNDERSTUDY_PROOF_KILLS ?? 4);
const seed = Number(process.env.UNDERSTUDY_PROOF_SEED ?? 1);
/** The program of the servers. Among the tests they run from their source, which takes seconds to start on a busy machine. */
const entry = process.env.UNDERSTUDY_PROOF_ENTRY;
/** No call may take longer, and a folder whose guard was killed must be usable again within this. */
const pauseMsMax = entry === undefined ? 60_000 : 5000;
/** In a long run, so many kills are one of the guard. */
const guardEvery = Math.min(kills, 10);
const canRun = process.getuid?.() === 0 && existsSync('/dev/fuse');

describe.skipIf(!canRun)('programs that write in a protected folder', () => {
  it(`go on over ${kills} kills of seed ${seed}, and nothing synced is lost`, {
    timeout: (kills + 5) * 60_000,
  }, async () => {
    const servers = await KilledServers.open(Stage.open(entry), seed, pauseMsMax);
    const all: Kill[] = [];
    while (all.length < kills && all.every(({ faults }) => faults.length === 0)) {
      const kill = await servers.kill(victimOf(all.length + 1));
      all.push(kill);
      process.stdout.write(`${lineOf(all.length, kill)}\n`);
    }
    const faults = [...all.flatMap((kill) => kill.faults), ...(await servers.finish())];
    process.stdout.write(`${summary(all)}\n`);
    const { rounds, synced } = servers.programs;
    process.stdout.write(`${rounds} rounds of programs; ${synced.compared} comparisons of synced content\n`);
    expect(faults.join('\n')).toBe('');
    await servers.end();
  });
});

function victimOf(number: number): Victim {
  return number % guardEvery === 0
    ? victims[3]
    : (victims[(number - Math.floor(number / guardEvery) - 1) % 3] ?? victims[0]);
}

function lineOf(number: number, { victim, pauseMs, pauseText, usableMs, faults }: Kill): string {
  const usable = usableMs === undefined ? '' : `, usable again after ${usableMs} ms`;
  const pause = pauseMs === 0 ? 'no call took 100 ms' : `a call took ${pauseMs} ms (${pauseText})`;
  return [`kill ${number}: ${victim}: ${pause}${usable}`, ...faults.map((fault) => `  ${fault}`)].join('\n');
}

function summary(all: readonly Kill[]): string {
  return victims
    .map((victim) => {
      const of = all.filter((kill) => kill.victim === victim);
      const longest = Math.max(0, ...of.map(({ pauseMs }) => pauseMs));
      const usable = Math.max(0, ...of.map(({ usableMs = 0 }) => usableMs));
      const again = usable === 0 ? '' : `, usable again after ${usable} ms at most`;
      return `${victim}: ${of.length} kills, longest pause ${longest} ms${again}`;
    })
    .join('\n');
}
