// STATUS, STATUS CON, STATUS JOB, STATISTICS, EVENTS, LOG.

import { textTable } from '../../../base/text/text-table.ts';
import { datetime, handle, list, record, size } from '../../../language/values/value.ts';
import type { ServerEvent } from '../../../model/event.ts';
import { connectionProperties, treeValue } from '../../session/connection-properties.ts';
import { reportOf } from '../../session/connection-report.ts';
import { connectionScripts } from '../../session/connection-scripts.ts';
import { instantText } from '../../text/instant-text.ts';
import { serverLines } from '../../text/server-text.ts';
import { jobLines, statusLines } from '../../text/status-text.ts';
import { serverOrOwn, sourceAndTarget } from '../chosen-server.ts';
import type { CommandHandlers } from '../command-context.ts';

export const informationHandlers: CommandHandlers = {
  status: async (given, context) => {
    const { session, write } = context;
    const asked = given.value('connection');
    if (asked === undefined) {
      const server = await serverOrOwn(given.optionalText('server'), context);
      const told = await server.information.report();
      for (const line of serverLines(told)) write(line);
      return list(told.jobs.map((report) => treeValue(connectionProperties(report))));
    }
    const connection = await session.connection(asked);
    const report = await reportOf(session, connection);
    for (const line of statusLines(report, connection.number)) write(line);
    return treeValue(connectionProperties(report));
  },

  'status.con': async (given, { session, write }) => {
    const connection = await session.connection(given.value('connection'));
    const report = await reportOf(session, connection);
    for (const line of statusLines(report, connection.number)) write(line);
    return treeValue(connectionProperties(report));
  },

  'status.job': async (given, { session, write }) => {
    const connection = await session.connection(given.value('connection'));
    const { scripts } = await connectionScripts(connection, session);
    const report = await reportOf(session, connection);
    for (const line of jobLines(report, scripts)) write(line);
    return treeValue(connectionProperties(report));
  },

  statistics: async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const reports = await server.jobs.list();
    const rows = reports.map(({ number, name, target, mirror, replication, memoryQueueBytes, diskQueueBytes }) => {
      const sent = [mirror.sentBytes, mirror.queuedBytes, replication.sentBytes, replication.queuedBytes];
      return [String(number), name, target, ...[...sent, memoryQueueBytes, diskQueueBytes].map(String)];
    });
    const figures = ['Mirror bytes', 'Queued', 'Replication bytes', 'Queued', 'Memory queue', 'Disk queue'];
    const heading = ['Con', 'Name', 'Target', ...figures];
    for (const line of textTable(heading, rows)) context.write(line);
    return list(
      reports.map(({ jobId, number, name, target, mirror, replication, memoryQueueBytes, diskQueueBytes }) =>
        record({
          connection: handle('connection', jobId, number),
          name,
          target,
          mirrored: size(mirror.sentBytes),
          mirrorqueue: size(mirror.queuedBytes),
          replicated: size(replication.sentBytes),
          replicationqueue: size(replication.queuedBytes),
          memoryqueue: size(memoryQueueBytes),
          diskqueue: size(diskQueueBytes),
          operations: replication.queuedOperations,
        }),
      ),
    );
  },

  events: async (given, context) => {
    const { clock, session, write } = context;
    const sinceMs = given.optionalDurationMs('since');
    const afterMs = sinceMs === undefined ? 0 : clock.wallMs() - sinceMs;
    const name = given.optionalText('server');
    const servers =
      name === undefined
        ? await sourceAndTarget(context, 'say which: EVENTS FROM server')
        : [await session.server(name)];
    const found: { readonly server: string; readonly event: ServerEvent }[] = [];
    for (const server of servers) {
      for (const event of await server.events.since(afterMs)) found.push({ server: server.name, event });
    }
    found.sort((one, other) => one.event.timeMs - other.event.timeMs);
    const last = given.optionalInteger('last');
    const shown = last === undefined ? found : found.slice(Math.max(0, found.length - last));
    for (const { server, event } of shown) {
      write(`${instantText(event.timeMs)}  ${server}  ${event.severity}  ${event.id}  ${event.message}`);
    }
    return list(
      shown.map(({ server, event: { id, severity, timeMs, message } }) =>
        record({ id, severity, time: datetime(timeMs), server, message }),
      ),
    );
  },

  log: async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const lines = await server.information.log(Math.max(1, given.optionalInteger('last') ?? 1));
    for (const line of lines) context.write(line);
    return list(lines);
  },
};
