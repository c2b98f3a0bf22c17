// The snapshots of one replica as its job uses them: takes them at a place of the stream, lists them, reverts to them.
// The end of a snapshot's name on disk says when the data was not good; the part before it is the name that a person
// chose.
import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { ProgressReport, SnapshotReport } from '../../../model/report.ts';
import type { AskedSnapshotType, SnapshotType } from '../../../model/stream/marker.ts';
import type { Applier } from '../../apply/applier.ts';
import type { ApplyLoop } from '../../apply/apply-loop.ts';
import { SnapshotLimit } from '../../snapshot/snapshot-limit.ts';
import { type Snapshot, snapshotsMax } from '../../snapshot/snapshot-list.ts';
import type { Snapshots } from '../../snapshot/snapshots.ts';
import type { JobParts } from '../job-parts.ts';
import type { ReplicaState } from './replica-state.ts';

type Given = Pick<JobParts, 'specification' | 'clock' | 'random' | 'emit'>;

/** The parts of the job with which snapshots are taken. */
export interface SnapshotReplica {
  readonly snapshots: Snapshots;
  readonly applier: Applier;
  readonly loop: ApplyLoop;
  readonly state: ReplicaState;
}

/** The name of the snapshot that keeps a live copy before a mirror overwrites it. */
export const liveCopyName = 'live copy before the mirror';
const badMark = ' (bad)';

/** The name that was given to it. */
function shownName(name: string): string {
  return name.endsWith(badMark) ? name.slice(0, -badMark.length) : name;
}

interface TakeOptions {
  readonly good?: boolean;
  readonly limit?: SnapshotLimit;
}

const start = { streamId: '', sequence: 0, checksum: 0n };

/** Emits an event for each snapshot that was lost with a damaged journal. */
export function tellLostSnapshots({ lost }: Snapshots, emit: Given['emit']): void {
  if (lost === undefined) return;
  for (const { name } of lost.snapshots) emit(5051, { snapshot: name, reason: `it is lost: ${lost.reason}` });
}

export class ReplicaSnapshots {
  readonly #parts: Given;
  readonly #replica: SnapshotReplica;

  constructor(parts: Given, replica: SnapshotReplica) {
    this.#parts = parts;
    this.#replica = replica;
  }

  get revertProgress(): ProgressReport | undefined {
    return this.#replica.snapshots.revertProgress;
  }

  list(): readonly SnapshotReport[] {
    return this.#replica.snapshots.list().map((snapshot) => this.#report(snapshot));
  }

