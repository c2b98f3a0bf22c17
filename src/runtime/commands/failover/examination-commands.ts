// VALIDATE and EXPLAIN FAILOVER: what the two servers of a connection report, in one list. Only FIX changes anything.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { displayPath } from '../../../base/raw-path.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { list, record } from '../../../language/values/value.ts';
import { isSameOptions, type JobOptions } from '../../../model/options/job-edit.ts';
import type { JobReport, LivePathReport, MonitorReport } from '../../../model/report.ts';
import { compressionText, limitText } from '../../../model/transmission.ts';
import { movedOnText, wayBackText } from '../../../model/way-back.ts';
import { sourceShapeRefusal, targetShapeRefusal } from '../../jobs/admission/shapes.ts';
import type { KnownConnection } from '../../session/known-connection.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';

/** What the source, the target and its monitors report of a connection; a failure when a server did not answer. */
interface Facts {
  readonly source: JobReport | Failure;
  readonly target: JobReport | Failure;
  readonly monitors: readonly MonitorReport[];
  /** The live paths of the target that this job has taken over. */
  readonly live: readonly LivePathReport[];
  /** Why the other jobs of the two servers do not allow this one. */
  readonly shapes: readonly Failure[];
}

/** The words that the guide uses in its list (ch. 6, validation). */
type State = 'Success' | 'Warning' | 'Error';

interface Item {
  readonly item: string;
  readonly state: State;
  readonly text: string;
}

/** From so many seconds on, clocks count as wrong (guide, ch. 2: within a few minutes of each other). */
const clockWarningSeconds = 60;
const clockErrorSeconds = 300;

export const examinationHandlers: CommandHandlers = {
  validate: async (given, context) => {
    const { session, write } = context;
    const connection = await session.connection(given.value('connection'));
    const facts = await factsOf(connection, context);
    const items = [
      ...serverItems(connection, facts),
      ...dataItems(facts),
      ...optionItems(connection, facts),
      ...(await clockItems(connection, context)),
      ...liveItems(connection, facts),
      ...shapeItems(facts),
    ];
    const { source, target } = facts;
    const areOpen = [source, target].every((one) => !isReport(one) || one.notOpen === undefined);
    const needsMirror = isReport(source) && areOpen && mirrorItem(source).state !== 'Success';
    if (given.value('fix') !== undefined && needsMirror) {
      await (await session.server(connection.source)).mirrors.start(connection.jobId, 'data-delta');
      items.push({ item: 'fix', state: 'Success', text: 'a mirror has begun; WAIT FOR MIRROR, then VALIDATE again' });
    }
    for (const line of textTable(
      ['Item', 'State', ''],
      items.map(({ item, state, text }) => [item, state, text]),
    )) {
      write(line);
    }
    const valid = items.every(({ state }) => state !== 'Error');
    return record({ code: success, valid, items: list(items.map((one) => record({ ...one }))) });
  },

  'failover.explain': async (given, context) => {
    const connection = await context.session.connection(given.value('connection'));
    const facts = await factsOf(connection, context);
    const { target } = facts;
    const reason = obstacle(target);
    const waiting = isReport(target) ? target.replication.queuedOperations : 0;
    const paths = isReport(target) ? target.roots.map(({ replica }) => displayPath(replica)) : [];
    const watching = watchers(facts).map(({ specification }) => specification.name);
    const loss = lossText(connection, facts);
    const { write } = context;
    write(
      `A failover of connection ${connection.number} to ${connection.target} is ${reason === '' ? 'possible' : `not possible: ${reason}`}`,
    );
    write(
      `Waiting in the queue of the target: ${waiting} operations, which QUEUE APPLY applies and QUEUE DISCARD drops`,
    );
    write(`Loss: ${loss}`);
    for (const path of paths) write(`Becomes the live copy: ${path}`);
    const witnessed = isReport(target) && target.witnessed === true;
    write(
      witnessed
        ? 'A witness says who may be written to: without its word a monitor does not fail over, and FAILOVER needs FORCE'
        : `No witness: when ${connection.source} is cut off and not gone, both sides may be written to after it`,
    );
    write(watching.length === 0 ? 'No monitor fails over by itself' : `Monitors: ${watching.join(', ')}`);
    return record({
      code: success,
      possible: reason === '',
      reason,
      waiting,
      loss,
      paths: list(paths),
      monitors: list(watching),
      witness: witnessed,
    });
  },
};

