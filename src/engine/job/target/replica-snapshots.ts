// The snapshots of one replica as its job uses them: taken at a place of the stream, listed, reverted to. Whether the data
// was good when a snapshot was taken is part of its name on disk, after everything a person wrote.

import { asFailure, Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { Random } from '../../../base/random.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import type { EventId } from '../../../model/event-catalogue.ts';
import type { SnapshotReport } from '../../../model/report.ts';
import type { AskedSnapshotType, SnapshotType } from '../../../model/stream/marker.ts';
import type { Applier } from '../../apply/applier.ts';
import type { Snapshot } from '../../snapshot/snapshot-list.ts';
import type { Snapshots } from '../../snapshot/snapshots.ts';

export interface ReplicaSnapshotsParts {
  readonly jobId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly snapshots: Snapshots;
  readonly applier: Applier;
  /** Makes everything applied durable. */
  readonly checkpoint: () => Promise<void>;
  readonly isGood: () => boolean;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string>>) => void;
}

/** Of the snapshot that is kept of a live copy before a mirror goes over it. */
export const liveCopyName = 'live copy before the mirror';
const badMark = ' (bad)';
const start = { streamId: '', sequence: 0, checksum: 0n };

export class ReplicaSnapshots {
  readonly #parts: ReplicaSnapshotsParts;

  constructor(parts: ReplicaSnapshotsParts) {
    this.#parts = parts;
  }

  list(): readonly SnapshotReport[] {
    return this.#parts.snapshots.list().map((snapshot) => this.#report(snapshot));
  }

  /** An event for each snapshot that was lost with a damaged journal. */
  tellLost(): void {
    const { snapshots, emit } = this.#parts;
    const { lost } = snapshots;
    if (lost === undefined) return;
    for (const { name } of lost.snapshots) emit(5051, { snapshot: name, reason: `it is lost: ${lost.reason}` });
  }

  /** Of the replica as it is now; only while nothing is applied. A failure is an event too. */
  async take(name: string, type: SnapshotType, good = this.#parts.isGood()): Promise<SnapshotReport> {
    const { clock, random, snapshots, applier, emit, checkpoint } = this.#parts;
    try {
      await checkpoint();
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
    if (type === 'manual' || this.#parts.isGood()) return this.take(name, type);
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
    if (this.#parts.isGood()) await this.take(name, 'automatic').catch(() => undefined);
  }

  /**
   * What a mirror deletes can be had again. What the first one finds may be somebody else's: it is no copy of the source, so its
   * snapshot is not good, but it is there.
   */
  async beforeMirror(isFirst: boolean): Promise<void> {
    await this.takeAutomatic('before the mirror');
    const { snapshots } = this.#parts;
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
    if (this.#parts.applier.applied !== undefined || this.list().some(({ name }) => name === liveCopyName)) return;
    await this.take(liveCopyName, 'manual', true);
  }

  #report({ id, name, type, takenMs, position }: Snapshot): SnapshotReport {
    const bad = name.endsWith(badMark);
    return {
      snapshotId: id,
      jobId: this.#parts.jobId,
      name: bad ? name.slice(0, -badMark.length) : name,
      type,
      takenMs,
      sequence: position.sequence,
      state: bad ? 'bad' : 'good',
    };
  }
}
