// Judges at the end of a rehearsal whether what the scenario expects is so. Each verdict says what was found, so that a person need
// not look for it.
import { Failure } from '../../base/failure.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { TaskReport } from '../../model/stream/task.ts';
import { differingPaths, linesOf } from '../invariants/fingerprint.ts';
import type { Cluster, ToldJob } from './cluster.ts';
import type { Comparison, Expectation } from './scenario.ts';

export interface Verdict {
  readonly held: boolean;
  /** What was found. */
  readonly why: string;
}

/** An event and the server that reported it. */
export interface ToldEvent {
  readonly server: string;
  readonly event: ServerEvent;
}

/** What was lost by a failover, told by the applications' own history. */
export interface MeasuredLoss {
  readonly target: string;
  readonly lossMs: number;
}

export interface Findings {
  readonly cluster: Cluster;
  readonly events: readonly ToldEvent[];
  readonly losses: readonly MeasuredLoss[];
  /** How the script ended; undefined when it still ran at the end of the rehearsal. */
  readonly exitCode: number | undefined;
}

const completed: EventId = 5072;
const differencesToldMax = 5;

const comparisons: Readonly<Record<Comparison, (one: number, other: number) => boolean>> = {
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '=': (one, other) => one === other,
};

export async function judge(expectation: Expectation, findings: Findings): Promise<Verdict> {
  switch (expectation.kind) {
    case 'failed over':
      return failedOver(findings, expectation.to);
    case 'not failed over': {
      const { held, why } = failedOver(findings, undefined);
      return { held: !held, why };
    }
    case 'dns':
      return pointsTo(findings, expectation.name, expectation.address);
    case 'loss':
      return lost(findings, expectation.comparison, expectation.lossMs);
    case 'equal':
      return equal(findings);
    case 'state':
      return inState(findings, expectation.state);
    case 'event':
    case 'no event':
      return reported(findings, expectation.id, expectation.server, expectation.kind === 'event');
    case 'task':
      return taskIn(findings, expectation.name, expectation.state);
    case 'exit':
      return exited(findings.exitCode, expectation.code);
  }
}

function failedOver({ events }: Findings, to: string | undefined): Verdict {
  const places = events.filter(({ event }) => event.id === completed).map(({ server }) => server);
  const held = places.some((server) => to === undefined || server === to);
  return { held, why: places.length === 0 ? 'nothing failed over' : `failed over to ${unique(places)}` };
}

function pointsTo({ cluster }: Findings, name: string, address: string): Verdict {
  const answers = cluster.world.names.addressesOf(name.replace(/\.$/, ''));
  const held = answers.length > 0 && answers.every((one) => one.length === 1 && one[0] === address);
  return { held, why: answers.length === 0 ? `nobody has set ${name}` : `it is ${unique(answers.flat())}` };
}

function lost({ losses }: Findings, comparison: Comparison, lossMs: number): Verdict {
  const [first] = losses;
  if (first === undefined) return { held: false, why: 'no application failed over, so no loss was measured' };
  const worstMs = Math.max(...losses.map((one) => one.lossMs));
  const why = `${worstMs / 1000} s of writes were lost`;
  return { held: comparisons[comparison](worstMs, lossMs), why: worstMs === 0 ? 'no write was lost' : why };
}

async function equal({ cluster }: Findings): Promise<Verdict> {
  const jobs = (await cluster.jobs()).filter(({ report }) => report.role === 'source' && !report.failedOver);
  if (jobs.length === 0) return { held: false, why: 'no connection replicates' };
  const differing = jobs.flatMap((job) => differences(cluster, job));
  const told = differing.slice(0, differencesToldMax).join(', ');
  const more = differing.length > differencesToldMax ? ` and ${differing.length - differencesToldMax} more` : '';
  return {
    held: differing.length === 0,
    why: differing.length === 0 ? 'every byte is there' : `${told}${more} differ`,
  };
}

/** Paths on the source. */
function differences(cluster: Cluster, { report }: ToldJob): readonly string[] {
  const source = cluster.machine(report.source).files.disk;
  const target = cluster.machine(report.target).files.disk;
  return report.roots.flatMap((root) => {
    try {
      const here = linesOf(source, source.resolve(root.source, false), 'all but folders');
      const there = linesOf(target, target.resolve(root.replica, false), 'all but folders');
      return differingPaths(here, there).map((path) => `${root.source}/${path}`);
    } catch (thrown) {
      if (thrown instanceof Failure) return [root.source];
      throw thrown;
    }
  });
}

async function inState({ cluster }: Findings, state: string): Promise<Verdict> {
  const told = (await cluster.jobs()).map(({ server, report }) => ({ server, states: statesOf(report) }));
  const held = told.some(({ states }) => states.some((one) => one.toLowerCase() === state.toLowerCase()));
  const all = told.map(({ server, states }) => `${server}: ${states.join(', ')}`).join('; ');
  return { held, why: all === '' ? 'there is no connection' : all };
}

/** All that STATUS CON says of how a connection is doing. */
function statesOf({ targetState, mirror, replication, transmit, failedOver: isOver }: ToldJob['report']): string[] {
  const states = [`${targetState}`, `${mirror.status}`, `${replication.status}`, `${transmit.mode}`];
  return isOver ? ['failed over', ...states] : states;
}

function reported({ events }: Findings, id: number, server: string | undefined, wanted: boolean): Verdict {
  const found = events.filter((one) => one.event.id === id && (server === undefined || one.server === server));
  const [first] = found;
  const why = first === undefined ? 'it was not reported' : `${first.server} reported: ${first.event.message}`;
  return { held: (first !== undefined) === wanted, why };
}

async function taskIn({ cluster }: Findings, name: string, state: TaskReport['state']): Promise<Verdict> {
  const reports: { readonly server: string; readonly task: TaskReport }[] = [];
  for (const { server, report } of await cluster.jobs()) {
    const tasks = (await cluster.world.server(server)?.tasks.list(report.jobId)) ?? [];
    reports.push(...tasks.filter((task) => task.name === name).map((task) => ({ server, task })));
  }
  const held = reports.length > 0 && reports.every(({ task }) => task.state === state);
  const told = reports.map(
    ({ task }) => `${task.state} at ${task.point}${task.reason === '' ? '' : `: ${task.reason}`}`,
  );
  return { held, why: told.length === 0 ? `no server knows a task ${name}` : unique(told) };
}

function exited(exitCode: number | undefined, code: number): Verdict {
  return {
    held: exitCode === code,
    why: exitCode === undefined ? 'the script still ran' : `it ended with ${exitCode}`,
  };
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join(', ');
}