async function factsOf(connection: KnownConnection, { session }: CommandContext): Promise<Facts> {
  const ask = async (name: string): Promise<JobReport | Failure> => {
    try {
      return await (await session.server(name)).jobs.report(connection.jobId);
    } catch (error) {
      return asFailure(error, 'ask for the report of', `connection ${connection.number}`);
    }
  };
  const [source, target] = [await ask(connection.source), await ask(connection.target)];
  const report = isReport(target) ? target : source;
  const sourceJobs = isReport(source) ? await (await session.server(connection.source)).jobs.list() : [];
  const answers = isReport(target) || target.code === 'JOB-UNKNOWN';
  const server = answers ? await session.server(connection.target) : undefined;
  const targetJobs = (await server?.jobs.list()) ?? [];
  const live = ((await server?.live.list()) ?? []).filter(
    ({ path }) => isReport(report) && report.roots.some(({ replica }) => replica === path),
  );
  const shapes = isReport(report) ? shapesOf(report, sourceJobs, targetJobs) : [];
  const monitors = isReport(target) ? ((await server?.monitors.list()) ?? []) : [];
  const own = monitors.filter(({ specification }) => specification.jobId === connection.jobId);
  return { source, target, monitors: own, live, shapes };
}

/** A job may have been made before its shape was refused, or beside a job that another version has made. */
function shapesOf(report: JobReport, sourceJobs: readonly JobReport[], targetJobs: readonly JobReport[]): Failure[] {
  const { jobId, name, source: sourceServer, target: targetServer, roots, failedOver } = report;
  if (failedOver) return [];
  const job = { jobId, name, sourceServer, targetServer, roots, rules: [] };
  return [sourceShapeRefusal(job, sourceJobs), targetShapeRefusal(job, targetJobs)].filter((one) => one !== undefined);
}

function liveItems({ source, target }: KnownConnection, { live }: Facts): Item[] {
  return live.map(({ path, epoch, released, movedTo }) => {
    if (movedTo !== undefined) {
      const until = `${displayPath(path)} on ${target} was live from epoch ${epoch} on`;
      return { item: 'live copy', state: 'Warning', text: `${until}: ${movedOnText(target, movedTo)}` };
    }
    const since = `${displayPath(path)} on ${target} is live since epoch ${epoch}`;
    if (released) {
      return {
        item: 'live copy',
        state: 'Warning',
        text: `${since} and released: the next mirror goes over it, behind a snapshot`,
      };
    }
    return {
      item: 'live copy',
      state: 'Error',
      text: `${since}: no mirror may go over it. ${wayBackText(source, target)}`,
    };
  });
}

/** Servers whose clocks differ date events, snapshots and schedules in different ways (guide, ch. 2, Requirements). */
async function clockItems({ source, target }: KnownConnection, { session, clock }: CommandContext): Promise<Item[]> {
  const aheadMs = async (name: string): Promise<number | undefined> => {
    try {
      const { information } = await session.server(name);
      const beginMs = clock.monotonicMs();
      const { timeMs } = await information.report();
      // The answer was made somewhere between the question and now.
      return timeMs - (clock.wallMs() - (clock.monotonicMs() - beginMs) / 2);
    } catch {
      // That it does not answer is said of the server.
      return undefined;
    }
  };
  const [one, other] = [await aheadMs(source), await aheadMs(target)];
  if (one === undefined || other === undefined) return [];
  const apart = Math.round(Math.abs(one - other) / 1000);
  const text = `the clocks of ${source} and ${target} are ${apart} s apart`;
  if (apart < clockWarningSeconds) return [{ item: 'clocks', state: 'Success', text }];
  const state = apart < clockErrorSeconds ? 'Warning' : 'Error';
  return [{ item: 'clocks', state, text: `${text}: let both follow a time service` }];
}

/** What the connection was made with, or edited to, and whether both servers know the same. */
function optionItems({ target: targetName }: KnownConnection, { source, target }: Facts): Item[] {
  const known = [source, target].filter(isReport).flatMap(({ options }) => options ?? []);
  const [own] = known;
  if (own === undefined) return [];
  const text = optionsText(own, isReport(source) ? source : undefined);
  const behind = known.find((one) => !isSameOptions(one, own));
  if (behind === undefined) return [{ item: 'options', state: 'Success', text }];
  const late = `${targetName} still has revision ${behind.revision}, and is told when it is connected`;
  return [{ item: 'options', state: 'Warning', text: `${text}; ${late}` }];
}

