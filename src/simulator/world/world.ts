// A whole cluster in one process, from one seed: machines with disks, a network between them, a name service, and servers
// that can die in the middle of whatever they do. What is random in it comes from the seed, and time only passes when it
// is turned; so a world does the same each time it is made.
import { asFailure } from '../../base/failure.ts';
import { silentLog } from '../../base/log.ts';
import { defaultQueueLimits, type QueueLimits } from '../../engine/queue/queue-limits.ts';
import type { ServerEvent } from '../../model/event.ts';
import { EventLog } from '../../runtime/events/event-log.ts';
import type { ServerParts } from '../../runtime/jobs/server-parts.ts';
import { runsBetween } from '../../runtime/schedules/next-run.ts';
import { type LocalServer, startLocalServer } from '../../runtime/server/local-server.ts';
import { Chance } from '../chance.ts';
import { MemoryFilter } from '../memory/filter/memory-filter.ts';
import { LateCapture } from '../memory/late-capture.ts';
import { MemoryFiles } from '../memory/memory-files.ts';
import { MemoryJavaScript } from '../memory/memory-javascript.ts';
import { MemoryNameService } from '../memory/memory-name-service.ts';
import { MemoryNetwork } from '../memory/memory-network.ts';
import { MemoryPrograms } from '../memory/memory-programs.ts';
import { MemoryStorage } from '../memory/memory-storage.ts';
import { MemoryWorkload } from '../memory/memory-workload.ts';
import { MemorySegment } from '../memory/network/memory-addresses.ts';
import { MemoryWitness } from '../memory/network/memory-leases.ts';
import { SeededRandom } from '../seeded-random.ts';
import { clockCalendar } from '../time/clock-calendar.ts';
import { MachineClock } from '../time/machine-clock.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { Boundary, type BoundaryRules, type PortCall } from './boundary.ts';
import { Broken } from './broken.ts';
import { Troubles } from './disk-faults.ts';
import { History } from './history.ts';
import { LostWrites } from './lost-writes.ts';
import { watchedForOneWriter } from './one-writer.ts';

/** The time to live of a lease. */
const leaseMs = 6000;

export interface WorldOptions {
  readonly seed: number;
  readonly servers: readonly string[];
  /**
   * What the sources hear of their workloads: `operations` at once, `filter` as a filter delivers them; `late` are notifications that
   * come up to 25 ms after the change.
   */
  readonly capture: 'operations' | 'filter' | 'changes' | 'late';
  /** Every call that is awaited gives way to the rest of the world for a moment, so that whatever runs beside it can overtake it. */
  readonly yields?: boolean;
  /** The servers have a witness, whose leases last six seconds. */
  readonly witness?: boolean;
  /** How many of a hundred calls on disks take some milliseconds; 0 by default. */
  readonly slowCallsPercent?: number;
  readonly queueLimits?: QueueLimits;
  /** Nothing is recorded, and so there is no hash: quicker, for days of simulated time. */
  readonly unrecorded?: boolean;
  /** Hears of every event of every server as it happens. */
  readonly onEvent?: (server: string, event: ServerEvent) => void;
  /** What servers are given besides the world's own ports. */
  readonly parts?: (name: string) => Partial<ServerParts>;
}

/** A computer: what survives the end of the server that runs on it. */
export interface Machine {
  readonly name: string;
  readonly clock: MachineClock;
  readonly files: MemoryFiles;
  readonly storage: MemoryStorage;
  readonly programs: MemoryPrograms;
  readonly workload: MemoryWorkload;
  /** With `capture filter`: what captures the workload. */
  readonly filter: MemoryFilter | undefined;
  readonly troubles: Troubles;
  readonly lostWrites: LostWrites;
}

/** One life of a server, from its start to its end. */
interface Life {
  readonly boundary: Boundary;
  /** Set once it has started. */
  server?: LocalServer;
}

/** Where every machine has a folder to protect. */
export const workloadRoot = '/work';

const lateMs = 25;
const slowCallMsMax = 8;
const slowKinds = /^(files|tree|file|storage|log)\./;
const awaitedKinds = /^(files|tree|file|storage|log|session|capture|network|names)\./;

