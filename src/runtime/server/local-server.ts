// A server in this process: its jobs on both sides, snapshots, monitors, DNS servers and schedules behind the one interface
// that commands know.

import { Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import { pause, sleep } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { TargetJob } from '../../engine/job/target/target-job.ts';
import { jobWaiting } from '../../engine/link/greeting.ts';
import type { DnsServerSpecification } from '../../model/dns-server.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { JobSpecification } from '../../model/job.ts';
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
} from '../../model/report.ts';
import type { ScheduleReport, ScheduleSpecification } from '../../model/schedule.ts';
import type { AskedSnapshotType, MirrorMethod } from '../../model/stream/marker.ts';
import type { StreamTask, TaskReport } from '../../model/stream/task.ts';
import { Credentials } from '../accounts/credentials.ts';
import { SealedSecrets } from '../accounts/sealed-secrets.ts';
import type { Server } from '../contract/server.ts';
import { DnsServers } from '../dns/dns-servers.ts';
import { Monitors } from '../jobs/monitors.ts';
import type { JobServices, ServerParts } from '../jobs/server-parts.ts';
import { lowestFree, SourceJobs, unknownJob } from '../jobs/source-jobs.ts';
import { TargetJobs } from '../jobs/target-jobs.ts';
import { ScheduleService } from '../schedules/schedules.ts';
import { ServerAdministration } from './administration.ts';
import { calculateWorkload } from './workload-calculation.ts';

/** Changes of a job that come within this time are reported as one. */
const togetherMs = 20;

export class LocalServer implements Server {
  readonly name: string;
  readonly #parts: ServerParts;
  readonly #startedMs: number;
  readonly #changed = new Signal();
  #stopping = false;
  #dns!: DnsServers;
  #sources!: SourceJobs;
  #targets!: TargetJobs;
  #monitors!: Monitors;
  #schedules!: ScheduleService;
  #administration!: ServerAdministration;
  #credentials!: Credentials;
  #stopListening: () => Promise<void> = async () => undefined;

  private constructor(parts: ServerParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#startedMs = parts.clock.wallMs();
  }

  /** Takes up everything that an earlier run left, and begins to accept links. */
  static async start(parts: ServerParts): Promise<LocalServer> {
    const server = new LocalServer(parts);
    await server.#start();
    return server;
  }

