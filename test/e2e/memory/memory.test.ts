// Proves that the memory of both servers stays under that of their queues and 200 MB more while the target is stopped under full
// load, that the source's application does not wait for it, and that nothing is lost. Some seconds here, ten minutes by
// `npm run proof:memory` (scripts/proof-memory.ts).
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Stage } from '../../support/serve-process.ts';
import { type LoadOutcome, queueMemoryBytes, runLoad } from './loaded-pair.ts';

const { env } = process;
const seconds = Number(env.UNDERSTUDY_PROOF_SECONDS ?? 8);
const besideSeconds = Number(env.UNDERSTUDY_PROOF_BESIDE_SECONDS ?? 0);
const seed = Number(env.UNDERSTUDY_PROOF_SEED ?? 1);
const bytesPerSecond = Number(env.UNDERSTUDY_PROOF_RATE ?? 20_000_000);
const captures = (env.UNDERSTUDY_PROOF_CAPTURE ?? 'filter,watch').split(',') as ('filter' | 'watch')[];
const timeout = 1_200_000 + 4000 * (seconds + besideSeconds);
const atMost = queueMemoryBytes + 200 * 1024 * 1024;

const missing = whatIsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined).each(captures)('with CAPTURE %s', (capture) => {
  const outcomes = new Map<string, LoadOutcome>();
  afterAll(() => {
    for (const [title, outcome] of outcomes) process.stdout.write(`${text(`${capture}, ${title}`, outcome)}\n`);
  });

  it.runIf(besideSeconds > 0)(
    `${besideSeconds} s of load beside it, to compare: the target runs`,
    { timeout },
    async () => {
      const load = { capture, seconds: besideSeconds, bytesPerSecond, seed, isTargetStopped: false };
      outcomes.set('target running', await runLoad(Stage.open(), load));
    },
  );

  it(`the memory keeps its limit while the target is stopped for ${seconds} s, and nothing is lost`, {
    timeout,
  }, async () => {
    const outcome = await runLoad(Stage.open(), { capture, seconds, bytesPerSecond, seed, isTargetStopped: true });
    outcomes.set('target stopped', outcome);
    expect(outcome).toMatchObject({ mirrors: 1, verified: 0, rsync: '' });
    // The link is lost, and that is all.
    expect(outcome.troubles.filter((trouble) => !trouble.includes('x 5001:') && !trouble.includes('x 5110:'))).toEqual(
      [],
    );
    expect(outcome.peaks.get('source')?.peakBytes).toBeLessThan(atMost);
    expect(outcome.peaks.get('target')?.peakBytes).toBeLessThan(atMost);
  });
});

function text(title: string, outcome: LoadOutcome): string {
  const { writer, peaks, diskQueueBytes, memoryQueueBytes, catchUpSeconds, mirrors, troubles, verified, rsync } =
    outcome;
  const mega = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const wait = (ms: number): string => `${ms.toFixed(2)} ms`;
  return [
    `--- ${title}`,
    `writer: ${writer.seconds.toFixed(1)} s, ${writer.writes} writes, ${mega(writer.bytes / writer.seconds)} a second`,
    `waits: median ${wait(writer.p50Ms)}, p99.9 ${wait(writer.p999Ms)}, longest ${wait(writer.longestMs)}`,
    ...[...peaks].map(([name, one]) => `${name}: at most ${mega(one.sampledBytes)} seen, ${mega(one.peakBytes)} VmHWM`),
    `queue of the source: at most ${mega(memoryQueueBytes)} in memory, ${mega(diskQueueBytes)} on disk`,
    `caught up after ${catchUpSeconds.toFixed(1)} s; mirrors ${mirrors}; verify ${verified}; rsync '${rsync}'`,
    `events: ${troubles.join('; ') || 'none'}`,
  ].join('\n');
}

function whatIsMissing(): string | undefined {
  if (captures.includes('filter') && process.getuid?.() !== 0) return 'only root may mount a filter';
  if (captures.includes('filter') && !existsSync('/dev/fuse')) return 'there is no /dev/fuse for a filter';
  return existsSync('/usr/bin/rsync') ? undefined : 'there is no rsync';
}
