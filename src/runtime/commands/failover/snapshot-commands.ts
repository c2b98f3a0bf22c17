// SNAPSHOT TAKE, LIST, REVERT, DELETE, SCHEDULE, PRUNE, snapshot() and snapshots(): on the target of a connection.

import { Failure } from '../../../base/failure.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { handle, list, record, type Value } from '../../../language/values/value.ts';
import type { SnapshotReport } from '../../../model/report.ts';
import { type SnapshotType, snapshotTypeWords } from '../../../model/stream/marker.ts';
import type { Server } from '../../contract/server.ts';
import { recurrence } from '../../schedules/recurrence.ts';
import { notKept } from '../../schedules/retention.ts';
import { takeScheduledSnapshot } from '../../schedules/scheduled-snapshot.ts';
import { olderScheduleBody, snapshotScheduleBody } from '../../schedules/snapshot-schedule.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import { namesHint } from '../../session/names-hint.ts';
import type { Session } from '../../session/session.ts';
import { instantText } from '../../text/instant-text.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { addSchedule } from '../operation/schedule-commands.ts';

export const snapshotHandlers: CommandHandlers = {
  'snapshot.take': async (given, { session, write, signal }) => {
    const connection = await session.connection(given.value('connection'));
    const target = await session.server(connection.target);
    const [{ jobId }, name] = [connection, given.newName('name')];
    const report = session.isScheduled
      ? await takeScheduledSnapshot(target, jobId, name, signal)
      : await target.snapshots.take(jobId, name, 'manual');
    write(`Snapshot "${report.name}" taken (${report.state})`);
    return session.makeHandle('snapshot', report.snapshotId, connection.jobId);
  },

  'snapshot.list': async (given, context) => {
    const { session, write } = context;
    const { connection, reports } = await snapshotsOf(given, context);
    const rows = reports.map((one) => [one.name, snapshotTypeWords[one.type], instantText(one.takenMs), one.state]);
    for (const line of textTable(['Name', 'Type', 'Taken', 'State'], rows)) write(line);
    return list(reports.map((one) => session.makeHandle('snapshot', one.snapshotId, connection.jobId)));
  },

  'lookup.snapshot': async (given, context) => {
    const { connection, snapshot } = await located(given, context);
    return context.session.makeHandle('snapshot', snapshot.snapshotId, connection.jobId);
  },

  'lookup.snapshots': async (given, context) => {
    const { connection, reports } = await snapshotsOf(given, context);
    return list(reports.map((one) => context.session.makeHandle('snapshot', one.snapshotId, connection.jobId)));
  },

  'snapshot.revert': async (given, context) => {
    const { connection, target, snapshot } = await located(given, context);
    await target.snapshots.revert(connection.jobId, snapshot.snapshotId);
    context.write(`The replica of connection ${connection.number} is as it was at snapshot "${snapshot.name}"`);
    return success;
  },

  'snapshot.delete': async (given, context) => {
    const { connection, target, snapshot } = await located(given, context);
    await target.snapshots.delete(connection.jobId, snapshot.snapshotId);
    context.write(`Snapshot "${snapshot.name}" deleted`);
    return success;
  },

  'snapshot.schedule': async (given, context) => {
    const { session } = context;
    const connection = await session.connection(given.value('connection'));
    const periods = keptPeriods(given);
    const keep = keptNewest(given) ?? (Object.keys(periods).length > 0 ? 1 : 24);
    const { cron, timeZone = context.timeZone } = recurrence(
      given.optionalDurationMs('every'),
      given.optionalMoment('at'),
    );
    const name = given.newName('name');
    const bound = { connection: handle('connection', connection.jobId, connection.number), name, keep };
    const target = await session.server(connection.target);
    const schedule = { name, cron, timeZone, overlap: 'skip' } as const;
    const all = { ...bound, ...periods, timezone: timeZone };
    const body = snapshotScheduleBody(connection.target, Object.keys(all));
    try {
      return await addSchedule({ ...schedule, body, bindings: record(all) }, target, context);
    } catch (thrown) {
      // A target of an older version knows another block, and refuses every other one.
      if (!(thrown instanceof Failure && thrown.code === 'SCHEDULE-REFUSED')) throw thrown;
      if (Object.keys(periods).length > 0) throw tooOld(connection.target, thrown);
      const older = olderScheduleBody(connection.target);
      return addSchedule({ ...schedule, body: older, bindings: record(bound) }, target, context);
    }
  },

  'snapshot.prune': async (given, context) => {
    const { connection, reports } = await snapshotsOf(given, context);
    const name = given.text('name');
    const ofSchedule = reports.filter((one) => one.name === name && scheduledTypes.has(one.type));
    const retention = { newest: keptNewest(given) ?? 1, ...keptPeriods(given) };
    const gone = notKept(ofSchedule, retention, given.optionalText('timezone') ?? context.timeZone);
    const target = await context.session.server(connection.target);
    for (const { snapshotId } of gone) await target.snapshots.delete(connection.jobId, snapshotId);
    context.write(`${gone.length} of ${ofSchedule.length} snapshots "${name}" deleted`);
    return gone.length;
  },
};