  async #start(): Promise<void> {
    const { storage, random, nameService, eventLog, network, files, home } = this.#parts;
    const services: JobServices = {
      updateDns: (change) => this.#dns.update(change),
      checkDns: (changes) => this.#dns.check(changes),
      // Of use for texts alone, and told again at the next start.
      takenOver: (job) => void this.#targets.live.movedOn(job).catch(() => undefined),
      jobChanged: () => this.#changed.notify(),
    };
    const numbers = (): readonly number[] => this.#numbers();
    const logs = await files.openTree(`${home}/logs`, { create: true });
    const secrets = await SealedSecrets.open(storage, random);
    this.#administration = new ServerAdministration({ ...this.#parts, logs });
    this.#credentials = new Credentials({ storage, clock: this.#parts.clock, secrets });
    this.#dns = await DnsServers.open(storage, secrets, nameService, eventLog);
    this.#sources = new SourceJobs(this.#parts, services, logs, () => this.#targets.shapes());
    this.#targets = new TargetJobs(this.#parts, services, () => this.#sources.shapes(), numbers);
    this.#monitors = new Monitors(this.#parts, services, (jobId) => this.#targets.find(jobId));
    await this.#targets.resume();
    this.#stopListening = await network.listen(
      (link) => this.#targets.accept(link),
      (address, reason) => eventLog.outside.report('connection', { peer: address, reason }),
    );
    await this.#sources.resume(numbers);
    await this.#monitors.resume();
    const { clock, calendar, runsBetween, runBlock } = this.#parts;
    this.#schedules = await ScheduleService.start({ storage, clock, calendar, eventLog, runsBetween, runBlock });
    eventLog.emit(4000, { server: this.name });
  }

  /** Links close and queues are made durable; jobs, monitors and schedules go on at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#changed.notify();
    await this.#schedules.stop();
    await this.#monitors.stopAll();
    await this.#stopListening();
    await this.#sources.stopAll('the server stops');
    await this.#targets.stopAll('the server stops');
    this.#parts.eventLog.emit(4005, { server: this.name });
    await this.#parts.eventLog.close();
  }

  async report(): Promise<ServerReport> {
    const { version, fingerprint, taskPolicy, clock } = this.#parts;
    const jobs = await this.jobs();
    const { name } = this;
    const startedMs = this.#startedMs;
    return { name, version, fingerprint, startedMs, timeMs: clock.wallMs(), taskProcessing: taskPolicy.enabled, jobs };
  }

  async jobs(): Promise<readonly JobReport[]> {
    const open = [...this.#sources.all(), ...this.#targets.all()].map((job) => job.report());
    return [...open, ...this.#waiting()];
  }

  async job(jobId: string): Promise<JobReport> {
    return this.#report(jobId);
  }

  async waitForJob(jobId: string, revision: number, timeoutMs: number): Promise<JobReport> {
    const wait = pause(this.#parts.clock, timeoutMs);
    let over = false;
    void wait.done.then(() => {
      over = true;
      this.#changed.notify();
    });
    try {
      await this.#changed.until(() => over || this.#stopping || this.#report(jobId).revision > revision);
      // A busy job changes all the time: whoever waits in a loop gets some of the changes together.
      if (!over && !this.#stopping) await Promise.race([wait.done, sleep(this.#parts.clock, togetherMs)]);
    } finally {
      wait.end();
    }
    return this.job(jobId);
  }

  async tasks(jobId: string): Promise<readonly TaskReport[]> {
    return this.#job(jobId).taskReports();
  }

  async events(sinceMs: number): Promise<readonly ServerEvent[]> {
    return this.#parts.eventLog.since(sinceMs);
  }

  async allows(): Promise<boolean> {
    return true;
  }

  async login(user: string, password: string, caller = 'this machine'): Promise<0 | 1 | 2> {
    return this.#administration.login(user, password, caller);
  }

  async connect(specification: Omit<JobSpecification, 'jobId'>, forPeer?: string): Promise<JobReport> {
    const job = await this.#sources.connect(specification, () => lowestFree(this.#numbers()), forPeer);
    return job.report();
  }

  async calculate(workload: Pick<JobSpecification, 'roots' | 'rules'>): Promise<WorkloadReport> {
    return calculateWorkload(workload, this.#parts.files);
  }

  async disconnect(jobId: string): Promise<void> {
    this.#report(jobId);
    if (this.#sources.has(jobId)) await this.#sources.disconnect(jobId);
    else await this.#targets.forget(jobId);
  }

  async startMirror(jobId: string, method: MirrorMethod): Promise<void> {
    this.#source(jobId).startMirror(method, 'it was asked for');
  }

  async stopMirror(jobId: string): Promise<void> {
    this.#source(jobId).stopMirror();
  }

  async deleteOrphans(jobId: string): Promise<void> {
    this.#source(jobId).startMirror('attributes-delta', 'what only the replica has is to be deleted', true);
  }

  async verify(jobId: string, mode: 'report' | 'repair'): Promise<VerifyReport> {
    this.#source(jobId);
    return this.#sources.verify(jobId, mode);
  }

  async queueTask(jobId: string, task: Omit<StreamTask, 'taskId'>): Promise<string> {
    return this.#source(jobId).queueTask(task);
  }

  async snapshots(jobId: string): Promise<readonly SnapshotReport[]> {
    return this.#target(jobId).snapshots();
  }

  async takeSnapshot(jobId: string, name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    return this.#target(jobId).takeSnapshot(name, type);
  }

  async revertToSnapshot(jobId: string, snapshotId: string): Promise<void> {
    await this.#target(jobId).revertToSnapshot(snapshotId);
  }

  async deleteSnapshot(jobId: string, snapshotId: string): Promise<void> {
    await this.#target(jobId).deleteSnapshot(snapshotId);
  }

  async failover(jobId: string, options: FailoverOptions): Promise<FailoverReport> {
    return this.#target(jobId).failover(options);
  }

  async livePaths(): Promise<readonly LivePathReport[]> {
    return this.#targets.live.list();
  }

  async releaseLivePath(path: string): Promise<void> {
    await this.#targets.live.release(path);
  }

  async createMonitor(specification: MonitorSpecification): Promise<void> {
    await this.#monitors.create(specification);
  }

  async startMonitor(name: string): Promise<void> {
    await this.#monitors.start(name);
  }

  async stopMonitor(name: string): Promise<void> {
    await this.#monitors.stop(name);
  }

  async deleteMonitor(name: string): Promise<void> {
    await this.#monitors.delete(name);
  }

  async monitors(): Promise<readonly MonitorReport[]> {
    return this.#monitors.reports();
  }

  async addDnsServer(specification: DnsServerSpecification): Promise<void> {
    await this.#dns.add(specification, (credential) => this.#credentials.secret(credential));
  }

  async removeDnsServer(name: string): Promise<void> {
    await this.#dns.remove(name);
  }

  async dnsServers(): Promise<readonly DnsServerReport[]> {
    return this.#dns.list();
  }

  async updateDns(change: DnsChange): Promise<void> {
    await this.#dns.update(change);
  }

  async addSchedule(specification: ScheduleSpecification): Promise<void> {
    await this.#schedules.add(specification);
  }

  async removeSchedule(name: string): Promise<void> {
    await this.#schedules.remove(name);
  }

  async schedules(): Promise<readonly ScheduleReport[]> {
    return this.#schedules.list();
  }

  async settings(): Promise<readonly SettingReport[]> {
    return this.#administration.settings();
  }

  async changeSetting(name: string, value: string): Promise<void> {
    await this.#administration.changeSetting(name, value);
  }

  async accounts(): Promise<readonly AccountReport[]> {
    return this.#administration.accounts();
  }

  async addAccount(user: string, password: string, access: AccountReport['access']): Promise<void> {
    await this.#administration.addAccount(user, password, access);
  }

  async removeAccount(user: string): Promise<void> {
    await this.#administration.removeAccount(user);
  }

  async credentials(): Promise<readonly CredentialReport[]> {
    return this.#credentials.list();
  }

  async setCredential(name: string, secret: string): Promise<void> {
    await this.#credentials.set(name, secret);
  }

  async testCredential(name: string): Promise<void> {
    await this.#credentials.secret(name);
  }

  async removeCredential(name: string): Promise<void> {
    await this.#credentials.remove(name);
  }

  async log(linesMax: number): Promise<readonly string[]> {
    return this.#administration.log(linesMax);
  }

  async shutDown(): Promise<void> {
    this.#administration.shutDown();
  }

  #numbers(): readonly number[] {
    return [...this.#sources.numbers(), ...this.#targets.numbers()];
  }

  /** Of jobs that are not open. */
  #waiting(): readonly JobReport[] {
    return [...this.#sources.waiting(), ...this.#targets.waiting()];
  }

  #report(jobId: string): JobReport {
    return this.#waiting().find((one) => one.jobId === jobId) ?? this.#job(jobId).report();
  }

  #job(jobId: string): ReturnType<SourceJobs['all']>[number] | TargetJob {
    const job = this.#sources.find(jobId) ?? this.#targets.find(jobId);
    if (job !== undefined) return job;
    const waiting = this.#waiting().find((one) => one.jobId === jobId);
    throw waiting === undefined ? unknownJob(jobId) : jobNotOpen(waiting);
  }

  #source(jobId: string): ReturnType<SourceJobs['all']>[number] {
    const job = this.#sources.find(jobId);
    if (job !== undefined) return job;
    this.#job(jobId);
    throw wrongSide(jobId, this.name, 'source');
  }

  #target(jobId: string): TargetJob {
    const job = this.#targets.find(jobId);
    if (job !== undefined) return job;
    this.#job(jobId);
    throw wrongSide(jobId, this.name, 'target');
  }
}

function jobNotOpen({ name, additional }: JobReport): Failure {
  return new Failure({
    code: jobWaiting,
    operation: 'use a connection',
    subject: name,
    reason: `it is not open: ${additional}`,
    hint: 'Mend that, or DISCONNECT it.',
  });
}

function wrongSide(jobId: string, server: string, side: string): Failure {
  return new Failure({
    code: 'WRONG-SIDE',
    operation: 'use a connection',
    subject: jobId,
    reason: `${displayPath(server)} is not its ${side}`,
    hint: `Name the ${side} of the connection with SOURCE or TARGET.`,
  });
}
