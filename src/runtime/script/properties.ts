// The live properties of handles: `$con.mirror.percent` asks the server when it is read. The properties are a tree; a
// path that is not in the tree fails with a list of the names that are.
import { asFailure, Failure } from '../../base/failure.ts';
import type { handleProperties, PropertiesOf } from '../../language/catalogue/definition/handle-properties.ts';
import { valueOfJson } from '../../language/values/json-values.ts';
import { datetime, type HandleValue, list, none, type Value, withArticle } from '../../language/values/value.ts';
import { snapshotTypeWords } from '../../model/stream/marker.ts';
import type { Server } from '../contract/server.ts';
import { connectionProperties, isTree, type PropertyTree, treeValue } from '../session/connection-properties.ts';
import { reportOf } from '../session/connection-report.ts';
import { namedThing } from '../session/named-handle.ts';
import type { Session } from '../session/session.ts';

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
  const { server, name } = namedThing(handle);
  const report = (await (await session.server(server)).monitors.list()).find((one) => one.specification.name === name);
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
  const { server, name } = namedThing(handle);
  const report = (await (await session.server(server)).schedules.list()).find((one) => one.specification.name === name);
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
