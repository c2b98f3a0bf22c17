// How much of the disk a queue uses, may use, and when to warn (guide, ch. 10: the limit and the minimum of free space
// work together; the alert is a share of the disk queue).
import type { Storage } from '../../ports/storage.ts';
import type { QueueEvents, QueueLimits } from './queue-limits.ts';

export class DiskUse {
  readonly #storage: Storage;
  readonly #limits: QueueLimits;
  readonly #limitBytes: number;
  readonly #events: QueueEvents;
  #usedBytes = 0;
  /** What the queue could use when a log was last begun. */
  #capacityBytes = Number.POSITIVE_INFINITY;
  #aboveAlert = false;

  /** `limitBytes`: bytes, or infinity. */
  constructor(storage: Storage, limits: QueueLimits, limitBytes: number, events: QueueEvents) {
    this.#storage = storage;
    this.#limits = limits;
    this.#limitBytes = limitBytes;
    this.#events = events;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether so many bytes more stay within the limit. */
  fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#limitBytes;
  }

  /** Whether a queue that has let go of all its logs could take so many bytes. */
  fitsAlone(bytes: number): boolean {
    return bytes <= this.#limitBytes;
  }

  /** Accounts for bytes written (or removed, when negative); gives the alert once at each crossing. */
  add(bytes: number): void {
    this.#usedBytes += bytes;
    const percent = (100 * this.#usedBytes) / Math.min(this.#limitBytes, this.#capacityBytes);
    const above = percent >= this.#limits.alertPercent;
    const crossed = above && !this.#aboveAlert;
    this.#aboveAlert = above;
    if (crossed) this.#events.alert(Math.round(percent));
  }

  /** Whether a log of so many bytes leaves the minimum free on the volume. Asked before each log is begun. */
  async hasSpaceFor(logBytes: number): Promise<boolean> {
    const { freeBytes } = await this.#storage.space();
    const usable = freeBytes - this.#limits.minimumFreeBytes;
    this.#capacityBytes = Math.max(this.#usedBytes + usable, 1);
    return usable >= logBytes;
  }
}

/** Whether a write failed because the volume or a quota is used up. */
export function isNoSpace(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT');
}
