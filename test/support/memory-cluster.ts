// Two servers in memory, alpha and beta, with a workload on alpha at /work and room for its replica on beta. Nothing of it
// touches the machine: files, storage, network and programs are the simulator's, and time is turned by hand.
import { silentLog } from '../../src/base/log.ts';
import { defaultQueueLimits, type QueueLimits } from '../../src/engine/queue/queue-limits.ts';
import type { TaskPolicy } from '../../src/engine/tasks/task-runner.ts';
import type { NewJob } from '../../src/model/job.ts';
import type { JobReport } from '../../src/model/report.ts';
import type { PlacedAddress } from '../../src/ports/addresses.ts';
import type { Capture } from '../../src/ports/capture.ts';
import type { FileTree } from '../../src/ports/files.ts';
import { EventLog } from '../../src/runtime/events/event-log.ts';
import type { ServerParts } from '../../src/runtime/jobs/server-parts.ts';
import { type LocalServer, startLocalServer } from '../../src/runtime/server/local-server.ts';
import { LateCapture } from '../../src/simulator/memory/late-capture.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { MemoryJavaScript } from '../../src/simulator/memory/memory-javascript.ts';
import { MemoryNameService } from '../../src/simulator/memory/memory-name-service.ts';
import { MemoryNetwork } from '../../src/simulator/memory/memory-network.ts';
import { MemoryPrograms } from '../../src/simulator/memory/memory-programs.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { MemoryWorkload } from '../../src/simulator/memory/memory-workload.ts';
import { MemorySegment } from '../../src/simulator/memory/network/memory-addresses.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { Boundary } from '../../src/simulator/world/boundary.ts';
import { calmRules } from './calm-rules.ts';
import { manifest } from './manifest.ts';
import { TroubledFiles } from './troubled-files.ts';

export interface MemoryClusterOptions {
  readonly capture?: 'changes' | 'operations';
  /** How long after a change its notification comes, at most; 0 by default. A flush brings what is on its way. */
  readonly notificationsLateMs?: number;
  readonly taskPolicy?: TaskPolicy;
  readonly allowedRoots?: readonly string[] | 'any';
  readonly queueLimits?: QueueLimits;
  /** Parts of a server that are not as usual. */
  readonly parts?: (name: 'alpha' | 'beta', cluster: MemoryCluster) => Partial<ServerParts>;
}

/** One machine: what survives a crash of its server. */
interface Machine {
  readonly files: MemoryFiles;
  readonly storage: MemoryStorage;
  readonly programs: MemoryPrograms;
  readonly seed: number;
}

/** Each has one of its own, and alpha one more that clients use. */
const firstAddresses = {
  alpha: ['10.0.0.1', '10.0.0.10'],
  beta: ['10.0.0.2'],
} as const;

export class MemoryCluster {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly names = new MemoryNameService();
  readonly segment = new MemorySegment();
  readonly machines: { readonly alpha: Machine; readonly beta: Machine };
  readonly workload: MemoryWorkload;
  /** What alpha cannot read. */
  readonly trouble: TroubledFiles;
  /** What beta cannot change. */
  readonly targetTrouble: TroubledFiles;
  readonly #options: MemoryClusterOptions;
  /** Of each server as it runs now, or ran last. */
  readonly #boundaries = new Map<'alpha' | 'beta', Boundary>();
  alpha!: LocalServer;
  beta!: LocalServer;

  private constructor(options: MemoryClusterOptions) {
    this.#options = options;
    const machine = (seed: number): Machine => ({
      files: new MemoryFiles({ clock: this.clock, device: seed }),
      storage: new MemoryStorage(),
      programs: new MemoryPrograms(),
      seed,
    });
    this.machines = { alpha: machine(1), beta: machine(2) };
    this.workload = new MemoryWorkload(this.machines.alpha.files, options.capture ?? 'changes');
    this.workload.makeDirectory('/work');
    this.trouble = new TroubledFiles(this.machines.alpha.files);
    this.targetTrouble = new TroubledFiles(this.machines.beta.files);
  }

  static async start(options: MemoryClusterOptions = {}): Promise<MemoryCluster> {
    const cluster = new MemoryCluster(options);
    cluster.beta = await cluster.serve('beta');
    cluster.alpha = await cluster.serve('alpha');
    return cluster;
  }

