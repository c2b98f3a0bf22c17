// Looks at every job of a stage whenever a piece of time has passed, and says which invariant does not hold.
import { isAtRest } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import { Broken } from '../../world/broken.ts';
import { differences } from '../differences.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { ObservedStage, StagedJob } from '../observed-stage.ts';
import { isReplacedUnnoticed } from '../unnoticed-root.ts';

/** What is known of a job from earlier looks. */
interface Seen {
  /** The newest state of the source that the replica was seen in. */
  reached: number;
  /** The newest state of the source that the target has acknowledged. */
  acknowledged: number;
  /** The greatest durable sequence number that the source was told, by stream. */
  readonly durable: Map<string, number>;
  readonly streams: Set<string>;
  /** Streams of which the target was made to lose something. */
  readonly forgiven: Set<string>;
  /** What the replica held when it was last compared, and the revisions for which that is so. */
  comparedAt: string;
  /** The source tells that it could not read everything: the replica is stale in these places. */
  isUnread: boolean;
  /** What the replica held when the target had taken over. */
  takenOver: string | undefined;
}

export class ReplicaWatch {
  readonly #stage: ObservedStage;
  readonly #seen = new Map<string, Seen>();

  constructor(stage: ObservedStage) {
    this.#stage = stage;
  }

  async look(): Promise<void> {
    this.#lookAtQueues();
    for (const job of this.#stage.jobs.values()) {
      if (job.jobId === undefined) continue;
      const seen = this.#seenOf(job.jobId);
      const source = await this.#stage.report(job, 'source');
      const target = await this.#stage.report(job, 'target');
      if (source !== undefined) this.#lookAtSource(job, seen, source);
      if (target !== undefined) this.#lookAtTarget(job, seen, target);
    }
  }

