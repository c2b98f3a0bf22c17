// The thread that reads notifications. It never returns to its event loop: it sleeps in poll(2) until the kernel has news
// or the capture wakes it, reads, gathers, and posts batches. The capture's own thread may be busy meanwhile; what it has
// not taken yet is gathered here, bounded, and not in the kernel.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { asFailure, assert } from '../../base/failure.ts';
import { ChangeCollector } from './change-collector.ts';
import type { KernelWatch } from './kernel/kernel-watch.ts';
import { MountChanges } from './kernel/mount-changes.ts';
import { poll, pollIn, pollPriority, readQueue } from './kernel/watch-calls.ts';
import { openWatch } from './open-watch.ts';
import { type FromWorker, progressAt, type ToWorker, type WorkerSettings } from './worker-messages.ts';

const batchMax = 4096;
const batchesAheadMax = 4;
// After reading, the queue is left alone for so long: the kernel merges repeated events, and a busy file system costs few
// wake-ups. The first event after a quiet time is read at once.
const restMs = 2;

class CaptureWorker {
  readonly #port: MessagePort;
  readonly #collector: ChangeCollector;
  readonly #watch: KernelWatch;
  readonly #mounts: MountChanges;
  readonly #wakeDescriptor: number;
  readonly #progress: Int32Array;
  readonly #flushes: { readonly id: number; readonly until: number }[] = [];
  #posted = 0;
  #held = false;
  #stopped = false;

  constructor(settings: WorkerSettings, port: MessagePort) {
    this.#port = port;
    this.#wakeDescriptor = settings.wakeDescriptor;
    this.#progress = new Int32Array(settings.progress);
    this.#collector = new ChangeCollector(settings.roots, settings.pendingBytesMax);
    // First, so that a mount that comes while the watch is opened is noticed.
    this.#mounts = new MountChanges(settings.roots);
    try {
      const { watch, method, remarks } = openWatch(settings, this.#collector);
      this.#watch = watch;
      this.#post({ kind: 'started', method, remarks });
    } catch (thrown) {
      this.#mounts.close();
      throw thrown;
    }
  }

  run(): void {
    try {
      while (!this.#stopped && this.#collector.failure === undefined) this.#turn();
    } catch (thrown) {
      this.#collector.fail(asFailure(thrown, 'capture changes', 'the watched folders').message);
    } finally {
      this.#watch.close();
      this.#mounts.close();
    }
    if (this.#stopped) return;
    this.#postPending(true);
    this.#post({ kind: 'batch', changes: [{ kind: 'failed', reason: this.#collector.failure ?? 'unknown' }] });
  }

  #turn(): void {
    this.#receive();
    if (this.#stopped) return;
    if (this.#held) {
      this.#sleep(new Map(), -1);
      return;
    }
    const before = this.#watch.consumedBytes;
    const empty = this.#watch.drain();
    const flushing = this.#flushes.some((flush) => empty || this.#watch.consumedBytes >= flush.until);
    const unsettled = empty || flushing ? this.#watch.settle(empty, flushing) : false;
    if (this.#collector.failure !== undefined) return;
    this.#postPending(flushing);
    if (flushing) this.#endFlushes(empty);
    if (!empty) return;
    if (this.#watch.consumedBytes !== before || unsettled) this.#sleep(new Map(), restMs);
    else this.#sleep(new Map([[this.#watch.descriptor, pollIn]]), -1);
  }

  #receive(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      const message = next.message as ToWorker;
      if (message.kind === 'stop') this.#stopped = true;
      else if (message.kind === 'release') this.#held = false;
      else if (message.kind === 'hold') {
        this.#held = true;
        this.#post({ kind: 'held' });
      } else if (message.kind === 'flush') this.#beginFlush(message.id);
    }
  }

  #beginFlush(id: number): void {
    this.#checkMounts(poll(new Map([[this.#mounts.descriptor, pollPriority]]), 0));
    this.#flushes.push({ id, until: this.#watch.consumedBytes + this.#watch.queuedBytes() });
  }

  #endFlushes(empty: boolean): void {
    for (let first = this.#flushes[0]; first !== undefined; first = this.#flushes[0]) {
      if (!empty && this.#watch.consumedBytes < first.until) return;
      this.#flushes.shift();
      this.#post({ kind: 'flushed', id: first.id });
    }
  }

  #postPending(all: boolean): void {
    Atomics.store(this.#progress, progressAt.waiting, 0);
    while (this.#collector.pendingCount > 0) {
      if (!all && this.#isAhead()) {
        Atomics.store(this.#progress, progressAt.waiting, 1);
        // Asked again, as the last delivery may have ended between the question and the note.
        if (this.#isAhead()) return;
        Atomics.store(this.#progress, progressAt.waiting, 0);
      }
      this.#post({ kind: 'batch', changes: this.#collector.take(batchMax) });
      this.#posted = (this.#posted + 1) | 0;
    }
  }

  #isAhead(): boolean {
    return ((this.#posted - Atomics.load(this.#progress, progressAt.delivered)) | 0) >= batchesAheadMax;
  }

  #sleep(news: Map<number, number>, timeoutMs: number): void {
    news.set(this.#wakeDescriptor, pollIn).set(this.#mounts.descriptor, pollPriority);
    const ready = poll(news, timeoutMs);
    if (ready.has(this.#wakeDescriptor)) readQueue(this.#wakeDescriptor, Buffer.alloc(8));
    this.#checkMounts(ready);
  }

  #checkMounts(ready: ReadonlySet<number>): void {
    if (ready.has(this.#mounts.descriptor)) this.#mounts.check(this.#watch, this.#collector);
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

function start(): void {
  assert(parentPort !== null, 'the capture worker runs in a worker thread');
  const port = parentPort;
  try {
    new CaptureWorker(workerData as WorkerSettings, port).run();
  } catch (thrown) {
    const { code, operation, subject, reason, hint } = asFailure(thrown, 'watch', 'the folders');
    const failure = { code, operation, subject, reason, ...(hint === undefined ? {} : { hint }) };
    port.postMessage({ kind: 'refused', failure } satisfies FromWorker);
  }
  port.close();
}

start();
