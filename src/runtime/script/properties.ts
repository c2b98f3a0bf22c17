// The live properties of handles: `$con.mirror.percent` asks the server when it is read. The properties are the tree
// that is built here; a path that is not in the tree fails with a list of the names that are.
import { asFailure, Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import type { handleProperties, PropertiesOf } from '../../language/catalogue/definition/handle-properties.ts';
import { valueOfJson } from '../../language/values/json-values.ts';
import {
  datetime,
  type HandleValue,
  list,
  none,
  percent,
  record,
  size,
  type Value,
  withArticle,
} from '../../language/values/value.ts';
import type { JobReport } from '../../model/report.ts';
import { snapshotTypeWords } from '../../model/stream/marker.ts';
import type { Server } from '../contract/server.ts';
import { reportOf } from '../session/connection-report.ts';
import type { Session } from '../session/session.ts';

interface PropertyTree {
  readonly [name: string]: Value | PropertyTree;
}

/** A value of the language has a `kind` or is no object; everything else is a tree. */
function isTree(one: Value | PropertyTree): one is PropertyTree {
  return typeof one === 'object' && !('kind' in one);
}

/** A record, such as the result of a script, has its fields as properties. */
function insideOf(one: Value | PropertyTree): PropertyTree | undefined {
  if (isTree(one)) return one;
  return typeof one === 'object' && one.kind === 'record' ? Object.fromEntries(one.fields) : undefined;
}

export async function readProperty(session: Session, handle: HandleValue, path: readonly string[]): Promise<Value> {
  const tree = await propertiesOf(session, handle);
  let found: Value | PropertyTree = tree;
  for (const [depth, name] of path.entries()) {
    const inside: PropertyTree | undefined = insideOf(found);
    const key: string | undefined = Object.keys(inside ?? {}).find((one) => one.toLowerCase() === name.toLowerCase());
    const next: Value | PropertyTree | undefined = key === undefined ? undefined : inside?.[key];
    if (next === undefined) throw unknownProperty(handle, path, depth, inside);
    found = next;
  }
  return isTree(found) ? treeValue(found) : found;
}

async function propertiesOf(session: Session, handle: HandleValue): Promise<PropertyTree> {
  switch (handle.type) {
    case 'connection':
      return connectionProperties(await reportOf(session, await session.connection(handle)));
    case 'snapshot':
      return snapshotProperties(session, handle);
    case 'task':
      return taskProperties(session, handle);
    case 'monitor':
      return monitorProperties(session, handle);
    case 'schedule':
      return scheduleProperties(session, handle);
    case 'server':
      return { name: handle.id };
  }
}

function connectionProperties(report: JobReport): PropertiesOf<typeof handleProperties.connection> {
  const { mirror, replication, sequence } = report;
  return {
    id: report.number,
    name: report.name,
    repset: report.replicationSet,
    health: report.health,
    source: { name: report.source },
    target: { name: report.target, state: report.targetState },
    mirror: {
      status: mirror.status,
      method: mirror.method,
      percent: mirror.percent === null ? none : percent(mirror.percent),
      remaining: mirror.remainingBytes === null ? none : size(mirror.remainingBytes),
      skipped: size(mirror.skippedBytes),
      sent: size(mirror.sentBytes),
      transmitted: size(mirror.transmittedBytes),
      queued: size(mirror.queuedBytes),
      completed: mirror.completed,
    },
    replication: {
      status: replication.status,
      sent: size(replication.sentBytes),
      transmitted: size(replication.transmittedBytes),
      queued: size(replication.queuedBytes),
    },
    queue: {
      bytes: size(mirror.queuedBytes + replication.queuedBytes),
      operations: replication.queuedOperations,
      disk: size(report.diskQueueBytes),
    },
    transmit: report.transmit,
    sequence: { ...sequence },
    epoch: report.epoch,
    failedover: report.failedOver,
    established: datetime(report.establishedMs),
    connected: report.connectedSinceMs === null ? none : datetime(report.connectedSinceMs),
    paths: list(
      report.roots.map(({ source, replica }) => record({ source: displayPath(source), replica: displayPath(replica) })),
    ),
    surplus: report.surplus,
    additional: report.additional,
  };
}

async function snapshotProperties(
  session: Session,
  handle: HandleValue,
): Promise<PropertiesOf<typeof handleProperties.snapshot>> {
  const connection = (await session.connectionOfHandle(handle)) ?? (await session.connection(undefined));
  const reports = await (await session.server(connection.target)).snapshots.list(connection.jobId);
  const report = reports.find((one) => one.snapshotId === handle.id);
  if (report === undefined) throw gone(handle);
  return {
    name: report.name,
    type: snapshotTypeWords[report.type],
    state: report.state,
    taken: datetime(report.takenMs),
  };
}

async function taskProperties(
  session: Session,
  handle: HandleValue,
): Promise<Partial<PropertiesOf<typeof handleProperties.task>>> {
  const connection = (await session.connectionOfHandle(handle)) ?? (await session.connection(undefined));
  const servers = await Promise.all([session.server(connection.source), session.server(connection.target)]);
  const reports = (await Promise.all(servers.map((server) => tasksOrNone(server, connection.jobId)))).flat();
  const own = reports.filter((one) => one.taskId === handle.id);
  const first = own[0];
  if (first === undefined) throw gone(handle);
  const points = own.map((one): [string, PropertyTree] => [
    one.point,
    {
      state: one.state,
      reason: one.reason,
      exitcode: one.exitCode ?? none,
      output: one.output ?? '',
      result: one.result === undefined ? none : valueOfJson(one.result),
    },
  ]);
  return { name: first.name, ...Object.fromEntries(points) };
}

async function tasksOrNone(server: Server, jobId: string): ReturnType<Server['tasks']['list']> {
  try {
    return await server.tasks.list(jobId);
  } catch (error) {
    // One of the two servers may be gone; the other one still knows its own points.
    if (asFailure(error, 'list tasks', server.name).code === 'ACCESS-DENIED') throw error;
    return [];
  }
}

async function monitorProperties(
  session: Session,
  handle: HandleValue,
): Promise<PropertiesOf<typeof handleProperties.monitor>> {
  const connection = await session.connectionOfHandle(handle);
  const server = connection === undefined ? await session.target() : await session.server(connection.target);
  const report = (await server.monitors.list()).find((one) => one.specification.name === handle.id);
  if (report === undefined) throw gone(handle);
  return {
    name: report.specification.name,
    state: report.state,
    failures: report.consecutiveFailures,
    last: report.lastSuccessMs === null ? none : datetime(report.lastSuccessMs),
    evidence: list(report.evidence),
  };
}

async function scheduleProperties(
  session: Session,
  handle: HandleValue,
): Promise<PropertiesOf<typeof handleProperties.schedule>> {
  const report = (await (await session.source()).schedules.list()).find((one) => one.specification.name === handle.id);
  if (report === undefined) throw gone(handle);
  return {
    name: report.specification.name,
    cron: report.specification.cron,
    next: report.nextMs === null ? none : datetime(report.nextMs),
    last: report.lastMs === null ? none : datetime(report.lastMs),
    outcome: report.lastOutcome,
    missed: report.missedRuns,
    running: report.running,
  };
}

function treeValue(tree: PropertyTree): Value {
  return record(
    Object.fromEntries(Object.entries(tree).map(([name, one]) => [name, isTree(one) ? treeValue(one) : one])),
  );
}

function unknownProperty(
  handle: HandleValue,
  path: readonly string[],
  depth: number,
  inside: PropertyTree | undefined,
): Failure {
  const owner = [withArticle(handle.type), ...path.slice(0, depth)].join('.');
  return new Failure({
    code: 'PROPERTY-UNKNOWN',
    operation: 'read the property',
    subject: path.join('.'),
    reason: `${owner} has no ${path[depth]}`,
    hint: inside === undefined ? `${owner} is a plain value` : `there are: ${Object.keys(inside).join(', ')}`,
  });
}

function gone(handle: HandleValue): Failure {
  return new Failure({
    code: 'HANDLE-GONE',
    operation: `look at the ${handle.type}`,
    subject: `${handle.type} ${handle.number}`,
    reason: 'the server has none such any more',
  });
}
