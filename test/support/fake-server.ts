// A server that remembers what it was asked and answers with plausible reports. Its reports are plain fields that a test
// changes; `changed` wakes whoever waits for a job.

import { Failure } from '../../src/base/failure.ts';
import type { DnsServerSpecification } from '../../src/model/dns-server.ts';
import type { ServerEvent } from '../../src/model/event.ts';
import type { JobSpecification } from '../../src/model/job.ts';
import { promiseTexts } from '../../src/model/promise.ts';
import type {
  AccountReport,
  CredentialReport,
  DnsChange,
  DnsServerReport,
  FailoverOptions,
  FailoverReport,
  JobReport,
  LivePathReport,
  MonitorReport,
  MonitorSpecification,
  ServerReport,
  SettingReport,
  SnapshotReport,
  VerifyReport,
  WorkloadReport,
} from '../../src/model/report.ts';
import type { ScheduleReport, ScheduleSpecification } from '../../src/model/schedule.ts';
import type { AskedSnapshotType } from '../../src/model/stream/marker.ts';
import type { StreamTask, TaskReport } from '../../src/model/stream/task.ts';
import type { Server } from '../../src/runtime/contract/server.ts';

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

export class FakeServer implements Server {
  readonly name: string;
  /** Every call that changes something, as `method argument …`. */
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
  readonly denied = new Set<string>();
  livePathReports: LivePathReport[] = [];
  loginLevel: 0 | 1 | 2 = 2;
  /** While set, every call rejects with it. */
  down: Failure | undefined;
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
    const report = this.#job(jobId);
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

  async connect(specification: Omit<JobSpecification, 'jobId'>): Promise<JobReport> {
    this.#called('connect', specification);
    const number = this.jobReports.size + 1;
    const report = jobReport({ ...specification, jobId: `job-${number}` }, number, 'source');
    this.jobReports.set(report.jobId, report);
    return report;
  }

  async disconnect(jobId: string): Promise<void> {
    this.#called('disconnect', jobId);
    this.#job(jobId);
    this.jobReports.delete(jobId);
  }

  async startMirror(jobId: string, method: string): Promise<void> {
    this.#called('startMirror', jobId, method);
  }

  async stopMirror(jobId: string): Promise<void> {
    this.#called('stopMirror', jobId);
  }

  async deleteOrphans(jobId: string): Promise<void> {
    this.#called('deleteOrphans', jobId);
  }

