// The commands of a person on the mirrors of a job and on its replication: MIRROR START, PAUSE and RESUME, REPLICATION START
// and STOP. What they say is kept in by-hand.ts.
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { ByHand } from './by-hand.ts';

type Given = Pick<SourceJobParts, 'specification' | 'number' | 'emit'>;

/** The part of the mirrors that the commands use. */
interface ControlledMirrors {
  readonly byHand: ByHand;
  /** A mirror runs or is wanted. */
  readonly isActive: boolean;
  /** Nothing more of the mirror that runs is to be sent. */
  readonly isSent: boolean;
  want(method: MirrorMethod, reason: string): void;
  /** Ends the mirror that runs, if any. */
  abort(): void;
  /** Takes up that mirrors are held. */
  holdBack(): void;
}

export class ManualControl {
  readonly #parts: Given;
  readonly #mirrors: ControlledMirrors;

  constructor(parts: Given, mirrors: ControlledMirrors) {
    this.#parts = parts;
    this.#mirrors = mirrors;
  }

  /** The mirror begins anew, also where another one is paused. Throws `REPLICATION-STOPPED`. */
  async startMirror(method: MirrorMethod, reason: string): Promise<void> {
    const { byHand } = this.#mirrors;
    byHand.expectReplicating('start a mirror');
    if (byHand.isPaused) {
      await byHand.resumeMirror();
      this.#mirrors.abort();
    }
    this.#mirrors.want(method, reason);
  }

  /**
   * Lets the mirror that runs stay where it is, and one that is wanted not begin, until `resumeMirror` (guide, ch. 6). Throws
   * `MIRROR-NOT-RUNNING` when there is none, or nothing more of it is to be sent.
   */
  async pauseMirror(): Promise<void> {
    const { byHand, isActive, isSent } = this.#mirrors;
    byHand.expectReplicating('pause the mirror');
    if (!isActive) throw byHand.nothingToPause('no mirror runs');
    if (isSent) throw byHand.nothingToPause('all of the mirror is sent, and the target applies it');
    const isNew = !byHand.isPaused;
    const stored = byHand.pauseMirror();
    this.#mirrors.holdBack();
    await stored;
    if (isNew) this.#parts.emit(5208, { connection: this.#parts.number });
  }

  /** Throws `MIRROR-NOT-PAUSED`. */
  async resumeMirror(): Promise<void> {
    const { byHand } = this.#mirrors;
    byHand.expectPaused();
    await byHand.resumeMirror();
    this.#parts.emit(5209, { connection: this.#parts.number });
  }

  /** From now on changes are neither sent nor queued, and the replica counts as not good. Ends the mirror that runs. */
  async stopReplication(): Promise<void> {
    const { byHand } = this.#mirrors;
    if (byHand.isReplicationStopped) return;
    await byHand.stopReplication();
    this.#mirrors.abort();
    this.#mirrors.want(this.#parts.specification.mirrorMethod, 'replication was stopped');
    this.#parts.emit(5210, { connection: this.#parts.number });
  }

  /** A mirror follows, which finds what was missed. */
  async startReplication(): Promise<void> {
    const { byHand } = this.#mirrors;
    if (!byHand.isReplicationStopped) return;
    await byHand.startReplication();
    this.#parts.emit(5211, { connection: this.#parts.number });
    this.#mirrors.want(this.#parts.specification.mirrorMethod, 'replication was started');
  }
}
