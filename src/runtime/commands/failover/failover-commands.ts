// MONITOR CREATE, START, STOP, IMPLEMENT, DISMISS, DELETE, LIST, DISPLAY and FAILOVER, monitor() and monitors(): on the target,
// because the source may be gone.

import { textTable } from '../../../base/text/text-table.ts';
import { invalidParameter } from '../../../language/values/host.ts';
import { datetime, duration, list, none, record } from '../../../language/values/value.ts';
import { type FailoverOptions, type MonitorReport, nothingLost } from '../../../model/report.ts';
import type { Server } from '../../contract/server.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import { namedThing } from '../../session/named-handle.ts';
import { namesHint } from '../../session/names-hint.ts';
import { instantText } from '../../text/instant-text.ts';
import { namedOrTarget } from '../chosen-server.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { conditionText, monitorSpecification, ownFailoverText, probesText } from './monitor-specification.ts';
import { snapshotOfTime } from './point-in-time.ts';
import { findSnapshot } from './snapshot-commands.ts';

export const failoverHandlers: CommandHandlers = {
  'monitor.create': async (given, { session }) => {
    const connection = await session.connection(given.value('connection'));
    const specification = monitorSpecification(given, connection);
    const server = await session.server(connection.target);
    await server.monitors.create(specification);
    if (given.choice('begin') === 'started') await server.monitors.start(specification.name);
    return session.makeNamedHandle('monitor', { server: server.name, name: specification.name });
  },

  'monitor.start': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    await server.monitors.start(name);
    return success;
  },

  'monitor.stop': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    await server.monitors.stop(name);
    return success;
  },

  'monitor.implement': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    await server.monitors.implement(name);
    context.write(`${server.name} has taken over, as monitor ${name} was made to do`);
    return success;
  },

  'monitor.dismiss': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    await server.monitors.dismiss(name);
    context.write(`Monitor ${name} watches on; nothing was taken over`);
    return success;
  },

  'monitor.delete': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    await server.monitors.delete(name);
    return success;
  },

  'monitor.list': async (_given, { session, write }) => {
    const reports = await (await session.target()).monitors.list();
    const rows = reports.map(({ specification, state, lastSuccessMs, consecutiveFailures }) => [
      specification.name,
      [specification.probe, ...(specification.moreProbes ?? [])].map(({ type }) => type).join(', '),
      state,
      lastSuccessMs === null ? '' : instantText(lastSuccessMs),
      String(consecutiveFailures),
    ]);
    for (const line of textTable(['Monitor', 'Probe', 'State', 'Last success', 'Failures'], rows)) write(line);
    return list(
      reports.map(({ specification, state, consecutiveFailures, evidence }) =>
        record({ name: specification.name, state, failures: consecutiveFailures, evidence: list(evidence) }),
      ),
    );
  },

  'monitor.display': async (given, context) => {
    const { name, server } = await monitorOf(given, context);
    const { specification, state, lastSuccessMs, consecutiveFailures, evidence } = await findMonitor(server, name);
    const shown = {
      name,
      state,
      probe: probesText(specification),
      interval: duration(specification.intervalMs),
      condition: conditionText(specification.condition),
      start: specification.waitForUser ? 'waits for a person' : 'by itself',
      failover: ownFailoverText(specification.failover),
      failures: consecutiveFailures,
      last: lastSuccessMs === null ? 'never' : instantText(lastSuccessMs),
    };
    for (const [label, value] of Object.entries(shown)) {
      context.write(`${`${label}:`.padEnd(10)} ${typeof value === 'object' ? `${value.ms / 1000} s` : value}`);
    }
    if (state === 'Failover Condition Met') context.write('MONITOR IMPLEMENT takes over, MONITOR DISMISS does not.');
    for (const line of evidence) context.write(`  ${line}`);
    const last = lastSuccessMs === null ? none : datetime(lastSuccessMs);
    return record({ code: success, ...shown, last, evidence: list(evidence) });
  },

  'lookup.monitor': async (given, context) => {
    const server = await namedOrTarget(given.optionalText('server'), context);
    const { specification } = await findMonitor(server, given.text('monitor'));
    return context.session.makeNamedHandle('monitor', { server: server.name, name: specification.name });
  },

  'lookup.monitors': async (given, context) => {
    const server = await namedOrTarget(given.optionalText('server'), context);
    const names = (await server.monitors.list()).map(({ specification }) => specification.name);
    return list(names.map((name) => context.session.makeNamedHandle('monitor', { server: server.name, name })));
  },

  failover: async (given, context) => {
    const { session, write } = context;
    const connection = await session.connection(given.value('connection'));
    const options = await failoverOptions(given, connection, context);
    const report = await (await session.server(connection.target)).jobs.failover(connection.jobId, options);
    const seconds = ((report.finishedMs - report.startedMs) / 1000).toFixed(1);
    write(
      `Connection ${connection.number} failed over to ${connection.target} in ${seconds} s: ` +
        `${report.appliedOperations} operations applied, ${report.discardedOperations} discarded`,
    );
    if (report.complete) write('The source handed over everything it had.');
    if (report.lossText !== nothingLost) write(`Loss: ${report.lossText}`);
    for (const line of report.evidence) write(`  ${line}`);
    return record({
      code: 1,
      epoch: report.epoch,
      complete: report.complete,
      loss: report.lossText,
      applied: report.appliedOperations,
      discarded: report.discardedOperations,
      duration: duration(report.finishedMs - report.startedMs),
    });
  },
};

async function failoverOptions(
  given: CommandArguments,
  connection: KnownConnection,
  context: CommandContext,
): Promise<FailoverOptions> {
  const { session } = context;
  const type = given.choice<'live' | 'test'>('mode');
  const queue = given.choice<FailoverOptions['queue']>('queue');
  const force = given.value('force') === undefined ? {} : { force: true as const };
  const wanted = given.value('snapshot');
  const time = given.optionalMoment('time');
  const isLatest = given.value('latest') !== undefined;
  if ([wanted !== undefined, time !== undefined, isLatest].filter(Boolean).length > 1)
    throw invalidParameter('TO SNAPSHOT, TO LATEST SNAPSHOT and TO TIME exclude each other', 'say one of them');
  if (isLatest) return { type: 'snapshot', latestGood: true, queue, ...force };
  if (time !== undefined)
    return { type: 'snapshot', snapshotId: await snapshotOfTime(time, connection, context), queue, ...force };
  if (wanted === undefined) return { type, queue, ...force };
  const { snapshotId } = await findSnapshot(session, connection, wanted);
  return { type: 'snapshot', snapshotId, queue, ...force };
}

/** A handle knows the server of its monitor; one that is only named is on the current target. */
async function monitorOf(
  given: CommandArguments,
  { session }: CommandContext,
): Promise<{ readonly name: string; readonly server: Server }> {
  const named = given.handleOrName('monitor', 'monitor');
  if (typeof named === 'string') return { name: named, server: await session.target() };
  const { server, name } = namedThing(named);
  return { name, server: await session.server(server) };
}

/** Throws -101 when the server has no monitor of this name. */
async function findMonitor(server: Server, name: string): Promise<MonitorReport> {
  const reports = await server.monitors.list();
  const found = reports.find(({ specification }) => specification.name === name);
  if (found !== undefined) return found;
  const names = reports.map(({ specification }) => specification.name);
  throw invalidParameter(
    `${server.name} has no monitor ${name}`,
    namesHint(name, names, names, 'make one: MONITOR CREATE'),
  );
}
