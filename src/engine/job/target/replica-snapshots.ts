// The snapshots of one replica as its job uses them: takes them at a place of the stream, lists them, reverts to them.
// The end of a snapshot's name on disk says when the data was not good; the part before it is the name that a person
// chose.
import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { ProgressReport, SnapshotReport } from '../../../model/report.ts';
import type { AskedSnapshotType, SnapshotType } from '../../../model/stream/marker.ts';
import type { Applier } from '../../apply/applier.ts';
import type { ApplyLoop } from '../../apply/apply-loop.ts';
import type { Snapshot } from '../../snapshot/snapshot-list.ts';
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

  /** Takes a snapshot of the present replica; only while nothing is applied. A failure also emits an event. */
  async take(name: string, type: SnapshotType, good = this.#replica.state.isGood): Promise<SnapshotReport> {
    const { clock, random, emit } = this.#parts;
    const { snapshots, applier, loop } = this.#replica;
    try {
      await loop.checkpoint();
      const position = applier.applied?.position ?? start;
      const id = newIdentifier(clock, random);
      const taken = await snapshots.take({ id, name: good ? name : name + badMark, type, position });
      emit(5050, { snapshot: name, type });
      return this.#report(taken);
    } catch (thrown) {
      const failure = asFailure(thrown, 'take a snapshot', name);
      emit(5051, { snapshot: name, reason: failure.message });
      throw failure;
    }
  }

  /**
   * Throws `SNAPSHOT-NOT-NOW` for a scheduled snapshot while the data is not good; that is a delay and emits no event.
   */
  async takeAsked(name: string, type: AskedSnapshotType): Promise<SnapshotReport> {
    if (type === 'manual' || this.#replica.state.isGood) return this.take(name, type);
    throw new Failure({
      code: 'SNAPSHOT-NOT-NOW',
      operation: 'take a scheduled snapshot',
      subject: name,
      reason: 'the state of the data is not good',
      hint: 'It can be taken when a mirror has completed.',
      retryable: true,
    });
  }

  /** Called before a good state ends (guide, ch. 10, Snapshot states). A failure emits an event and stops nothing. */
  async takeAutomatic(name: string): Promise<void> {
    if (this.#replica.state.isGood) await this.take(name, 'automatic').catch(() => undefined);
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
    await this.take(liveCopyName, 'manual', true);
  }

  /** Only while nothing is applied. Later operations of the stream are skipped until the next mirror begins. */
  async revert(id: string): Promise<Snapshot> {
    const snapshot = await this.#replica.snapshots.revert(id);
    await this.settleRevert();
    return snapshot;
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
      name: bad ? name.slice(0, -badMark.length) : name,
      type,
      takenMs,
      sequence: position.sequence,
      state: bad ? 'bad' : 'good',
    };
  }
}
