// A server that remembers what it was asked and answers with plausible reports. Its reports are plain fields that a test
// changes; `changed` wakes whoever waits for a job. Its calls are those of the table (runtime/contract/server-calls.ts).

import { serverApplication } from '../../src/api/server-application.ts';
import { Failure } from '../../src/base/failure.ts';
import { silentLog } from '../../src/base/log.ts';
import type { ServerEvent } from '../../src/model/event.ts';
import type { JobSpecification } from '../../src/model/job.ts';
import type { EditReport, JobEdit } from '../../src/model/options/job-edit.ts';
import { promiseTexts } from '../../src/model/promise.ts';
import type {
  AccountReport,
  CredentialReport,
  DnsServerReport,
  FailoverOptions,
  FailoverReport,
  JobReport,
  LivePathReport,
  MonitorReport,
  SettingReport,
  SnapshotReport,
  VerifyReport,
} from '../../src/model/report.ts';
import type { ScheduleReport } from '../../src/model/schedule.ts';
import type { TaskReport } from '../../src/model/stream/task.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { listenOnSocket } from '../../src/platform/http/http-socket.ts';
import {
  type Answers,
  answerOf,
  callOf,
  type Server,
  type ServerMethod,
  serverFrom,
} from '../../src/runtime/contract/server.ts';
import { editedJob, plannedEdit } from '../../src/runtime/plan/planned-edit.ts';
import { PeerAccess } from '../../src/runtime/server/peer-access.ts';

const gibibyte = 1_073_741_824;
const startMs = Date.parse('2026-01-01T00:00:00Z');

export function jobReport(specification: JobSpecification, number: number, role: 'source' | 'target'): JobReport {
  return {
    jobId: specification.jobId,
    number,
    name: specification.name,
    role,
    replicationSet: specification.replicationSet,
    source: specification.sourceServer,
    target: specification.targetServer,
    roots: specification.roots,
    health: 'healthy',
    revision: 1,
    mirror: {
      status: 'In Progress',
      method: specification.mirrorMethod,
      percent: 40,
      remainingBytes: 600,
      skippedBytes: 1,
      sentBytes: 400,
      transmittedBytes: 300,
      queuedBytes: 20,
      completed: 0,
    },
    replication: { status: 'Ready', sentBytes: 5, transmittedBytes: 4, queuedBytes: 3, queuedOperations: 2 },
    transmit: { mode: 'Active' },
    targetState: 'Mirroring',
    memoryQueueBytes: 0,
    diskQueueBytes: 0,
    establishedMs: startMs,
    connectedSinceMs: startMs,
    sequence: { head: 9, durable: 8, applied: 7 },
    streamId: 'stream',
    epoch: 1,
    failedOver: false,
    promise: promiseTexts.changes,
    additional: '',
    failover: null,
    surplus: 0,
  };
}