/** A person or a task took the others. */
const scheduledTypes: ReadonlySet<SnapshotType> = new Set(['scheduled', 'deferred']);

function keptNewest(given: CommandArguments): number | undefined {
  return counted(given, 'keep');
}

function keptPeriods(given: CommandArguments): Readonly<Partial<Record<'hourly' | 'daily' | 'weekly', number>>> {
  const [hourly, daily, weekly] = [counted(given, 'hourly'), counted(given, 'daily'), counted(given, 'weekly')];
  return { ...(hourly && { hourly }), ...(daily && { daily }), ...(weekly && { weekly }) };
}

/** Throws -101 for less than one. */
function counted(given: CommandArguments, name: string): number | undefined {
  const count = given.optionalInteger(name);
  if (count === undefined || count >= 1) return count;
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `${name === 'keep' ? 'KEEP' : `KEEP ${name.toUpperCase()}`} must be 1 or more`,
  );
}

function tooOld(server: string, { reason }: Failure): Failure {
  return new Failure({
    code: 'TARGET-TOO-OLD',
    operation: 'schedule snapshots',
    subject: server,
    reason: `it refuses the block of the schedule: ${reason}`,
    hint: `A program of this version knows KEEP HOURLY, KEEP DAILY and KEEP WEEKLY: update ${server}, or write KEEP alone.`,
  });
}

interface LocatedSnapshot {
  readonly connection: KnownConnection;
  readonly target: Server;
  readonly snapshot: SnapshotReport;
}

async function snapshotsOf(
  given: CommandArguments,
  { session }: CommandContext,
): Promise<{ readonly connection: KnownConnection; readonly reports: readonly SnapshotReport[] }> {
  const connection = await session.connection(given.value('connection'));
  const reports = await (await session.server(connection.target)).snapshots.list(connection.jobId);
  return { connection, reports };
}

async function located(given: CommandArguments, { session }: CommandContext): Promise<LocatedSnapshot> {
  const named = given.handleOrName('snapshot', 'snapshot');
  const own = typeof named === 'string' ? undefined : await session.connectionOfHandle(named);
  const connection = own ?? (await session.connection(given.value('connection')));
  const target = await session.server(connection.target);
  return { connection, target, snapshot: await findSnapshot(session, connection, named) };
}

/** The snapshot of a handle, or the newest snapshot of a name. Throws -101 when there is none. */
export async function findSnapshot(
  session: Session,
  connection: KnownConnection,
  wanted: Value,
): Promise<SnapshotReport> {
  const reports = await (await session.server(connection.target)).snapshots.list(connection.jobId);
  const id = typeof wanted === 'object' && wanted.kind === 'handle' ? wanted.id : undefined;
  const found = reports.findLast((one) => (id === undefined ? one.name === wanted : one.snapshotId === id));
  if (found !== undefined) return found;
  const names = [...new Set(reports.map((one) => one.name))];
  const quoted = names.map((name) => `"${name}"`);
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `connection ${connection.number} has no snapshot ${typeof wanted === 'string' ? `"${wanted}"` : 'of this variable'}`,
    namesHint(typeof wanted === 'string' ? wanted : '', names, quoted, 'it has none'),
  );
}
