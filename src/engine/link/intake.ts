// Hands the operations of one link to the target queue. Many batches are on their way to the disk at once, so that they share
// its syncs, and they stay in order when the queue is full for a while. Nothing is dropped: a batch that the queue would not
// take is kept here and handed in again; the source's window bounds how much that can be.
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import type { TargetQueue } from '../queue/target-queue.ts';

export interface IntakeListener {
  /** Something more is durable. */
  stored(): void;
  full(isFull: boolean): void;
}

/** Room may come without anything being released: other programs use the disk too. */
const lookAgainMs = 1000;

export class Intake {
  readonly #queue: TargetQueue;
  readonly #clock: Clock;
  readonly #listener: IntakeListener;
  /** While the queue is full: the end of the line of batches that wait. */
  #line: Promise<void> | undefined;
  readonly #underway = new Set<Promise<void>>();
  /** Notified when it is time to look whether the queue has room, or the link is over. */
  readonly #look = new Signal();
  /** The queue has been asked to say when there is room. */
  #roomAsked = false;
  #closed = false;

  constructor(queue: TargetQueue, clock: Clock, listener: IntakeListener) {
    this.#queue = queue;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Resolves when the batch is durable; rejects with `STREAM-BROKEN`, or `LINK-LOST` once closed. In the order of the stream. */
  async store(batch: RecordBatch): Promise<void> {
    const storing = this.#store(batch);
    this.#underway.add(storing);
    try {
      await storing;
    } finally {
      this.#underway.delete(storing);
    }
  }

  /** The link is over: what waits for room is given up; resolves when nothing of it is on its way to the queue any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#look.notify();
    await Promise.allSettled(this.#underway);
  }

  async #store(batch: RecordBatch): Promise<void> {
    this.#assertOpen();
    if (this.#line !== undefined) return this.#standInLine(batch);
    const answer = await this.#queue.append(batch);
    if (answer === 'full') return this.#standInLine(batch);
    this.#listener.stored();
  }

  #standInLine(batch: RecordBatch): Promise<void> {
    if (this.#line === undefined) this.#listener.full(true);
    const before = this.#line ?? Promise.resolve();
    const mine = before.then(() => this.#insist(batch));
    this.#line = mine;
    const leave = (): void => {
      if (this.#line !== mine) return;
      this.#line = undefined;
      this.#listener.full(false);
    };
    mine.then(leave, leave);
    return mine;
  }

  async #insist(batch: RecordBatch): Promise<void> {
    this.#assertOpen();
    while ((await this.#queue.append(batch)) === 'full') {
      if (!this.#closed) await this.#roomOrAWhile();
      this.#assertOpen();
    }
    this.#listener.stored();
  }

  /** However often it is called while the queue is full, the queue is asked once. */
  async #roomOrAWhile(): Promise<void> {
    const look = this.#look.next();
    const cancel = this.#clock.after(lookAgainMs, () => this.#look.notify());
    if (!this.#roomAsked) {
      this.#roomAsked = true;
      void this.#queue.waitForRoom().then(() => {
        this.#roomAsked = false;
        this.#look.notify();
      });
    }
    await look;
    cancel();
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    const reason = 'the link has closed';
    throw new Failure({
      code: 'LINK-LOST',
      operation: 'store operations',
      subject: 'this link',
      reason,
      retryable: true,
    });
  }
}
