// Two servers in this process, alpha and beta, over real folders, real notifications and real programs, joined by a network
// inside the process. The workload is `work` of a temporary folder and its replica `replica`. Time is real: conditions are
// awaited, with a limit that only a hang reaches.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { Clock } from '../../src/base/waiting/clock.ts';
import type { RoundPace } from '../../src/engine/capture/slow-round.ts';
import { defaultQueueLimits, type QueueLimits } from '../../src/engine/queue/queue-limits.ts';
import type { TaskPolicy } from '../../src/engine/tasks/task-runner.ts';
import { checkScript, type Outcome, runScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import type { ServerEvent } from '../../src/model/event.ts';
import type { JobSpecification } from '../../src/model/job.ts';
import { keepsAll, type ReplicaPolicy } from '../../src/model/replica-policy.ts';
import type { JobReport } from '../../src/model/report.ts';
import type { TaskReport } from '../../src/model/stream/task.ts';
import { DnsUpdateService } from '../../src/platform/dns/dns-update-service.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { JavaScriptSandbox } from '../../src/platform/javascript/javascript-sandbox.ts';
import { machineId } from '../../src/platform/kernel/machine-id.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';
import { IcmpPing } from '../../src/platform/network/icmp-ping.ts';
import { nodeCalendar } from '../../src/platform/node-calendar.ts';
import { SystemPrograms } from '../../src/platform/processes/programs.ts';
import { openRealStorage } from '../../src/platform/storage/real-storage.ts';
import {
  WatchCapture,
  type WatchCaptureOptions,
  type WatchCaptureSession,
} from '../../src/platform/watch-capture/watch-capture.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import { nextRun, runsBetween } from '../../src/runtime/schedules/next-run.ts';
import { CommandHost } from '../../src/runtime/script/command-host.ts';
import { type LocalServer, startLocalServer } from '../../src/runtime/server/local-server.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { MemoryNetwork } from '../../src/simulator/memory/memory-network.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { MemorySegment } from '../../src/simulator/memory/network/memory-addresses.ts';
import { FastClock } from './fast-clock.ts';
import { type Manifest, manifest } from './manifest.ts';

export interface RealClusterOptions {
  readonly watch?: WatchCaptureOptions;
  readonly taskPolicy?: TaskPolicy;
  readonly queueLimits?: QueueLimits;
  /** Of the looks for what is not notified. */
  readonly pace?: RoundPace;
  /** How many times as fast as usual the servers' timers run, for tests that wait for a retry. */
  readonly clockSpeed?: number;
  /** The workload, and the replica, when they are not in the cluster's own folder. */
  readonly work?: string;
  readonly replica?: string;
  /** Folders of the cluster's own folder in which replicas may lie; `any` by default. */
  readonly allowedRoots?: readonly string[];
  /** What beta keeps; everything by default. */
  readonly replicaPolicy?: ReplicaPolicy;
}

type Name = 'alpha' | 'beta';

export class RealCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-proof-'));
  readonly work: string;
  readonly replica: string;
  readonly clock: Clock;
  readonly network: MemoryNetwork;
  readonly files = new RealFiles();
  /** Of alpha, oldest first. */
  readonly captures: WatchCaptureSession[] = [];
  readonly output: string[] = [];
  readonly #options: RealClusterOptions;
  readonly #sets = new ReplicationSetStore(new MemoryStorage());
  alpha!: LocalServer;
  beta!: LocalServer;

  private constructor(options: RealClusterOptions) {
    this.#options = options;
    this.replica = options.replica ?? join(this.folder, 'replica');
    this.clock = options.clockSpeed === undefined ? new SystemClock() : new FastClock(options.clockSpeed);
    this.work = options.work ?? join(this.folder, 'work');
    mkdirSync(this.work, { recursive: true });
    // Each delivery is a turn of the event loop, as in a run: a busy stream must not keep it from everything else.
    const turns: Clock = {
      wallMs: () => this.clock.wallMs(),
      monotonicMs: () => this.clock.monotonicMs(),
      after: (_delayMs, callback) => {
        const turn = setImmediate(callback);
        return () => clearImmediate(turn);
      },
    };
    this.network = new MemoryNetwork({ clock: turns, latencyMs: 0 });
  }

  static async start(options: RealClusterOptions = {}): Promise<RealCluster> {
    const cluster = new RealCluster(options);
    try {
      cluster.beta = await cluster.#serve('beta');
      cluster.alpha = await cluster.#serve('alpha');
    } catch (thrown) {
      await cluster.remove();
      throw thrown;
    }
    return cluster;
  }

  async #serve(name: Name): Promise<LocalServer> {
    const home = join(this.folder, name);
    const storage = await openRealStorage(home);
    const { clock } = this;
    const capture = new WatchCapture(this.#options.watch);
    return startLocalServer({
      name,
      version: 'test',
      fingerprint: this.network.fingerprint(name),
      clock,
      random: systemRandom,
      log: silentLog,
      files: this.files,
      machineId: machineId(),
      storage,
      home: rawFromText(home),
      capture: {
        start: async (request) => {
          const session = await capture.start(request);
          this.captures.push(session);
          return session;
        },
      },
      network: this.network.server(name),
      ping: new IcmpPing(clock),
      programs: new SystemPrograms(),
      javascript: new JavaScriptSandbox(),
      nameService: new DnsUpdateService({ clock, random: systemRandom }),
      addresses: new MemorySegment().machine(name),
      calendar: nodeCalendar(nextRun, () => clock.wallMs()),
      eventLog: await EventLog.open(storage, clock, silentLog),
      taskPolicy: this.#options.taskPolicy ?? { enabled: true, allow: 'any' },
      allowedRoots: this.#options.allowedRoots?.map((name) => rawFromText(join(this.folder, name))) ?? 'any',
      replicaPolicy: this.#options.replicaPolicy ?? keepsAll,
      queueLimits: this.#options.queueLimits ?? { ...defaultQueueLimits, minimumFreeBytes: 0 },
      ...(this.#options.pace && { pace: this.#options.pace }),
      accounts: 'full',
      runsBetween,
      runBlock: async () => undefined,
    });
  }

  /** A clean stop of beta, then what is to happen while it is down, then its next start. */
  restartBeta(meanwhile: () => void): Promise<void> {
    return this.restart('beta', meanwhile);
  }

  async restart(name: Name, meanwhile: () => void): Promise<void> {
    await this[name].stop();
    meanwhile();
    this[name] = await this.#serve(name);
  }

  /** The job of the workload; resolves when the target has accepted it. */
  connect(changes: Partial<JobSpecification> = {}): Promise<JobReport> {
    return this.alpha.jobs.connect({
      name: 'work to beta',
      replicationSet: 'work',
      sourceServer: 'alpha',
      targetServer: 'beta',
      roots: [{ source: rawFromText(this.work), replica: rawFromText(this.replica) }],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'delete',
      ...changes,
    });
  }

  /** Waits until the job's report, alpha's unless told otherwise, satisfies the condition. */
  async until(
    jobId: string,
    condition: (report: JobReport) => boolean,
    { secondsMax = 120, server = this.alpha }: { secondsMax?: number; server?: LocalServer } = {},
  ): Promise<JobReport> {
    const endMs = performance.now() + secondsMax * 1000;
    let report = await server.jobs.report(jobId);
    while (!condition(report)) {
      if (performance.now() > endMs) {
        throw new Error(`the condition did not come true: ${JSON.stringify(report, undefined, 1)}`);
      }
      report = await server.jobs.wait(jobId, report.revision, 500);
    }
    return report;
  }

  mirrored(jobId: string, mirrors = 1): Promise<JobReport> {
    return this.until(
      jobId,
      ({ mirror, targetState }) => mirror.completed >= mirrors && mirror.status === 'Idle' && targetState === 'OK',
    );
  }

  /** Resolves when everything that changed before the call is applied: a task behind it has ended. */
  async settled(jobId: string): Promise<void> {
    const taskId = await this.alpha.tasks.queue(jobId, {
      name: 'settled',
      actions: { onexecute: { type: 'program', program: '/bin/true', arguments: [] } },
      timeoutMs: null,
    });
    await this.taskEnded(jobId, taskId);
  }

  /** Resolves with what beta says of a task at ONEXECUTE once it has ended there. */
  async taskEnded(jobId: string, taskId: string): Promise<TaskReport> {
    for (let revision = 0; ; ) {
      const tasks = await this.beta.tasks.list(jobId);
      const task = tasks.find((one) => one.taskId === taskId && one.point === 'onexecute');
      if (task !== undefined && task.state !== 'queued' && task.state !== 'running') return task;
      ({ revision } = await this.beta.jobs.wait(jobId, revision, 500));
    }
  }

  /** Runs a script that may name both servers. */
  async script(text: string, parameters: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const { script, diagnostics } = checkScript(new SourceText('proof.dtcl', text));
    if (script === undefined) throw new Error(JSON.stringify(diagnostics));
    const servers = { alpha: this.alpha, beta: this.beta };
    const host = new CommandHost({
      directory: {
        ownName: undefined,
        local: undefined,
        get: async (name) => servers[name.toLowerCase() as Name],
        known: async () => [],
      },
      replicationSets: this.#sets,
      serverGroups: new ServerGroupStore(new MemoryStorage()),
      clock: this.clock,
      readText: async (path) => (await import('node:fs/promises')).readFile(path, 'utf8'),
      writeText: async (path, text) => (await import('node:fs/promises')).writeFile(path, text, { flag: 'wx' }),
      write: (line) => void this.output.push(line),
      timeZone: 'UTC',
      schedulesEndWithRun: false,
    });
    return runScript(script, { host, clock: this.clock, parameters });
  }

  async events(name: Name, ...ids: readonly number[]): Promise<readonly ServerEvent[]> {
    return (await this[name].events.since(0)).filter(({ id }) => ids.length === 0 || ids.includes(id));
  }

  async manifestOf(location: string): Promise<Manifest> {
    const tree = await this.files.openTree(rawFromText(location));
    try {
      return await manifest(tree);
    } finally {
      await tree.close();
    }
  }

  /** Where one of the servers keeps what belongs to a job. */
  jobFolder(name: Name, jobId: string): string {
    return join(this.folder, name, 'jobs', jobId, name === 'alpha' ? 'source' : 'target');
  }

  async stop(): Promise<void> {
    await this.alpha?.stop();
    await this.beta?.stop();
  }

  /** Stops what runs and takes the folder away. */
  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}
