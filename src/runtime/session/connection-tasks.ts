// The stream tasks of a connection, put together from the reports of its two servers.
import { runPoints, type TaskReport } from '../../model/stream/task.ts';
import type { KnownConnection, NamedServers } from './known-connection.ts';

/** Each server reports the points that it runs. Rejects when one does not answer and the other reports no tasks. */
export async function connectionTasks(
  connection: KnownConnection,
  servers: NamedServers,
): Promise<readonly TaskReport[]> {
  const names = [...new Set([connection.source, connection.target])];
  const answers = await Promise.allSettled(
    names.map(async (name) => (await servers.server(name)).tasks.list(connection.jobId)),
  );
  const reports = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const refusal = answers.find((answer) => answer.status === 'rejected');
  if (refusal !== undefined && reports.length === 0) throw refusal.reason;
  // Task ids sort by time. When both servers report a point, the report that is further on counts.
  const byPoint = new Map<string, TaskReport>();
  for (const one of reports) {
    const key = `${one.taskId} ${runPoints.indexOf(one.point)}`;
    if (byPoint.get(key)?.state === undefined || one.state !== 'queued') byPoint.set(key, one);
  }
  return [...byPoint].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, report]) => report);
}
