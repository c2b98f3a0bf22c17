// CONNECT, DISCONNECT, MIRROR START, STOP, PAUSE and RESUME, REPLICATION START and STOP, WAIT FOR MIRROR; connection() and connections().
import { displayPath } from '../../../base/raw-path.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { handle, list, type Value } from '../../../language/values/value.ts';
import type { JobSpecification, OrphanChoice } from '../../../model/job.ts';
import type { CaptureWish } from '../../../model/promise.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { Service } from '../../contract/server.ts';
import { taskWaitMs } from '../../session/queued-tasks.ts';
import { serverAs } from '../chosen-server.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { endConnection } from './ending.ts';
import { lineWishes } from './transmission-commands.ts';
import { waitForMirror } from './wait-for-mirror.ts';
import { type PathMapping, plainPath, workloadOf } from './workload.ts';

export const connectionHandlers: CommandHandlers = {
  connect: async (given, context) => {
    const { session, write } = context;
    const source = await session.source();
    const diagnosis = given.optionalText('tdu');
    const target = diagnosis === undefined ? await serverAs('target', given.text('target'), session) : { name: 'TDU' };
    const set = await savedSet(given.text('repset'), context);
    const isUnmapped = diagnosis !== undefined && given.list('map').length === 0;
    const { roots, rules } = workloadOf(set, isUnmapped ? 'exact' : mappingsOf(given));
    const line = lineWishes(given);
    const report = await source.jobs.connect({
      name: given.optionalNewName('name') ?? set.name,
      replicationSet: set.name,
      sourceServer: source.name,
      targetServer: target.name,
      roots,
      rules,
      mirrorMethod: given.choice<MirrorMethod>('mirror'),
      orphans: given.choice<OrphanChoice>('orphans'),
      ...captureOf(given),
      ...(diagnosis === undefined ? {} : { diagnosis }),
      ...(line === undefined ? {} : { line }),
    });
    const { jobId, number } = session.keepConnection(report);
    write(`Connection ${number}: ${set.name} from ${source.name} to ${target.name}`);
    for (const path of report.leftOut ?? []) {
      write(`warning: ${displayPath(path)} is not protected: a server of the same machine writes there`);
    }
    for (const remark of report.remarks ?? []) write(`note: ${remark}`);
    if (report.diagnosis !== undefined) write(`Nothing is sent; a line a minute goes to ${report.diagnosis.file}`);
    return handle('connection', jobId, number);
  },

  disconnect: async (given, context) => {
    const { session, write, clock, signal } = context;
    const connection = await session.connection(given.value('connection'));
    await session.queuedTasks.settleBeforeEnd(connection, session, { clock, signal, say: write, waitMs: taskWaitMs });
    const lines = await endConnection(connection, context);
    session.forgetConnection(connection.jobId);
    for (const line of lines) write(line);
    return success;
  },

  'lookup.connection': async (given, { session }) => {
    const { jobId, number } = await session.connection(given.value('connection'));
    return handle('connection', jobId, number);
  },

  'lookup.connections': async (given, { session }) => {
    const connections = await session.connections(given.optionalText('server'));
    return list(connections.map(({ jobId, number }) => handle('connection', jobId, number)));
  },

  'mirror.start': async (given, { session }) => {
    const { source, jobId } = await session.connection(given.value('connection'));
    await (await session.server(source)).mirrors.start(jobId, given.choice<MirrorMethod>('comparison'));
    return success;
  },

  'mirror.stop': (given, context) => control(given, context, (mirrors, jobId) => mirrors.stop(jobId)),
  'mirror.pause': (given, context) => control(given, context, (mirrors, jobId) => mirrors.pause(jobId)),
  'mirror.resume': (given, context) => control(given, context, (mirrors, jobId) => mirrors.resume(jobId)),
  'replication.stop': (given, context) => control(given, context, (mirrors, jobId) => mirrors.stopReplication(jobId)),
  'replication.start': (given, context) => control(given, context, (mirrors, jobId) => mirrors.startReplication(jobId)),

  'wait.mirror': async (given, { session, clock, signal }) => {
    const connection = await session.connection(given.value('connection'));
    const source = await session.server(connection.source);
    await waitForMirror(source, connection, given.timeoutMs('timeout'), clock, signal);
    return success;
  },
};

/** Calls the source of the connection. */
async function control(
  given: CommandArguments,
  { session }: CommandContext,
  call: (mirrors: Service<'mirrors'>, jobId: string) => Promise<void>,
): Promise<typeof success> {
  const { source, jobId } = await session.connection(given.value('connection'));
  await call((await session.server(source)).mirrors, jobId);
  return success;
}

async function savedSet(name: string, { session, replicationSets }: CommandContext): ReturnType<typeof requireSet> {
  const draft = session.draft(name);
  if (draft !== undefined) {
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      `the replication set ${draft.name} has changes that are not saved`,
      `save it first: REPSET SAVE ${draft.name}`,
    );
  }
  return requireSet(name, replicationSets);
}

async function requireSet(name: string, replicationSets: CommandContext['replicationSets']) {
  const set = await replicationSets.find(name);
  if (set !== undefined) return set;
  const known = (await replicationSets.list()).map((one) => one.name).join(', ');
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `there is no replication set ${name}`,
    known === '' ? `make it: REPSET CREATE ${name}` : `there are: ${known}`,
  );
}

/** MAP EXACT among the mappings must be the only one. */
function mappingsOf(given: CommandArguments): 'exact' | PathMapping[] {
  const items = given.list('map');
  if (items.includes('exact')) {
    if (items.length === 1) return 'exact';
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      'MAP EXACT stands beside another MAP',
      'write MAP EXACT alone, or say for each path where it goes',
    );
  }
  return items.map(mapping);
}

function mapping(item: Value): PathMapping {
  const fields = typeof item === 'object' && item.kind === 'record' ? item.fields : undefined;
  const source = fields?.get('source');
  const target = fields?.get('target');
  if (typeof source !== 'string' || typeof target !== 'string') {
    throw new CommandError(commandErrorCodes.invalidParameter, 'MAP: two paths are expected, MAP "/a" TO "/b"');
  }
  return { source: plainPath(source), target: plainPath(target) };
}

function captureOf(given: CommandArguments): Pick<JobSpecification, 'capture'> {
  const wish = given.optionalText('capture');
  return wish === undefined ? {} : { capture: wish as CaptureWish };
}
