// The snapshots of one replica as its job uses them: taken at a place of the stream, listed, reverted to. Whether the data
// was good when a snapshot was taken is part of its name on disk, after everything a person wrote.
import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { SnapshotReport } from '../../../model/report.ts';
import type { AskedSnapshotType, SnapshotType } from '../../../model/stream/marker.ts';
import type { Applier } from '../../apply/applier.ts';
import type { ApplyLoop } from '../../apply/apply-loop.ts';
import type { Snapshot } from '../../snapshot/snapshot-list.ts';
import type { Snapshots } from '../../snapshot/snapshots.ts';
import type { JobParts } from '../job-parts.ts';
import type { ReplicaState } from './replica-state.ts';

type Given = Pick<JobParts, 'specification' | 'clock' | 'random' | 'emit'>;

/** What the snapshots are taken of, and by. */
export interface SnapshotReplica {
  readonly snapshots: Snapshots;
  readonly applier: Applier;
  readonly loop: ApplyLoop;
  readonly state: ReplicaState;
}

/** Of the snapshot that is kept of a live copy before a mirror goes over it. */
export const liveCopyName = 'live copy before the mirror';
const badMark = ' (bad)';
const start = { streamId: '', sequence: 0, checksum: 0n };

/** An event for each snapshot that was lost with a damaged journal. */
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

  list(): readonly SnapshotReport[] {
    return this.#replica.snapshots.list().map((snapshot) => this.#report(snapshot));
  }

  /** Of the replica as it is now; only while nothing is applied. A failure is an event too. */
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

  /** Throws `SNAPSHOT-NOT-NOW` for a scheduled one while the data is not good; it is not said to have failed, but delayed. */
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

  /** On leaving a good state for a bad one (guide, ch. 10, Snapshot states). A failure is an event and holds nothing up. */
  async takeAutomatic(name: string): Promise<void> {
    if (this.#replica.state.isGood) await this.take(name, 'automatic').catch(() => undefined);
  }

  /**
   * What a mirror deletes can be had again. What the first one finds may be somebody else's: it is no copy of the source, so its
   * snapshot is not good, but it is there.
   */
  async beforeMirror(isFirst: boolean): Promise<void> {
    await this.takeAutomatic('before the mirror');
    const { snapshots } = this.#replica;
    if (!isFirst || snapshots.list().length > 0 || (await snapshots.replicaIsEmpty())) return;
    await this.keepAsFound('before the first mirror');
  }

  /**
   * After the queue was lost (guide: restarted without job persistence). What was applied last may be there in part, so this is
   * no good snapshot, and a good automatic one is not given up for it.
   */
  async keepAsFound(name: string): Promise<void> {
    const isKept = this.list().some(({ type, state }) => type === 'automatic' && state === 'good');
    if (!isKept) await this.take(name, 'automatic').catch(() => undefined);
  }

  /**
   * Of a live copy that was released, before anything of the new source's is applied: as a manual one, so that no automatic
   * one replaces it, and as a good one, because it was in use. Rejects when it cannot be taken; nothing may be applied then.
   */
  async keepLive(): Promise<void> {
    if (this.#replica.applier.applied !== undefined || this.list().some(({ name }) => name === liveCopyName)) return;
    await this.take(liveCopyName, 'manual', true);
  }

  /** Only while nothing is applied. What follows in the stream is passed unapplied until the next mirror begins. */
  async revert(id: string): Promise<Snapshot> {
    const snapshot = await this.#replica.snapshots.revert(id);
    await this.settleRevert();
    return snapshot;
  }

  /** The replica has been reverted: the job's state says so, durably. A process may end between the two. */
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
