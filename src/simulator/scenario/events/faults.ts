// What can go wrong, in the words of scenarios. Each kind of fault is told with the state that every job it touches is in
// when it strikes, so that a table can show what was tried.
import type { TroubleKind } from '../../world/disk-faults.ts';
import { type JobState, jobState } from '../job-state.ts';
import type { Stage } from '../stage.ts';
import { change } from './changes.ts';
import { deleteLate } from './deletions.ts';
import { type FilterFaultKind, filterFaultKinds, filterFaults } from './filter-faults.ts';
import { callDuringHello } from './hello-race.ts';
import { replaceRoot } from './replaced-root.ts';
import type { Strike } from './strike.ts';

/** Those that strike every job. */
export const faultKinds = [
  'kill source',
  'kill target',
  'kill both',
  'power failure of source',
  'power failure of target',
  'power failure of both',
  'link reset',
  'partition',
  'half-open towards target',
  'half-open towards source',
  'refused connections',
  'slow link',
  'capture overflow',
  'capture failure',
  'replica disk error',
  'replica disk full',
  'replica sync error',
  'workload read error',
  'source journal error',
  'target journal error',
  'program fails',
  'program is killed',
  'clock set',
  'stall of source',
  'stall of target',
  'late deletion',
  'root replaced',
  'call during hello',
] as const;

export type FaultKind = (typeof faultKinds)[number] | FilterFaultKind;

export const allFaultKinds: readonly FaultKind[] = [...faultKinds, ...filterFaultKinds];

/** How often each kind of fault struck a job in each state. */
export type FaultTable = Map<FaultKind, Map<JobState, number>>;

export function countFault(table: FaultTable, kind: FaultKind, state: JobState): void {
  const row = table.get(kind) ?? new Map<JobState, number>();
  row.set(state, (row.get(state) ?? 0) + 1);
  table.set(kind, row);
}

type Fault = (strike: Strike) => void;

/** The processes that end, by the server's place in the job. */
function end(stage: Stage, server: string, power: boolean): void {
  if (!stage.world.isUp(server)) return;
  if (power) {
    stage.world.losePower(server);
    stage.counts.powerFailures += 1;
  } else stage.world.kill(server);
  stage.counts.crashes += 1;
  for (const job of stage.jobs.values()) {
    const { states } = job;
    if (job.source === server) stage.world.machine(server).workload.afterDelivery(() => states?.startAnew());
    if (job.target === server) job.takingOver = false;
    if (job.target === server && power) stage.replicas.powerFailed(job);
    job.verifying &&= job.source !== server;
  }
}

function trouble(side: 'source' | 'target', kind: TroubleKind, code: string): Fault {
  return ({ stage, job, durationMs }) => stage.world.machine(job[side]).troubles.begin(kind, code, durationMs);
}

/** Between the job's two servers, healed by itself. */
function network(begin: (strike: Strike) => void): Fault {
  return (strike) => {
    const { stage, job, durationMs } = strike;
    begin(strike);
    stage.counts.partitions += 1;
    stage.world.clock.after(durationMs, () => stage.world.network.heal(job.source, job.target));
  };
}

/** The machine does nothing for a while, and then goes on, its timers late. */
function stall(side: 'source' | 'target'): Fault {
  return ({ stage: { world }, job, durationMs }) => {
    const server = job[side];
    world.standStill(server);
    world.clock.after(durationMs, () => world.goOn(server));
  };
}

/** Programs that still run on the target end badly: they fail, or a signal ends them. */
function program(end: 'fails' | 'is killed'): Fault {
  return ({ stage, job }) => {
    for (const running of stage.world.machine(job.target).programs.started) {
      if (end === 'fails') running.end({ exitCode: 3, output: 'it did not work' });
      else running.end({ exitCode: null, signal: 'SIGKILL' });
    }
    job.hangingTask = false;
  };
}