function optionsText({ revision, mirrorMethod, orphans, capture }: JobOptions, source: JobReport | undefined): string {
  const line = source?.line;
  return [
    `revision ${revision}`,
    `mirror ${mirrorMethod}`,
    `orphans ${orphans}`,
    `capture ${capture ?? 'as the source is configured'}`,
    ...(line === undefined
      ? []
      : [
          `compression ${compressionText(line.compression)}`,
          `bandwidth ${limitText(line.bytesPerSecond)}`,
          ...(line.route === '' ? [] : [`route ${line.route}`]),
        ]),
  ].join(', ');
}

function shapeItems({ shapes }: Facts): Item[] {
  return shapes.map(({ code, subject, reason, hint }) => ({
    item: 'shape',
    state: 'Error',
    text: `${code}: ${subject}: ${reason}. ${hint ?? ''}`.trim(),
  }));
}

function isReport(one: JobReport | Failure): one is JobReport {
  return 'jobId' in one;
}

function serverItems({ source, target }: KnownConnection, facts: Facts): Item[] {
  const answer = (item: string, name: string, found: JobReport | Failure): Item => {
    if (!isReport(found)) return { item, state: 'Error', text: `${name}: ${found.reason}` };
    if (found.notOpen === undefined)
      return { item, state: 'Success', text: `${name} answers and knows the connection` };
    const reason = `${notOpenText(found.notOpen)}. Mend that, or DISCONNECT it`;
    return { item, state: 'Error', text: `${name} knows the connection, but ${reason}` };
  };
  return [answer('source', source, facts.source), answer('target', target, facts.target)];
}

function notOpenText(reason: string): string {
  return `it is not open: ${reason}`;
}

function dataItems({ source, target, monitors }: Facts): Item[] {
  if (!isReport(source) || !isReport(target)) return [];
  const linked = source.connectedSinceMs !== null;
  const link: Item = linked
    ? { item: 'link', state: 'Success', text: `transmit mode ${source.transmit.mode}` }
    : { item: 'link', state: 'Error', text: 'the source is not connected to the target' };
  const replication = source.replication.status;
  const replicates = replication === 'Ready' || replication === 'Replicating';
  const live = monitors.filter(({ state }) => state !== 'Stopped').map(({ specification }) => specification.name);
  return [
    link,
    mirrorItem(source),
    { item: 'replication', state: replicates ? 'Success' : 'Warning', text: replication },
    target.failedOver
      ? { item: 'failover', state: 'Error', text: `the target has taken over with epoch ${target.epoch}` }
      : { item: 'failover', state: 'Success', text: 'the target has not taken over' },
    live.length === 0
      ? {
          item: 'monitor',
          state: 'Warning',
          text: 'no running monitor watches the source: MONITOR CREATE, MONITOR START',
        }
      : { item: 'monitor', state: 'Success', text: live.join(', ') },
  ];
}

function mirrorItem({ mirror, targetState }: JobReport): Item {
  const text = `target data state ${targetState}, ${mirror.completed} mirrors completed`;
  if (targetState === 'OK' && mirror.completed > 0) return { item: 'mirror', state: 'Success', text };
  const underWay = targetState === 'Mirroring' || mirror.status === 'In Progress';
  return { item: 'mirror', state: underWay ? 'Warning' : 'Error', text };
}

/** Why the target cannot take over; empty when it can. */
function obstacle(target: JobReport | Failure): string {
  if (!isReport(target)) return target.reason;
  if (target.failedOver) return 'it has taken over already';
  if (target.notOpen !== undefined) return notOpenText(target.notOpen);
  return target.mirror.completed === 0 ? 'no mirror has completed, so the replica is not whole' : '';
}

function lossText(connection: KnownConnection, facts: Facts): string {
  const { target } = facts;
  const known = unsentText(connection, facts);
  if (!isReport(target) || target.targetState === 'OK') return known;
  return `the replica is not whole: its state is '${target.targetState}'; ${known}`;
}

function unsentText({ source }: KnownConnection, facts: Facts): string {
  if (!isReport(facts.source)) {
    return `${source} does not answer: what it changed since its last contact with the target would be lost`;
  }
  if (facts.source.connectedSinceMs === null) {
    const { head, durable } = facts.source.sequence;
    return `the source is not connected: ${head - durable} operations that did not reach the target would be lost`;
  }
  return 'nothing that is only on the source with FAILOVER LIVE: it answers, and hands over what it has before it stops';
}

function watchers({ monitors }: Facts): readonly MonitorReport[] {
  return monitors.filter(({ state, specification }) => state !== 'Stopped' && !specification.waitForUser);
}