class FakeState {
  readonly name: string;
  /** Every call, as its name and what was given. */
  readonly calls: unknown[][] = [];
  readonly jobReports = new Map<string, JobReport>();
  taskReports: TaskReport[] = [];
  eventList: ServerEvent[] = [];
  snapshotReports: SnapshotReport[] = [];
  monitorReports: MonitorReport[] = [];
  dnsServerReports: DnsServerReport[] = [];
  scheduleReports: ScheduleReport[] = [];
  settingReports: SettingReport[] = [{ name: 'queue.alertPercent', value: '50', changeable: true }];
  accountReports: AccountReport[] = [];
  credentialReports: CredentialReport[] = [];
  logLines: string[] = [];
  /** Calls that it does not let its caller make. */
  readonly denied = new Set<ServerMethod>();
  livePathReports: LivePathReport[] = [];
  readonly identities = new Map<string, readonly string[]>();
  loginLevel: 0 | 1 | 2 = 2;
  /** While set, every call rejects with it. */
  down: Failure | undefined;
  /** Of a test, in the place of those below. */
  overrides: Answers = {};
  #wakers: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  goDown(): void {
    const reason = 'nothing listens there';
    this.down = new Failure({
      code: 'LINK-REFUSED',
      operation: 'connect',
      subject: this.name,
      reason,
      retryable: true,
    });
    this.#wake();
  }

  /** Changes the report of a job and wakes those who wait for it. */
  changed(jobId: string, change: (report: JobReport) => JobReport): void {
    const report = this.jobOf(jobId);
    this.jobReports.set(jobId, { ...change(report), revision: report.revision + 1 });
    this.#wake();
  }

  mirrored(jobId: string): void {
    this.changed(jobId, (report) => ({
      ...report,
      targetState: 'OK',
      mirror: { ...report.mirror, status: 'Idle', percent: 100, remainingBytes: 0, completed: 1 },
    }));
  }

  /** What happens when the time of a wait is over. */
  timePasses(): void {
    this.#wake();
  }

  /** The calls of one method, their arguments only. */
  callsOf(method: ServerMethod): unknown[][] {
    return this.calls.filter(([name]) => name === method).map((call) => call.slice(1));
  }

  jobOf(jobId: string): JobReport {
    const report = this.jobReports.get(jobId);
    if (report !== undefined) return report;
    throw new Failure({ code: 'JOB-UNKNOWN', operation: 'find the job', subject: jobId, reason: 'there is none' });
  }

  async wait(jobId: string, revision: number): Promise<JobReport> {
    if (this.jobOf(jobId).revision <= revision) await new Promise<void>((resolve) => this.#wakers.push(resolve));
    if (this.down !== undefined) throw this.down;
    return this.jobOf(jobId);
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

export type FakeServer = FakeState & Server;

export function fakeServer(name: string): FakeServer {
  const state = new FakeState(name);
  const usual: Answers = { ...answersOfServer(state), ...answersOfJobs(state), ...answersOfLists(state) };
  const server = serverFrom(name, async (method, given) => {
    state.calls.push([method, ...given]);
    if (state.down !== undefined) throw state.down;
    const answer = answerOf(state.overrides, method) ?? answerOf(usual, method);
    // What has no answer of its own does something and says no more.
    return answer === undefined ? callOf(method).result.parse(null) : answer(...given);
  });
  return Object.assign(state, server);
}

function answersOfServer(fake: FakeState): Answers {
  return {
    access: { login: () => fake.loginLevel, allows: (method) => ![...fake.denied].some((one) => one === method) },
    information: {
      report: () => ({
        name: fake.name,
        version: '0.1.0',
        fingerprint: 'AA:BB',
        startedMs: startMs,
        timeMs: startMs + 1000,
        taskProcessing: true,
        jobs: [...fake.jobReports.values()],
      }),
      space: () => ({ freeBytes: 3 * gibibyte, totalBytes: 40 * gibibyte, keptFreeBytes: gibibyte / 4 }),
      log: (linesMax) => fake.logLines.slice(-linesMax),
    },
    events: { since: (sinceMs) => fake.eventList.filter((event) => event.timeMs > sinceMs) },
    workloads: { calculate: () => ({ bytes: 2048, files: 3, directories: 1 }) },
    live: { list: () => fake.livePathReports },
    identities: {
      report: (jobId) => ({ addresses: fake.identities.get(jobId) ?? [], isHere: false }),
      set: (jobId, addresses) => void fake.identities.set(jobId, addresses),
    },
    settings: { list: () => fake.settingReports },
    accounts: { list: () => fake.accountReports },
    credentials: { list: () => fake.credentialReports },
  };
}

function answersOfJobs(fake: FakeState): Answers {
  return {
    jobs: {
      list: () => [...fake.jobReports.values()],
      report: (jobId) => fake.jobOf(jobId),
      wait: (jobId, revision) => fake.wait(jobId, revision),
      connect: (specification) => {
        const number = fake.jobReports.size + 1;
        const report = jobReport({ ...specification, jobId: `job-${number}` }, number, 'source');
        fake.jobReports.set(report.jobId, report);
        return report;
      },
      edit: (jobId, edit) => edited(fake, jobId, edit, true),
      examineEdit: (jobId, edit) => edited(fake, jobId, edit, false),
      disconnect: (jobId) => {
        fake.jobOf(jobId);
        fake.jobReports.delete(jobId);
      },
      verify: verifyReport,
      failover: failoverReport,
    },
    tasks: { list: () => fake.taskReports, queue: () => `task-${fake.calls.length}` },
    snapshots: {
      list: (jobId) => fake.snapshotReports.filter((one) => one.jobId === jobId),
      take: (jobId, name, type) => {
        const snapshotId = `snapshot-${fake.snapshotReports.length + 1}`;
        const report = { snapshotId, jobId, name, type, takenMs: startMs, sequence: 1, state: 'good' } as const;
        fake.snapshotReports.push(report);
        return report;
      },
    },
  };
}

/** As a server on which every option that is given was another before. */
function edited(fake: FakeState, jobId: string, edit: JobEdit, isDone: boolean): EditReport {
  const job = fake.jobOf(jobId);
  const report = plannedEdit(
    job,
    edit,
    [...fake.jobReports.values()].map(({ name }) => name),
  );
  if (isDone) fake.changed(jobId, () => editedJob(job, edit, report));
  return report;
}

function answersOfLists(fake: FakeState): Answers {
  return {
    monitors: {
      list: () => fake.monitorReports,
      create: (specification) => {
        const state = { state: 'Stopped', lastSuccessMs: null, consecutiveFailures: 0, evidence: [] } as const;
        fake.monitorReports.push({ specification, ...state });
      },
    },
    dns: {
      servers: () => fake.dnsServerReports,
      addServer: ({ key, ...rest }) => void fake.dnsServerReports.push({ ...rest, keyName: key?.name ?? null }),
    },
    schedules: {
      list: () => fake.scheduleReports,
      add: (specification) => {
        const state = { nextMs: startMs + 60_000, lastMs: null, lastOutcome: '', missedRuns: 0, running: 0 };
        fake.scheduleReports.push({ specification, ...state });
      },
    },
  };
}

function verifyReport(jobId: string, mode: 'report' | 'repair'): VerifyReport {
  return {
    jobId,
    startedMs: startMs,
    finishedMs: startMs + 1500,
    directoriesCompared: 3,
    directoriesMissing: 0,
    filesCompared: 10,
    filesMissing: 0,
    filesDifferent: 1,
    filesUnsettled: 0,
    surplus: 0,
    surplusKept: 0,
    filesRemirrored: mode === 'repair' ? 1 : 0,
    bytesCompared: 1000,
    bytesDifferent: 5,
    bytesMissing: 0,
    differences: [{ path: 'a\n\xe9', verdict: 'different', bytesOutOfSync: 5, attributes: ['mode'] }],
    logPath: '/home/logs/sales DTVerify.log',
  };
}

function failoverReport(jobId: string, options: FailoverOptions): FailoverReport {
  return {
    jobId,
    epoch: 2,
    startedMs: startMs,
    finishedMs: startMs + 2000,
    type: options.type,
    queue: options.queue,
    appliedOperations: 7,
    discardedOperations: 0,
    complete: false,
    lossText: 'at least 3 operations',
    evidence: ['the source did not answer'],
  };
}

/** Makes a job from alpha to beta, and gives its id. */
export async function connected(server: FakeServer, name: string): Promise<string> {
  const { jobId } = await server.jobs.connect({
    name,
    replicationSet: 'sales',
    sourceServer: 'alpha',
    targetServer: 'beta',
    roots: [{ source: '/srv', replica: '/replica' }],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: 'keep',
  });
  return jobId;
}

/** Serves it on the socket of a home, to the owner; what is given back ends that. */
export function served(server: FakeServer, home: string): Promise<() => Promise<void>> {
  const access = new PeerAccess(server, { files: new RealFiles(), sourceRoots: [], blocksMayRun: false });
  const application = serverApplication(access, silentLog);
  return listenOnSocket(home, (request) => application(request, 'owner'));
}
