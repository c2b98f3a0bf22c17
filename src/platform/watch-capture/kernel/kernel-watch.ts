// One way of learning from the kernel what changed: fanotify (fanotify-watch.ts) or inotify (inotify-watch.ts). The worker
// drives it; it puts what it learns into a ChangeCollector. A thrown Failure means that nothing more can be learned.
import type { Mount } from './mount-table.ts';

export interface KernelWatch {
  /** Readable when there is something to drain. */
  readonly descriptor: number;
  /** How much was ever read, in the unit of `queuedBytes`. */
  readonly consumedBytes: number;
  /** How much waits in the kernel. */
  queuedBytes(): number;
  /** Reads a bounded amount; whether the queue was found empty. */
  drain(): boolean;
  /**
   * Finishes what depends on having seen later events.
   * @param empty The queue was found empty: every event that happened before was read.
   * @param now Nothing may stay open, as a flush waits for it.
   * Returns whether it has to be called again soon even if no event comes.
   */
  settle(empty: boolean, now: boolean): boolean;
  /** A mount appeared below a root, or went. Says itself what was missed. */
  mounted(mount: Mount): void;
  unmounted(mount: Mount): void;
  close(): void;
}