  /**
   * Takes a snapshot of the present replica; only while nothing is applied. A failure also emits an event (which is logged), leaves no
   * snapshot, and holds up nothing. `SNAPSHOT-TOO-LATE` when it takes longer than a minute.
   */
  async take(
    name: string,
    type: SnapshotType,
    { good = this.#replica.state.isGood, limit = new SnapshotLimit(this.#parts.clock, name) }: TakeOptions = {},
  ): Promise<SnapshotReport> {
    const { clock, random, emit } = this.#parts;
    const { snapshots, applier, loop } = this.#replica;
    const before = snapshots.list();
    const id = newIdentifier(clock, random);
    try {
      await loop.checkpoint();
      const position = applier.applied?.position ?? start;
      const wanted = { id, name: good ? name : name + badMark, type, position };
      const taken = await snapshots.take(wanted, () => limit.commit());
      emit(5050, { snapshot: name, type });
      this.#tellRemoved(before, taken);
      return this.#report(taken);
    } catch (thrown) {
      // It is in the list: only what is not needed any more could not be taken away. The job begins anew from what is durable.
      if (snapshots.list().some((one) => one.id === id)) loop.fail(thrown);
      const failure = asFailure(thrown, 'take a snapshot', name);
      if (!limit.isTold) emit(5051, { snapshot: name, reason: failure.message });
      throw failure;
    }
  }

  /** Names those that went because of the limit; that the automatic one is replaced is no loss. */
  #tellRemoved(before: readonly Snapshot[], taken: Snapshot): void {
    const now = new Set(this.#replica.snapshots.list().map(({ id }) => id));
    for (const { id, name, type } of before) {
      const isReplaced = type === 'automatic' && taken.type === 'automatic';
      if (now.has(id) || isReplaced) continue;
      this.#parts.emit(5053, { snapshot: shownName(name), next: shownName(taken.name), most: snapshotsMax });
    }
  }

  /**
   * As `takeAsked`, when its turn comes; whoever asks waits a minute at most (guide, ch. 2), also for the turn. What was not made by then
   * is not made later.
   */
  async takeInTime(name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    const { clock, emit } = this.#parts;
    const limit = new SnapshotLimit(clock, name, (failure) => emit(5051, { snapshot: name, reason: failure.message }));
    return limit.hold(this.#replica.loop.runAlone(() => this.takeAsked(name, type, limit)));
  }

  /**
   * Throws `SNAPSHOT-NOT-NOW` for a scheduled snapshot while the data is not good; that is a delay and emits no event. After a
   * takeover also a manual one is refused (`REPLICA-LIVE`).
   */
  async takeAsked(name: string, type: AskedSnapshotType, limit?: SnapshotLimit): Promise<SnapshotReport> {
    limit?.expectTime();
    const { isGood } = this.#replica.state;
    if (type === 'manual') this.expectNotLive('take a snapshot', name);
    if (type === 'manual' || isGood) return this.take(name, type, limit && { limit });
    throw new Failure({
      code: 'SNAPSHOT-NOT-NOW',
      operation: 'take a scheduled snapshot',
      subject: name,
      reason: 'the state of the data is not good',
      hint: 'It can be taken when a mirror has completed.',
      retryable: true,
    });
  }

  /**
   * After a takeover programs write to the replica, and nothing of that is kept for the snapshots: a new one could not be gone back
   * to, and an old one would be mixed with what they wrote. Throws `REPLICA-LIVE`.
   */
  expectNotLive(operation: string, name: string): void {
    if (!this.#replica.state.now.failedOver) return;
    throw new Failure({
      code: 'REPLICA-LIVE',
      operation,
      subject: name,
      reason:
        'this server has taken over: programs may write to the replica, and snapshots do not keep what they change',
      hint: 'Protect the live copy with CONNECT; the snapshots of that connection are taken on its target.',
    });
  }

  /**
   * Called before a good state ends (guide, ch. 10, Snapshot states). A failure emits an event and stops nothing. Where the replica is
   * known to differ from the source, the snapshot does not replace a good one.
   */
  async takeAutomatic(name: string): Promise<void> {
    const { isGood, isWhole } = this.#replica.state;
    if (isGood) await this.take(name, 'automatic').catch(() => undefined);
    else if (isWhole) await this.keepAsFound(name);
  }

  /**
   * Takes a snapshot, so that files that the mirror deletes can be restored. Before the first mirror the folder may
   * hold files of somebody else: they are not a copy of the source, so their snapshot is marked as not good.
   */
  async beforeMirror(isFirst: boolean): Promise<void> {
    await this.takeAutomatic('before the mirror');
    const { snapshots } = this.#replica;
    if (!isFirst || snapshots.list().length > 0 || (await snapshots.replicaIsEmpty())) return;
    await this.keepAsFound('before the first mirror');
  }

  /**
   * Called for a replica that may not be a copy of the source, such as after the queue was lost, when the last
   * operations may be applied only in part. The snapshot is not good, so it does not replace a good automatic one.
   */
  async keepAsFound(name: string): Promise<void> {
    const isKept = this.list().some(({ type, state }) => type === 'automatic' && state === 'good');
    if (!isKept) await this.take(name, 'automatic').catch(() => undefined);
  }

  /**
   * Keeps a released live copy before anything from the new source is applied. The snapshot is manual, so that no
   * automatic one replaces it, and good, because the data was in use. When this rejects, nothing may be applied.
   */
  async keepLive(): Promise<void> {
    if (this.#replica.applier.applied !== undefined || this.list().some(({ name }) => name === liveCopyName)) return;
    await this.take(liveCopyName, 'manual', { good: true });
  }

  /**
   * Keeps a live copy that is to become a replica again, as `keepLive` does, and marks the older snapshots as not good: the
   * undo journal has not seen what programs wrote since, so a revert to one of them would mix two times. Returns the name.
   * Called again at the same place of the stream, it does nothing more.
   */
  async keepTakenOver(): Promise<string> {
    const { snapshots, applier, loop } = this.#replica;
    await loop.checkpoint();
    const newest = snapshots.list().at(-1);
    const { streamId, sequence } = applier.applied?.position ?? start;
    const isKept = newest?.name === liveCopyName && newest.position.streamId === streamId;
    if (isKept && newest.position.sequence === sequence) return liveCopyName;
    await this.doubtAll();
    await this.take(liveCopyName, 'manual', { good: true });
    return liveCopyName;
  }

  /** Marks all snapshots as not good. */
  async doubtAll(): Promise<void> {
    await this.#replica.snapshots.rename((name) => (name.endsWith(badMark) ? name : name + badMark));
  }

  /**
   * Only while nothing is applied. Later operations of the stream are skipped until the next mirror begins. One that is refused in
   * the middle ends the job, whose next start goes on with it: nothing may be applied to a replica that is half reverted.
   */
  async revert(id: string): Promise<Snapshot> {
    const { snapshots, loop } = this.#replica;
    try {
      const snapshot = await snapshots.revert(id);
      await this.settleRevert();
      return snapshot;
    } catch (thrown) {
      if (snapshots.isHalfReverted || snapshots.reverted !== undefined) loop.fail(thrown);
      throw thrown;
    }
  }

  /** Stores durably that the replica was reverted. Repeated at a start, because a process may end after the revert. */
  async settleRevert(): Promise<void> {
    const { snapshots, applier, state } = this.#replica;
    await applier.checkpoint();
    await state.setDataState('Snapshot Reverted');
    await snapshots.acknowledgeRevert();
  }

  remove(id: string): Promise<void> {
    return this.#replica.snapshots.remove(id);
  }

  #report({ id, name, type, takenMs, position }: Snapshot): SnapshotReport {
    const bad = name.endsWith(badMark);
    return {
      snapshotId: id,
      jobId: this.#parts.specification.jobId,
      name: shownName(name),
      type,
      takenMs,
      sequence: position.sequence,
      state: bad ? 'bad' : 'good',
    };
  }
}
