// A cluster on which a scenario is played: the world, the jobs that the scenario speaks of, and time. After every piece of
// time that passes the watch looks at everything.
import { AssertionFailure, Failure } from '../../base/failure.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { JobReport } from '../../model/report.ts';
import { lookAtHeldMirrors } from '../invariants/held-mirrors.ts';
import type { Counts, ObservedStage, StagedJob } from '../invariants/observed-stage.ts';
import { LineWatch } from '../invariants/watches/line-watch.ts';
import { QueueMemoryWatch } from '../invariants/watches/queue-memory-watch.ts';
import { ReplicaWatch } from '../invariants/watches/replica-watch.ts';
import { TaskWatch } from '../invariants/watches/task-watch.ts';
import { Broken } from '../world/broken.ts';
import { World, type WorldOptions } from '../world/world.ts';
import { lookForTwoWords } from './two-words.ts';

/** Commands that take longer are left alone, as an operator would who has other things to do. */
const patienceMs = 8000;

export class Stage implements ObservedStage {
  readonly world: World;
  readonly jobs = new Map<string, StagedJob>();
  /** Jobs that were failed over and turned round: servers may still know them. */
  readonly givenUp: StagedJob[] = [];
  readonly counts: Counts = {
    operations: 0,
    crashes: 0,
    powerFailures: 0,
    partitions: 0,
    faults: 0,
    tasks: 0,
    failovers: 0,
    verifications: 0,
  };
  readonly tasks: TaskWatch;
  readonly replicas: ReplicaWatch;
  readonly lines: LineWatch;
  readonly queueMemory: QueueMemoryWatch;
  /** Every event that a server told, in order; what the servers keep of them may be lost with their disks. */
  readonly told: ({ readonly server: string } & ServerEvent)[] = [];
  /** What the replica held when a snapshot was taken, by the snapshot's id; where nothing was applied meanwhile. */
  readonly atSnapshot = new Map<string, string>();
  /** Programs that are busy by themselves are done then, by the world's clock. */
  busyUntilMs = 0;
  /** A defect that showed itself outside of any call. */
  defect: Error | undefined;

  constructor(options: WorldOptions) {
    this.world = new World({ ...options, onEvent: (server, event) => this.told.push({ server, ...event }) });
    this.tasks = new TaskWatch(this);
    this.replicas = new ReplicaWatch(this);
    this.lines = new LineWatch(this);
    this.queueMemory = new QueueMemoryWatch(this.world);
    for (const name of options.servers) this.world.start(name);
  }

  job(name: string): StagedJob {
    const job = this.jobs.get(name);
    if (job === undefined) throw new Error(`there is no job ${name} in this scenario`);
    return job;
  }

  /** The job's report on one of its servers; undefined when that is down or does not know it. */
  async report(job: StagedJob, side: 'source' | 'target'): Promise<JobReport | undefined> {
    const server = this.world.server(job[side]);
    if (server === undefined || job.jobId === undefined) return undefined;
    const reports = await server.jobs.list();
    return reports.find(({ jobId, role }) => jobId === job.jobId && role === side);
  }

  /** Lets time pass, in pieces. */
  async turn(durationMs: number, pieceMs = 20): Promise<void> {
    for (let left = durationMs; left > 0; left -= pieceMs) {
      await this.world.clock.advance(Math.min(left, pieceMs));
      const defect = this.defect ?? this.world.defect;
      if (defect !== undefined) throw defectOf(defect);
      await this.replicas.look();
      await lookAtHeldMirrors(this);
      await this.queueMemory.look();
      if (this.world.witness !== undefined) for (const job of this.jobs.values()) await lookForTwoWords(this, job);
    }
  }

  /** Lets time pass until it holds; says whether it came to that. */
  async until(holds: () => Promise<boolean> | boolean, mostMs: number, pieceMs = 20): Promise<boolean> {
    for (let passedMs = 0; passedMs < mostMs; passedMs += pieceMs) {
      if (await holds()) return true;
      await this.turn(pieceMs, pieceMs);
    }
    return holds();
  }

  /**
   * Waits for a command's result. A Failure is an answer like others: undefined, as when nobody answers in time; anything
   * else that is thrown is a defect.
   */
  async command<T>(name: string, result: Promise<T>): Promise<T | undefined> {
    let answer: { readonly value?: T } | undefined;
    result.then(
      (value) => {
        answer = { value };
        this.world.history.record('done', name, value);
      },
      (thrown: unknown) => {
        answer = {};
        if (thrown instanceof Failure) this.world.history.record('refused', name, thrown);
        else this.defect ??= thrown instanceof Error ? thrown : new Error(String(thrown));
      },
    );
    await this.until(() => answer !== undefined, patienceMs);
    return answer?.value;
  }

  /** Ends everything, so that nothing of this world goes on. */
  close(): void {
    for (const name of this.world.serverNames) this.world.kill(name);
  }
}

function defectOf(thrown: Error): Broken {
  if (thrown instanceof Broken) return thrown;
  const kind = thrown instanceof AssertionFailure ? 'assertion' : thrown.name;
  return new Broken('no defect', `${kind}: ${thrown.message}\n${thrown.stack ?? ''}`);
}
