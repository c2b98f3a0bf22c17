// FAILOVER … TO TIME: the undo journal keeps states, not changes, so a replica can go back to snapshots alone. The last good one
// that was taken by the time that was asked for is chosen, and which instant that is, is said before anything is done.
import { invalidParameter } from '../../../language/values/host.ts';
import type { DateTimeValue, TimeValue } from '../../../language/values/value.ts';
import { nextRun } from '../../schedules/next-run.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import { instantText } from '../../text/instant-text.ts';
import type { CommandContext } from '../command-context.ts';

const dayMs = 86_400_000;

/** The id of the snapshot. Throws -101 for a time that is still to come, and where no good snapshot is that old. */
export async function snapshotOfTime(
  time: TimeValue | DateTimeValue,
  { jobId, number, target }: KnownConnection,
  { session, clock, timeZone, write }: CommandContext,
): Promise<string> {
  const now = clock.wallMs();
  const wantedMs = time.kind === 'datetime' ? time.epochMs : lastTimeOfDay(time.dayMs, timeZone, now);
  const text = (epochMs: number): string => instantText(epochMs, timeZone);
  if (wantedMs > now) throw invalidParameter(`${text(wantedMs)} is still to come`, 'a replica can only go back');
  const good = (await (await session.server(target)).snapshots.list(jobId)).filter(({ state }) => state === 'good');
  const found = good.findLast(({ takenMs }) => takenMs <= wantedMs);
  if (found === undefined) {
    const oldest = good[0];
    const hint = 'snapshots that are taken again and again are such points: SNAPSHOT SCHEDULE';
    throw invalidParameter(
      `connection ${number} has no good snapshot of ${text(wantedMs)} or before`,
      oldest === undefined
        ? `it has none; ${hint}`
        : `the oldest is "${oldest.name}" of ${text(oldest.takenMs)}; ${hint}`,
    );
  }
  const { name, takenMs, snapshotId } = found;
  const seconds = Math.round((wantedMs - takenMs) / 1000);
  const before = seconds === 0 ? '' : `, ${seconds} s before the time that was asked for`;
  write(`Going back to ${text(takenMs)}${before}: snapshot "${name}"`);
  return snapshotId;
}

/** The last instant at which the clocks of the zone showed this time of day, not after `now`. */
function lastTimeOfDay(timeMs: number, timeZone: string, now: number): number {
  const seconds = Math.floor(timeMs / 1000);
  const cron = `${seconds % 60} ${Math.floor(seconds / 60) % 60} ${Math.floor(seconds / 3600)} * * *`;
  let last = now;
  // Daylight saving makes a day up to 25 hours long, so two days hold at least one.
  for (let next = nextRun(cron, timeZone, now - 2 * dayMs); next !== undefined && next <= now; ) {
    last = next;
    next = nextRun(cron, timeZone, next);
  }
  return last;
}