  /** As kill -9 would: whatever the server was doing is never finished, and its links are gone. */
  kill(name: 'alpha' | 'beta'): void {
    this.#boundaries.get(name)?.end();
    this.network.crash(name);
  }

  async restart(name: 'alpha' | 'beta'): Promise<void> {
    this[name] = await this.turning(this.serve(name));
  }

  async serve(name: 'alpha' | 'beta'): Promise<LocalServer> {
    const machine = this.machines[name];
    const boundary = new Boundary(name, undefined, calmRules);
    this.#boundaries.set(name, boundary);
    const storage = boundary.wrap('storage', machine.storage);
    const clock = boundary.wrap('clock', this.clock);
    const { programs, seed } = machine;
    return startLocalServer({
      name,
      version: 'test',
      fingerprint: this.network.fingerprint(name),
      clock,
      random: new SeededRandom(seed + clock.wallMs()),
      log: silentLog,
      files: boundary.wrap('files', name === 'alpha' ? this.trouble : this.targetTrouble),
      machineId: `machine of ${name}`,
      storage,
      home: '/home',
      capture: boundary.wrap('capture', this.#capture()),
      network: boundary.wrap('network', this.network.server(name)),
      ping: boundary.wrap('ping', this.network.ping(name)),
      programs,
      javascript: new MemoryJavaScript(),
      nameService: this.names,
      addresses: this.segment.machine(name, firstAddresses[name].map(placed)),
      calendar: { next: () => undefined, schedule: () => () => undefined },
      eventLog: await EventLog.open(storage, clock, silentLog),
      taskPolicy: this.#options.taskPolicy ?? { enabled: true, allow: 'any' },
      allowedRoots: this.#options.allowedRoots ?? 'any',
      queueLimits: this.#options.queueLimits ?? { ...defaultQueueLimits, minimumFreeBytes: 0 },
      accounts: 'full',
      runsBetween: () => 0,
      runBlock: async () => undefined,
      ...this.#options.parts?.(name, this),
    });
  }

  #capture(): Capture {
    const lateMs = this.#options.notificationsLateMs ?? 0;
    return lateMs === 0 ? this.workload : new LateCapture(this.workload, this.clock, lateMs);
  }

  connect(changes: Partial<NewJob> = {}): Promise<JobReport> {
    return this.alpha.jobs.connect({
      name: 'work to beta',
      replicationSet: 'work',
      sourceServer: 'alpha',
      targetServer: 'beta',
      roots: [{ source: '/work', replica: '/replica' }],
      rules: [],
      mirrorMethod: 'data-delta',
      orphans: 'delete',
      ...changes,
    });
  }

  /** Turns the clock until the job's report on alpha satisfies the condition. */
  async until(jobId: string, condition: (report: JobReport) => boolean, secondsMax = 120): Promise<JobReport> {
    for (let step = 0; step < secondsMax * 20; step += 1) {
      const report = await this.alpha.jobs.report(jobId);
      if (condition(report)) return report;
      await this.clock.advance(50);
    }
    const report = await this.alpha.jobs.report(jobId);
    throw new Error(`the condition did not come true: ${JSON.stringify(report, undefined, 1)}`);
  }

  /** Turns the clock until the promise is settled. */
  async turning<T>(promise: Promise<T>, secondsMax = 120): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    for (let step = 0; step < secondsMax * 20 && !settled; step += 1) await this.clock.advance(50);
    return watched;
  }

  mirrored(jobId: string): Promise<JobReport> {
    return this.until(jobId, ({ mirror, targetState }) => mirror.completed > 0 && targetState === 'OK');
  }

  tree(name: 'alpha' | 'beta', location: string): Promise<FileTree> {
    return this.machines[name].files.openTree(location);
  }

  /** Ids of the events of a server, in order. */
  async events(name: 'alpha' | 'beta'): Promise<number[]> {
    return (await this[name].events.since(0)).map(({ id }) => id);
  }

  async workManifest(): Promise<unknown> {
    return manifest(await this.tree('alpha', '/work'));
  }

  async replicaManifest(): Promise<unknown> {
    return manifest(await this.tree('beta', '/replica'));
  }

  /** Stops what has not been killed. */
  async stop(): Promise<void> {
    for (const name of ['alpha', 'beta'] as const) {
      if (this.#boundaries.get(name)?.isOver === false) await this.turning(this[name].stop());
    }
  }
}

function placed(address: string): PlacedAddress {
  return { address, prefixBits: 24, interfaceName: 'net0' };
}
