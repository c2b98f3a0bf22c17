// Two real servers on a bad network, and servers that stand still (SIGSTOP): nothing is lost and nothing has to be mirrored
// again, since neither side loses what it holds; the stream goes on where both sides agree. A silent link lives ten seconds, so
// only one silence of each kind is among the usual tests; UNDERSTUDY_ALL_TROUBLES=1 plays the rest.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { numbers } from '../support/numbers.ts';
import { Pair, Stage } from '../support/serve-process.ts';
import { TroubledWire, type WireTrouble } from '../support/troubled-wire.ts';
import { endWriter, startWriter } from './application.ts';

const allTroubles = process.env.UNDERSTUDY_ALL_TROUBLES === '1';

/** What the source says of its stream; none of it may change by a lost link. */
const streamOf = ({ streamId, mirror }: Awaited<ReturnType<Pair['until']>>) => ({
  streamId,
  mirror: { completed: mirror.completed, sentBytes: mirror.sentBytes },
});

it('a wire that cuts, resets, delays and swallows costs time and nothing else', async () => {
  let wire: TroubledWire | undefined;
  onTestFinished(() => wire?.close());
  const pair = await Pair.open(Stage.open(), {}, async (target) => {
    wire = await TroubledWire.open(() => target.listen);
    return wire.address;
  });
  await pair.connect('wait for mirror $con timeout 1 minute');
  const before = await pair.until(({ replication }) => replication.status === 'Ready');
  const next = numbers(Number(process.env.UNDERSTUDY_WIRE_SEED ?? 11));
  const writer = await startWriter(pair, next(1_000_000));
  const turns: readonly WireTrouble[] = [
    'cut',
    'delay',
    'swallow what the target says',
    'reset',
    ...(allTroubles ? (['swallow what the source says', 'reset', 'delay', 'cut'] as const) : []),
  ];
  for (const trouble of turns) {
    const { connectedSinceMs } = await pair.until((report) => report.connectedSinceMs !== null);
    await sleep(next(400));
    expect(wire?.trouble(trouble), trouble).toBeGreaterThan(0);
    await sleep(200 + next(600));
    wire?.calm();
    // A swallowed direction is noticed by its silence; then the link is made anew.
    if (trouble === 'delay') continue;
    await pair.until((report) => report.connectedSinceMs !== null && report.connectedSinceMs !== connectedSinceMs);
  }
  await endWriter(pair, writer);
  const after = await pair.untilEqual();
  expect(streamOf(after)).toEqual(streamOf(before));
  expect([...(wire?.suffered.keys() ?? [])].sort()).toEqual([...new Set(turns)].sort());
});

it.each(allTroubles ? (['source', 'target'] as const) : (['target'] as const))(
  'a %s that stands still longer than a link lives goes on where it was',
  async (side) => {
    const pair = await Pair.open(Stage.open());
    await pair.connect('wait for mirror $con timeout 1 minute');
    const writer = await startWriter(pair, 5);
    const before = await pair.until(({ sequence }) => sequence.applied > 30);
    pair[side].freeze();
    // Longer than the silence after which a peer is taken for gone.
    await sleep(11_500);
    pair[side].thaw();
    await endWriter(pair, writer);
    const after = await pair.untilEqual();
    expect(streamOf(after)).toEqual(streamOf(before));
  },
);

it('the target’s operator ends the trust in the source: its link is gone at once, and it is not let in again', async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect('wait for mirror $con timeout 1 minute');
  await pair.until((report) => report.connectedSinceMs !== null);
  const { exitCode, out, notes } = await pair.stage.script(pair.target, 'server remove alpha');
  expect(exitCode, notes).toBe(0);
  expect(out).toContain('alpha is not trusted any more');
  await pair.until((report) => report.connectedSinceMs === null);
  const told = (await pair.target.api.events.since(0)).filter(({ id }) => id === 5101);
  expect(told.map(({ message }) => message)).toEqual(['alpha is not trusted any more: its open links were ended (1)']);
  // It calls again every few seconds, and tells its own operator why it is not let in.
  await sleep(4000);
  expect(await pair.source.api.jobs.report(pair.jobId)).toMatchObject({ connectedSinceMs: null });
  expect((await pair.target.api.events.since(0)).map(({ id }) => id)).toContain(5004);
});