  async verify(jobId: string, mode: 'report' | 'repair'): Promise<VerifyReport> {
    this.#called('verify', jobId, mode);
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

  async queueTask(jobId: string, task: Omit<StreamTask, 'taskId'>): Promise<string> {
    this.#called('queueTask', jobId, task);
    return `task-${this.calls.length}`;
  }

  async snapshots(jobId: string): Promise<readonly SnapshotReport[]> {
    this.#called('snapshots');
    return this.snapshotReports.filter((one) => one.jobId === jobId);
  }

  async takeSnapshot(jobId: string, name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    this.#called('takeSnapshot', jobId, name, type);
    const snapshotId = `snapshot-${this.snapshotReports.length + 1}`;
    const report = { snapshotId, jobId, name, type, takenMs: startMs, sequence: 1, state: 'good' } as const;
    this.snapshotReports.push(report);
    return report;
  }

  async revertToSnapshot(jobId: string, snapshotId: string): Promise<void> {
    this.#called('revertToSnapshot', jobId, snapshotId);
  }

  async deleteSnapshot(jobId: string, snapshotId: string): Promise<void> {
    this.#called('deleteSnapshot', jobId, snapshotId);
  }

  async failover(jobId: string, options: FailoverOptions): Promise<FailoverReport> {
    this.#called('failover', jobId, options);
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

  async createMonitor(specification: MonitorSpecification): Promise<void> {
    this.#called('createMonitor', specification);
    this.monitorReports.push({
      specification,
      state: 'Stopped',
      lastSuccessMs: null,
      consecutiveFailures: 0,
      evidence: [],
    });
  }

  async startMonitor(name: string): Promise<void> {
    this.#called('startMonitor', name);
  }

  async stopMonitor(name: string): Promise<void> {
    this.#called('stopMonitor', name);
  }

  async deleteMonitor(name: string): Promise<void> {
    this.#called('deleteMonitor', name);
  }

  async monitors(): Promise<readonly MonitorReport[]> {
    this.#called('monitors');
    return this.monitorReports;
  }

  async addDnsServer(specification: DnsServerSpecification): Promise<void> {
    this.#called('addDnsServer', specification);
    const { key, ...rest } = specification;
    this.dnsServerReports.push({ ...rest, keyName: key?.name ?? null });
  }

  async removeDnsServer(name: string): Promise<void> {
    this.#called('removeDnsServer', name);
  }

  async dnsServers(): Promise<readonly DnsServerReport[]> {
    this.#called('dnsServers');
    return this.dnsServerReports;
  }

  async updateDns(change: DnsChange): Promise<void> {
    this.#called('updateDns', change);
  }

  async report(): Promise<ServerReport> {
    this.#called('report');
    return {
      name: this.name,
      version: '0.1.0',
      fingerprint: 'AA:BB',
      startedMs: startMs,
      timeMs: startMs + 1000,
      taskProcessing: true,
      jobs: [...this.jobReports.values()],
    };
  }

  async jobs(): Promise<readonly JobReport[]> {
    this.#called('jobs');
    return [...this.jobReports.values()];
  }

  async job(jobId: string): Promise<JobReport> {
    this.#called('job');
    return this.#job(jobId);
  }

  async waitForJob(jobId: string, revision: number, timeoutMs: number): Promise<JobReport> {
    this.#called('waitForJob', timeoutMs);
    if (this.#job(jobId).revision <= revision) await new Promise<void>((resolve) => this.#wakers.push(resolve));
    this.#called('waited');
    return this.#job(jobId);
  }

  /** What happens when the time of a `waitForJob` is over. */
  timePasses(): void {
    this.#wake();
  }

  async tasks(): Promise<readonly TaskReport[]> {
    this.#called('tasks');
    return this.taskReports;
  }

  async events(sinceMs: number): Promise<readonly ServerEvent[]> {
    this.#called('events');
    return this.eventList.filter((event) => event.timeMs > sinceMs);
  }

  async addSchedule(specification: ScheduleSpecification): Promise<void> {
    this.#called('addSchedule', specification);
    const state = { nextMs: startMs + 60_000, lastMs: null, lastOutcome: '', missedRuns: 0, running: 0 };
    this.scheduleReports.push({ specification, ...state });
  }

  async removeSchedule(name: string): Promise<void> {
    this.#called('removeSchedule', name);
  }

  async schedules(): Promise<readonly ScheduleReport[]> {
    this.#called('schedules');
    return this.scheduleReports;
  }

  async login(user: string, password: string): Promise<0 | 1 | 2> {
    this.#called('login', user, password);
    return this.loginLevel;
  }

  async calculate(workload: Pick<JobSpecification, 'roots' | 'rules'>): Promise<WorkloadReport> {
    this.#called('calculate', workload);
    return { bytes: 2048, files: 3, directories: 1 };
  }

  async settings(): Promise<readonly SettingReport[]> {
    this.#called('settings');
    return this.settingReports;
  }

  async changeSetting(name: string, value: string): Promise<void> {
    this.#called('changeSetting', name, value);
  }

  async accounts(): Promise<readonly AccountReport[]> {
    this.#called('accounts');
    return this.accountReports;
  }

  async addAccount(user: string, password: string, access: string): Promise<void> {
    this.#called('addAccount', user, password, access);
  }

  async removeAccount(user: string): Promise<void> {
    this.#called('removeAccount', user);
  }

  async credentials(): Promise<readonly CredentialReport[]> {
    this.#called('credentials');
    return this.credentialReports;
  }

  async setCredential(name: string, secret: string): Promise<void> {
    this.#called('setCredential', name, secret);
  }

  async testCredential(name: string): Promise<void> {
    this.#called('testCredential', name);
  }

  async removeCredential(name: string): Promise<void> {
    this.#called('removeCredential', name);
  }

  async log(linesMax: number): Promise<readonly string[]> {
    this.#called('log', linesMax);
    return this.logLines.slice(-linesMax);
  }

  async shutDown(): Promise<void> {
    this.#called('shutDown');
  }

  async allows(method: string): Promise<boolean> {
    this.#called('allows', method);
    return !this.denied.has(method);
  }

  async livePaths(): Promise<readonly LivePathReport[]> {
    this.#called('livePaths');
    return this.livePathReports;
  }

  async releaseLivePath(path: string): Promise<void> {
    this.#called('releaseLivePath', path);
  }

  /** The calls of one method, their arguments only. */
  callsOf(method: string): unknown[][] {
    return this.calls.filter(([name]) => name === method).map((call) => call.slice(1));
  }

  #called(...call: unknown[]): void {
    this.calls.push(call);
    if (this.down !== undefined) throw this.down;
  }

  #job(jobId: string): JobReport {
    const report = this.jobReports.get(jobId);
    if (report !== undefined) return report;
    throw new Failure({ code: 'JOB-UNKNOWN', operation: 'find the job', subject: jobId, reason: 'there is none' });
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}
