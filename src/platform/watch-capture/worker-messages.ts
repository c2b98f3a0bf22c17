// What the capture and its worker say to each other. The worker sleeps in the kernel, so after posting to it the capture
// writes to the wake-up descriptor.
import type { FailureDetails } from '../../base/failure.ts';
import type { CapturedChange } from '../../ports/capture.ts';

export type WatchMethod = 'fanotify' | 'inotify';

export interface WorkerSettings {
  /** Absolute, real paths as byte strings. */
  readonly roots: readonly string[];
  /** Undefined: fanotify where it can be had, otherwise inotify. */
  readonly method: WatchMethod | undefined;
  readonly unlimitedQueue: boolean;
  readonly pendingBytesMax: number;
  /** An eventfd, written by the capture. */
  readonly wakeDescriptor: number;
  readonly progress: SharedArrayBuffer;
}

/** Places in `progress`, an Int32Array. */
export const progressAt = {
  /** Batches of which the delivery has ended. */
  delivered: 0,
  /** 1 while the worker waits for a delivery to end before it posts more. */
  waiting: 1,
} as const;

export type ToWorker =
  | { readonly kind: 'flush'; readonly id: number }
  | { readonly kind: 'hold' }
  | { readonly kind: 'release' }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'started'; readonly method: WatchMethod; readonly remarks: readonly string[] }
  | { readonly kind: 'refused'; readonly failure: FailureDetails }
  | { readonly kind: 'batch'; readonly changes: readonly CapturedChange[] }
  | { readonly kind: 'flushed'; readonly id: number }
  | { readonly kind: 'held' };