  /** What a queue has on disk stays within its limit; the log that is being written may go over it. */
  #lookAtQueues(): void {
    const { queueLimits, serverNames } = this.#stage.world;
    if (typeof queueLimits.disk !== 'number') return;
    for (const name of serverNames) {
      for (const [queue, bytes] of this.#stage.world.machine(name).storage.sizesOf(/^jobs\/.*-queue\//)) {
        if (bytes <= queueLimits.disk + queueLimits.logBytesMax) continue;
        throw new Broken('bounds', `${name}: ${queue} holds ${bytes} bytes, its limit is ${queueLimits.disk}`);
      }
    }
  }

  /** What the target has kept was damaged by something that no server can prevent: nothing is promised of it. */
  forgive(job: StagedJob): void {
    if (job.jobId === undefined) return;
    const seen = this.#seenOf(job.jobId);
    for (const stream of seen.streams) seen.forgiven.add(stream);
    seen.acknowledged = 0;
    seen.reached = 0;
  }

  /** The replica was set back, as somebody had asked. */
  reverted(job: StagedJob): void {
    if (job.jobId === undefined) return;
    const seen = this.#seenOf(job.jobId);
    seen.acknowledged = 0;
    seen.reached = 0;
    seen.comparedAt = '';
  }

  /** Whoever uses the replica after a takeover may not have synced what it wrote: it is what the power failure left. */
  powerFailed(job: StagedJob): void {
    if (job.jobId !== undefined) this.#seenOf(job.jobId).takenOver = undefined;
  }

  /** How many streams the job was seen to have. */
  streamsOf(jobId: string): number {
    return this.#seenOf(jobId).streams.size;
  }

  #lookAtSource(job: StagedJob, seen: Seen, report: JobReport): void {
    const { mirror, replication, targetState, sequence, streamId } = report;
    seen.streams.add(streamId);
    // A mirror that has begun reads everything; its target hears of it a moment later.
    seen.isUnread = report.additional.includes('could not be read') || (seen.isUnread && !isAtRest(mirror.status));
    seen.durable.set(streamId, Math.max(seen.durable.get(streamId) ?? 0, sequence.durable));
    const isQuiet = isAtRest(mirror.status) && mirror.completed > 0 && replication.status === 'Ready';
    // What could not be read is older in the replica, and the source says so.
    const isKnown = isQuiet && targetState === 'OK' && !seen.isUnread && !isReplacedUnnoticed(this.#stage, job);
    this.#lookPast(job, isQuiet && targetState === 'OK' && sequence.applied === sequence.head);
    const { filter } = this.#stage.world.machine(job.source);
    const isTold = filter?.isTold(job.sourceRoot) !== false && !job.isPassed;
    if (isKnown && isTold && job.states !== undefined) seen.acknowledged = job.states.present;
  }

  /** While programs get past a filter, and until all that they did has arrived, no prefix is promised. */
  #lookPast(job: StagedJob, isEqual: boolean): void {
    const { filter } = this.#stage.world.machine(job.source);
    if (filter?.isPassed(job.sourceRoot)) job.isPassed = true;
    else if (isEqual) job.isPassed = false;
  }

  #lookAtTarget(job: StagedJob, seen: Seen, report: JobReport): void {
    const { sequence, streamId, failedOver, targetState, mirror, replication } = report;
    const promised = seen.forgiven.has(streamId) ? 0 : (seen.durable.get(streamId) ?? 0);
    if (sequence.durable < promised && targetState !== 'Mirror Required') {
      throw new Broken(
        'durability',
        `${job.name}: the target has ${sequence.durable} of stream ${streamId}, and had acknowledged ${promised}`,
      );
    }
    if (job.isTakenOver && !failedOver)
      throw new Broken('one writer', `${job.name}: the target has forgotten that it took over`);
    if (failedOver) {
      this.#lookAtTakenOver(job, seen);
      return;
    }
    seen.takenOver = undefined;
    // What is left of an earlier stream is no part of the sequence numbers.
    const isApplied = sequence.applied === sequence.durable && replication.queuedOperations === 0;
    const isWhole = targetState === 'OK' && mirror.completed > 0 && isApplied;
    // What the disk lost, the target learns at its next sync.
    const isUntold = this.#stage.world.machine(job.target).lostWrites.isUntold(job.replicaRoot);
    if (isWhole && !job.doctored && !job.isPassed && !seen.isUnread && !isUntold)
      this.#comparePrefix(job, seen, report);
  }

  #comparePrefix(job: StagedJob, seen: Seen, report: JobReport): void {
    if (job.states === undefined) return;
    const version = `${report.streamId} ${report.sequence.applied} ${seen.acknowledged}`;
    if (version === seen.comparedAt) return;
    const held = this.#replica(job);
    const reached = job.states.find(held, Math.max(seen.reached, seen.acknowledged));
    if (reached === undefined) {
      const older = job.states.find(held, 0);
      if (older === undefined) throw new Broken('prefix', noState(job, differences(this.#stage, job, 'none')));
      if (seen.reached > seen.acknowledged)
        throw new Broken('prefix', `${job.name}: the replica went back from state ${seen.reached} to ${older}`);
      throw new Broken(
        'durability',
        `${job.name}: the replica is state ${older}, and state ${seen.acknowledged} had been acknowledged`,
      );
    }
    seen.reached = reached;
    seen.comparedAt = version;
  }

  #lookAtTakenOver(job: StagedJob, seen: Seen): void {
    const held = this.#replica(job);
    if (seen.takenOver === undefined) {
      if (!job.takingOver) seen.takenOver = held;
    } else if (seen.takenOver !== held) {
      throw new Broken('one writer', `${job.name}: the replica changed after the takeover`);
    }
  }

  #replica(job: StagedJob): string {
    const { disk } = this.#stage.world.machine(job.target).files;
    return fingerprintOf(disk, disk.resolve(job.replicaRoot, true));
  }

  #seenOf(jobId: string): Seen {
    let seen = this.#seen.get(jobId);
    if (seen === undefined) {
      seen = {
        reached: 0,
        acknowledged: 0,
        durable: new Map(),
        streams: new Set(),
        forgiven: new Set(),
        comparedAt: '',
        isUnread: false,
        takenOver: undefined,
      };
      this.#seen.set(jobId, seen);
    }
    return seen;
  }
}

function noState(job: StagedJob, differing: readonly string[]): string {
  return `${job.name}: the replica is no state that the source was in; from the present one it differs in [${differing.join(', ')}]`;
}