export const faults: Readonly<Record<FaultKind, Fault>> = {
  ...filterFaults,
  'kill source': ({ stage, job }) => end(stage, job.source, false),
  'kill target': ({ stage, job }) => end(stage, job.target, false),
  'kill both': ({ stage, job }) => {
    end(stage, job.source, false);
    end(stage, job.target, false);
  },
  'power failure of source': ({ stage, job }) => end(stage, job.source, true),
  'power failure of target': ({ stage, job }) => end(stage, job.target, true),
  'power failure of both': ({ stage, job }) => {
    end(stage, job.source, true);
    end(stage, job.target, true);
  },
  'link reset': ({ stage, job }) => {
    stage.world.network.cut(job.source, job.target);
    stage.counts.partitions += 1;
  },
  partition: network(({ stage, job }) => stage.world.network.hold(job.source, job.target)),
  'half-open towards target': network(({ stage, job }) => stage.world.network.holdTowards(job.target, job.source)),
  'half-open towards source': network(({ stage, job }) => stage.world.network.holdTowards(job.source, job.target)),
  'refused connections': network(({ stage, job }) => {
    stage.world.network.refuse(job.source, job.target);
    stage.world.network.cut(job.source, job.target);
  }),
  'slow link': ({ stage, durationMs }) => {
    stage.world.network.setLatency(150);
    stage.world.clock.after(durationMs, () => stage.world.network.setLatency(undefined));
  },
  'capture overflow': ({ stage, job, durationMs }) => {
    const { workload } = stage.world.machine(job.source);
    // Something that nobody was told of, so that the overflow is about something.
    const words = durationMs % 3 === 0 ? ['unlink', 'unseen1'] : ['create', `unseen${durationMs % 2}`, '70000', '7'];
    workload.afterDelivery(() => workload.overflow(() => change(workload, job.sourceRoot, words)));
  },
  'capture failure': ({ stage, job }) => {
    const { workload } = stage.world.machine(job.source);
    workload.afterDelivery(() => workload.fail('the kernel gave up'));
  },
  'replica disk error': trouble('target', 'replica writes', 'EIO'),
  'replica disk full': trouble('target', 'replica writes', 'ENOSPC'),
  'replica sync error': trouble('target', 'replica syncs', 'EIO'),
  'workload read error': trouble('source', 'workload reads', 'EIO'),
  'source journal error': trouble('source', 'journal writes', 'EIO'),
  'target journal error': trouble('target', 'journal syncs', 'EIO'),
  'program fails': program('fails'),
  'program is killed': program('is killed'),
  'clock set': ({ stage, durationMs }) => {
    const { clock } = stage.world;
    clock.setWall(clock.wallMs() + (durationMs % 2 === 0 ? 3_600_000 : -60_000));
  },
  'stall of source': stall('source'),
  'stall of target': stall('target'),
  'late deletion': (strike) => deleteLate(strike, (server) => end(strike.stage, server, false)),
  'root replaced': replaceRoot,
  // Begun in another way: it has to wait for a hello.
  'call during hello': () => undefined,
};

/** How long a strike waits for its call; a server that does nothing is struck all the same. */
const callWithinMs = 40;

/** Strikes now, or at the n-th call of a server from now: the source's, unless only the target is struck. */
export async function strike(
  table: FaultTable,
  kind: FaultKind,
  given: Strike,
  atCall: number | undefined,
): Promise<void> {
  const { stage, job } = given;
  let state = await jobState(stage, job);
  if (kind === 'call during hello') {
    stage.counts.faults += 1;
    countFault(table, kind, state);
    await callDuringHello(given, atCall);
    return;
  }
  let hasStruck = false;
  const hit = (): void => {
    hasStruck = true;
    faults[kind](given);
    stage.counts.faults += 1;
    countFault(table, kind, state);
  };
  if (atCall !== undefined) {
    stage.world.atCall(kind.endsWith('target') ? job.target : job.source, atCall, hit);
    if (await stage.until(() => hasStruck, callWithinMs, 1)) return;
    stage.world.forgetCalls();
    state = await jobState(stage, job);
  }
  hit();
}
