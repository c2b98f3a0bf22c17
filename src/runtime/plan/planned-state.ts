// What a plan has made on one server: a script may go one way or another, and each way has a state of its own.
import type { DnsServerReport, JobReport, MonitorReport, SnapshotReport } from '../../model/report.ts';
import type { ScheduleReport } from '../../model/schedule.ts';
import type { TaskReport } from '../../model/stream/task.ts';

/** What the plan has made on one server. */
export interface ServerState {
  readonly jobs: Map<string, JobReport>;
  readonly snapshots: Map<string, SnapshotReport>;
  readonly tasks: Map<string, TaskReport[]>;
  readonly monitors: Map<string, MonitorReport>;
  readonly dnsServers: Map<string, DnsServerReport>;
  readonly identities: Map<string, readonly string[]>;
  readonly schedules: Map<string, ScheduleReport>;
}

export const emptyState: ServerState = {
  jobs: new Map(),
  snapshots: new Map(),
  tasks: new Map(),
  monitors: new Map(),
  dnsServers: new Map(),
  identities: new Map(),
  schedules: new Map(),
};

export function copyOf(state: ServerState): ServerState {
  return {
    jobs: new Map(state.jobs),
    snapshots: new Map(state.snapshots),
    tasks: new Map(state.tasks),
    monitors: new Map(state.monitors),
    dnsServers: new Map(state.dnsServers),
    identities: new Map(state.identities),
    schedules: new Map(state.schedules),
  };
}

function joined<Key, One>(own: Map<Key, One>, other: ReadonlyMap<Key, One>): Map<Key, One> {
  return new Map([...other, ...own]);
}

/** What exists in either may exist; the first one counts where both have it. */
export function joinedStates(own: ServerState, other: ServerState): ServerState {
  return {
    jobs: joined(own.jobs, other.jobs),
    snapshots: joined(own.snapshots, other.snapshots),
    tasks: joined(own.tasks, other.tasks),
    monitors: joined(own.monitors, other.monitors),
    dnsServers: joined(own.dnsServers, other.dnsServers),
    identities: joined(own.identities, other.identities),
    schedules: joined(own.schedules, other.schedules),
  };
}
