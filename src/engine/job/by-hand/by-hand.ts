// What a person has said of the mirrors of a job and of its replication, until the job is stopped and started again (guide,
// ch. 6, Other Job Actions). It is stored with the job, so it holds over a restart of the server and over every new stream.
//
//   mirror paused         the mirror that is wanted does not begin, and one that walks stays where it is
//   replication stopped   changes are neither sent nor queued, and no mirror begins
import { Failure } from '../../../base/failure.ts';
import { Signal } from '../../../base/waiting/signal.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import type { KeptByHand } from '../../../model/job.ts';
import type { SourceJobParts } from '../source-job-parts.ts';

type Given = Pick<SourceJobParts, 'specification' | 'number' | 'emit' | 'byHand' | 'keepByHand'>;

export class ByHand {
  readonly #parts: Given;
  readonly #turns = new Turns();
  readonly #signal = new Signal();
  #now: KeptByHand;

  constructor(parts: Given) {
    this.#parts = parts;
    this.#now = parts.byHand ?? {};
  }

  get isPaused(): boolean {
    return this.#now.mirrorPaused === true;
  }

  get isReplicationStopped(): boolean {
    return this.#now.replicationStopped === true;
  }

  /** No mirror may begin. */
  get holdsMirrors(): boolean {
    return this.isPaused || this.isReplicationStopped;
  }

  /** What holds the mirrors, for people; empty for nothing. */
  get text(): string {
    const { number } = this.#parts;
    if (this.isReplicationStopped) {
      return `replication is stopped: changes are neither sent nor queued until REPLICATION START ${number}, which begins with a mirror`;
    }
    return this.isPaused
      ? `the mirror is paused: nothing more of it is sent until MIRROR RESUME ${number}, and changes follow behind it`
      : '';
  }

  /** Resolves when the mirror may go on; also when it is ended meanwhile. */
  async passed(mirror: AbortSignal): Promise<void> {
    if (!this.isPaused || mirror.aborted) return;
    const wake = (): void => this.#signal.notify();
    mirror.addEventListener('abort', wake);
    await this.#signal.until(() => !this.isPaused || mirror.aborted);
    mirror.removeEventListener('abort', wake);
  }

  /** Holds at once; durable when this resolves. When it cannot be stored, it does not hold. */
  pauseMirror(): Promise<void> {
    const before = this.#now;
    const paused = { ...before, mirrorPaused: true } as const;
    this.#take(paused);
    return this.#turns.runAlone(async () => {
      try {
        await this.#parts.keepByHand(paused);
      } catch (thrown) {
        if (this.#now === paused) this.#take(before);
        throw thrown;
      }
    });
  }

  /** Ends the pause of the mirror once that is durable. Does nothing when it is not paused. */
  resumeMirror(): Promise<void> {
    return this.#store(({ mirrorPaused: _, ...rest }) => rest);
  }

  /** Ends the pause of the mirror at once, because there is no mirror any more; storing it goes on behind. */
  mirrorOver(): void {
    if (!this.isPaused) return;
    const { mirrorPaused: _, ...rest } = this.#now;
    this.#take(rest);
    // What cannot be stored holds again after a restart, and the report says so.
    this.#turns.runAlone(() => this.#parts.keepByHand(this.#now)).catch(() => undefined);
  }

  /** Durable before it holds. It ends the pause of a mirror, too: the next one begins anew. */
  stopReplication(): Promise<void> {
    return this.#store(() => ({ replicationStopped: true }));
  }

  startReplication(): Promise<void> {
    return this.#store(({ replicationStopped: _, ...rest }) => rest);
  }

  /** Throws `REPLICATION-STOPPED`. */
  expectReplicating(operation: string): void {
    if (!this.isReplicationStopped) return;
    const { number, specification } = this.#parts;
    throw new Failure({
      code: 'REPLICATION-STOPPED',
      operation,
      subject: specification.name,
      reason: 'replication is stopped: changes are neither sent nor queued, so no mirror could stay true',
      hint: `REPLICATION START ${number} begins with a mirror.`,
    });
  }

  /** Throws `MIRROR-NOT-PAUSED`. */
  expectPaused(): void {
    if (this.isPaused) return;
    throw this.#noMirror('MIRROR-NOT-PAUSED', 'resume the mirror', 'no mirror of this connection is paused');
  }

  /** The failure when there is nothing to pause. */
  nothingToPause(reason: string): Failure {
    return this.#noMirror('MIRROR-NOT-RUNNING', 'pause the mirror', reason);
  }

  #noMirror(code: string, operation: string, reason: string): Failure {
    const { number, specification } = this.#parts;
    return new Failure({
      code,
      operation,
      subject: specification.name,
      reason,
      hint: `MIRROR START ${number} begins one; \`status ${number}\` shows it.`,
    });
  }

  /** Stores what `change` makes of the newest state; it holds then. Stores also what holds already, should that not be durable. */
  #store(change: (now: KeptByHand) => KeptByHand): Promise<void> {
    return this.#turns.runAlone(async () => {
      const next = change(this.#now);
      await this.#parts.keepByHand(next);
      this.#take(next);
    });
  }

  #take(now: KeptByHand): void {
    this.#now = now;
    this.#signal.notify();
  }
}