export class World {
  readonly clock = new ManualClock(undefined, true);
  readonly history = new History();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly names = new MemoryNameService();
  readonly #segment = new MemorySegment();
  readonly chance: Chance;
  /** Why a start of a server failed; the last for each. */
  readonly failedStarts = new Map<string, string>();
  /** What a server threw where nothing may be thrown. */
  defect: Error | undefined;
  readonly #options: WorldOptions;
  readonly witness: MemoryWitness | undefined;
  readonly #machines = new Map<string, Machine>();
  readonly #lives = new Map<string, Life>();
  #livesBegun = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    if (options.witness === true) this.witness = new MemoryWitness(this.clock, leaseMs);
    this.chance = new Chance(options.seed);
    options.servers.forEach((name, index) => {
      this.#machines.set(name, this.#machine(name, index + 1));
    });
  }

  get serverNames(): readonly string[] {
    return [...this.#machines.keys()];
  }

  get queueLimits(): QueueLimits {
    return this.#options.queueLimits ?? { ...defaultQueueLimits, minimumFreeBytes: 0 };
  }

  get hasExactCapture(): boolean {
    return this.#options.capture === 'operations' || this.hasFilter;
  }

  get hasFilter(): boolean {
    return this.#options.capture === 'filter';
  }

  /** Notifications come after a while; what a kernel cannot tell so late (of hard links) is not played then. */
  get hasLateCapture(): boolean {
    return this.#options.capture === 'late';
  }

  machine(name: string): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`there is no server ${name} in this world`);
    return machine;
  }

  /** The server of this name, when it is up and does not stand still. */
  server(name: string): LocalServer | undefined {
    const life = this.#lives.get(name);
    return this.isUp(name) && life?.boundary.standsStill === false ? life.server : undefined;
  }

  /** The server does nothing and hears nothing, until `goOn`; the others go on meanwhile. */
  standStill(name: string): void {
    this.#lives.get(name)?.boundary.standStill();
  }

  goOn(name: string): void {
    this.#lives.get(name)?.boundary.goOn();
  }

  /** Its process runs; it may still be starting. */
  isUp(name: string): boolean {
    const life = this.#lives.get(name);
    return life !== undefined && !life.boundary.isOver;
  }

  /** Begins to start a server that is down; it is up when time has passed. */
  start(name: string): void {
    if (this.isUp(name)) return;
    this.#livesBegun += 1;
    const history = this.#options.unrecorded === true ? undefined : this.history;
    const life: Life = { boundary: new Boundary(name, history, this.#rulesOf(name)) };
    this.#lives.set(name, life);
    this.failedStarts.delete(name);
    this.#serve(name, life.boundary).then(
      (server) => {
        life.server = server;
      },
      (thrown) => {
        this.failedStarts.set(name, asFailure(thrown, 'start', name).message);
        this.#ended(name);
      },
    );
  }

  /** As kill -9: whatever the server was doing is never finished, and its links are gone. */
  kill(name: string): void {
    this.#lives.get(name)?.boundary.end();
    this.#ended(name);
  }

  /** The machine loses its power: as `kill`, and part of what was not synced is gone. */
  losePower(name: string): void {
    this.kill(name);
    const { files, storage, workload, filter } = this.machine(name);
    filter?.powerFailed();
    workload.afterDelivery(() => {
      files.losePower((count) => this.chance.below(count));
      storage.losePower((count) => this.chance.below(count));
    });
  }

  /** Does `strike` at the n-th call of the server through its ports from now on, in the middle of what it is doing. */
  atCall(name: string, calls: number, strike: () => void): void {
    this.#lives.get(name)?.boundary.atCall(calls, strike);
  }

  /** What `atCall` was to do and has not done yet is not done. */
  forgetCalls(): void {
    for (const { boundary } of this.#lives.values()) boundary.forgetCall();
  }

  #ended(name: string): void {
    this.#lives.get(name)?.boundary.end();
    this.machine(name).filter?.serverEnded();
    this.network.crash(name);
  }

  #machine(name: string, device: number): Machine {
    const clock = new MachineClock(this.clock);
    const files = new MemoryFiles({ clock, device, canLosePower: true });
    const workload = new MemoryWorkload(files, this.hasExactCapture ? 'operations' : 'changes');
    workload.makeDirectory(workloadRoot);
    files.becomeDurable();
    const parts = {
      disk: files.disk,
      workload,
      clock: this.clock,
      // Its own, so that other histories stay what they were.
      chance: new Chance(this.#options.seed * 1000 + device),
      isServerRunning: () => this.#lives.get(name)?.boundary.standsStill === false,
    };
    return {
      name,
      clock,
      files,
      storage: new MemoryStorage(),
      programs: new MemoryPrograms(),
      workload,
      filter: this.hasFilter ? new MemoryFilter(parts) : undefined,
      troubles: new Troubles(this.clock),
      lostWrites: new LostWrites(),
    };
  }

  #rulesOf(name: string): BoundaryRules {
    const { troubles, files, lostWrites } = this.machine(name);
    const percent = this.#options.slowCallsPercent ?? 0;
    return {
      defect: (thrown) => {
        this.defect ??= thrown instanceof Error ? thrown : new Error(String(thrown));
      },
      refusal: (call) => {
        if (call.name === 'files.openTree') lostWrites.opened(String(call.given[0]));
        const isUntold = call.name === 'tree.sync' && lostWrites.isUntold(call.place);
        const code = troubles.refusal(call);
        if (code !== undefined && call.name.endsWith('.sync') && !call.name.startsWith('log.')) {
          files.loseWrites((count) => this.chance.below(count));
          lostWrites.lost();
        }
        if (call.name === 'tree.sync') lostWrites.opened(call.place);
        return code ?? (isUntold ? 'EIO' : undefined);
      },
      delay: (call) => {
        const isSlow = percent > 0 && slowKinds.test(call.name) && this.chance.below(100) < percent;
        if (!isSlow) return this.#momentOf(call);
        return { durationMs: 1 + this.chance.below(slowCallMsMax), effectLast: this.chance.below(2) === 0 };
      },
      sleep: (durationMs) => new Promise((resolve) => this.clock.after(durationMs, resolve)),
    };
  }

  /** For a call that gives way: hundredths of a millisecond, so that each takes another place among the others. */
  #momentOf(call: PortCall): { readonly durationMs: number; readonly effectLast: boolean } | undefined {
    if (this.#options.yields !== true || !awaitedKinds.test(call.name)) return undefined;
    return { durationMs: this.chance.below(20) / 100, effectLast: this.chance.below(2) === 0 };
  }

  async #serve(name: string, boundary: Boundary): Promise<LocalServer> {
    const { files, storage, programs, workload, filter, clock: machineClock } = this.machine(name);
    const clock = boundary.wrap('clock', machineClock);
    const late = this.#options.capture === 'late';
    const wrappedStorage = boundary.wrap('storage', storage);
    const eventLog = await EventLog.open(wrappedStorage, clock, silentLog);
    eventLog.subscribe((event) => {
      if (!boundary.isOver) this.#options.onEvent?.(name, event);
    });
    return startLocalServer({
      name,
      version: 'simulated',
      fingerprint: this.network.fingerprint(name),
      clock,
      random: boundary.wrap('random', new SeededRandom(this.#options.seed * 1000 + this.#livesBegun)),
      log: silentLog,
      files: boundary.wrap(
        'files',
        watchedForOneWriter(files, (detail) => {
          this.defect ??= new Broken('one writer', `${name}: ${detail}`);
        }),
      ),
      machineId: `machine of ${name}`,
      storage: wrappedStorage,
      home: '/home',
      capture: boundary.wrap('capture', late ? new LateCapture(workload, this.clock, lateMs) : (filter ?? workload)),
      network: boundary.wrap('network', this.network.server(name)),
      ping: boundary.wrap('ping', this.network.ping(name)),
      ...(this.witness === undefined ? {} : { leases: boundary.wrap('leases', this.witness.server(name)) }),
      programs: boundary.wrap('programs', programs),
      javascript: new MemoryJavaScript(),
      nameService: boundary.wrap('names', this.names),
      addresses: this.#segment.machine(name),
      calendar: clockCalendar(clock),
      eventLog,
      taskPolicy: { enabled: true, allow: 'any' },
      allowedRoots: 'any',
      queueLimits: this.queueLimits,
      accounts: 'full',
      runsBetween,
      runBlock: async () => undefined,
      ...this.#options.parts?.(name),
    });
  }
}
