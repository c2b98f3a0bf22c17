// Watch capture: learns from the kernel's notifications what changes below the roots (ports/capture.ts, mode `changes`).
// DESIGN.md says what is promised, what is not seen, and what a listener has to do.
//
// A worker thread reads; this side delivers its batches to the listener, in order, and tells the worker when a delivery
// has ended. Nothing here blocks.
import { closeSync, opendirSync, realpathSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../base/failure.ts';
import { displayPath, rawBytes } from '../../base/raw-path.ts';
import type { Capture, CapturedChange, CaptureRequest, CaptureSession, HeldFile } from '../../ports/capture.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { heldFiles } from './held-files.ts';
import { eventfd, lastFailure } from './kernel/watch-calls.ts';
import {
  type FromWorker,
  progressAt,
  type ToWorker,
  type WatchMethod,
  type WorkerSettings,
} from './worker-messages.ts';

export interface WatchCaptureOptions {
  /** Without it, fanotify where it can be had (root, a file system with handles), otherwise inotify. */
  readonly method?: WatchMethod;
  /** fanotify: let the kernel's queue grow without limit (its memory is the kernel's) instead of 16,384 events. */
  readonly unlimitedQueue?: boolean;
  /** Memory for changes that the listener has not taken yet; beyond it they become `overflow`. */
  readonly pendingBytesMax?: number;
}

export interface WatchCaptureSession extends CaptureSession {
  readonly mode: 'changes';
  readonly method: WatchMethod;
  /** For people: what this capture does not notice, and why the lesser method was taken. */
  readonly remarks: readonly string[];
  /** Stops reading, so that the kernel's queue fills; resolves when nothing is read any more. For tests of overflow. */
  hold(): Promise<void>;
  release(): void;
}

/** Nothing waits for this listener: what it is told is bounded by the number of places. */
interface WatchRequest extends Pick<CaptureRequest, 'roots'> {
  readonly listener: (batch: readonly CapturedChange[]) => unknown;
}

const pendingBytesMaxDefault = 256 * 1024 * 1024;

export class WatchCapture implements Capture {
  readonly #options: WatchCaptureOptions;

  constructor(options: WatchCaptureOptions = {}) {
    this.#options = options;
  }

  start(request: WatchRequest): Promise<WatchCaptureSession> {
    return new Promise((resolve, reject) => {
      const roots = request.roots.map(realFolder);
      const wakeDescriptor = eventfd();
      if (wakeDescriptor < 0) throw lastFailure('make a wake-up descriptor', 'eventfd');
      const settings: WorkerSettings = {
        roots,
        method: this.#options.method,
        unlimitedQueue: this.#options.unlimitedQueue ?? true,
        pendingBytesMax: this.#options.pendingBytesMax ?? pendingBytesMaxDefault,
        wakeDescriptor,
        progress: new SharedArrayBuffer(8),
      };
      const session = new WatchSession(settings, request.listener, (failure) => {
        if (failure === undefined) resolve(session);
        else reject(failure);
      });
    });
  }
}

interface PendingFlush {
  resolve(): void;
  reject(reason: Failure): void;
}

class WatchSession implements WatchCaptureSession {
  readonly mode = 'changes';
  #method: WatchMethod = 'inotify';
  #remarks: readonly string[] = [];
  readonly #wakeDescriptor: number;
  readonly #progress: Int32Array;
  readonly #listener: WatchRequest['listener'];
  readonly #opened: (failure?: Failure) => void;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #flushes = new Map<number, PendingFlush>();
  readonly #holds: (() => void)[] = [];
  #flushCount = 0;
  /** `done` after `failed` was delivered, or a stop began: nothing is delivered any more. */
  #state: 'opening' | 'running' | 'done' = 'opening';
  #workerEnded = false;

  /** @param opened Called once: when every later change will be delivered, or with why not. */
  constructor(settings: WorkerSettings, listener: WatchRequest['listener'], opened: (failure?: Failure) => void) {
    this.#wakeDescriptor = settings.wakeDescriptor;
    this.#progress = new Int32Array(settings.progress);
    this.#listener = listener;
    this.#opened = opened;
    this.#worker = new Worker(new URL('./capture-worker.ts', import.meta.url), {
      workerData: settings,
      // The options of this process are not the worker's: its file is all it needs.
      execArgv: [],
      // The worker closes what libc opened for it.
      trackUnmanagedFds: false,
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (thrown: unknown) =>
      this.#fail(thrown instanceof Error ? thrown.message : String(thrown)),
    );
    // The process may end without a stop; the worker would sleep in the kernel and keep it from ending.
    const wakeForGood = (): void => this.#say({ kind: 'stop' });
    process.once('exit', wakeForGood);
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#workerEnded = true;
        process.off('exit', wakeForGood);
        closeSync(this.#wakeDescriptor);
        this.#fail('the thread that reads notifications ended');
        resolve();
      });
    });
  }

  get method(): WatchMethod {
    return this.#method;
  }

  get remarks(): readonly string[] {
    return this.#remarks;
  }

  flush(): Promise<void> {
    if (this.#state === 'done') return Promise.reject(noLongerRunning());
    return new Promise((resolve, reject) => {
      this.#flushCount += 1;
      this.#flushes.set(this.#flushCount, { resolve, reject });
      this.#say({ kind: 'flush', id: this.#flushCount });
    });
  }

  heldFiles(): Promise<readonly HeldFile[]> {
    return heldFiles();
  }

  async stop(): Promise<void> {
    this.#finish();
    this.#say({ kind: 'stop' });
    await this.#ended;
  }

  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#holds.push(resolve);
      this.#say({ kind: 'hold' });
    });
  }

  release(): void {
    this.#say({ kind: 'release' });
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'started':
        this.#method = message.method;
        this.#remarks = message.remarks;
        if (this.#state === 'opening') this.#state = 'running';
        this.#opened();
        break;
      case 'refused':
        this.#finish();
        this.#opened(new Failure(message.failure));
        break;
      case 'batch':
        this.#deliver(message.changes);
        break;
      case 'flushed':
        this.#flushes.get(message.id)?.resolve();
        this.#flushes.delete(message.id);
        break;
      case 'held':
        this.#holds.shift()?.();
        break;
    }
  }

  #deliver(changes: readonly CapturedChange[]): void {
    if (this.#state === 'done') return;
    if (changes.some((change) => change.kind === 'failed')) this.#finish();
    try {
      this.#listener(changes);
    } finally {
      Atomics.add(this.#progress, progressAt.delivered, 1);
      if (Atomics.load(this.#progress, progressAt.waiting) === 1) this.#wake();
    }
  }

  #fail(reason: string): void {
    if (this.#state === 'running') this.#deliver([{ kind: 'failed', reason }]);
    else if (this.#state === 'opening') {
      this.#finish();
      this.#opened(new Failure({ code: 'CAPTURE-FAILED', operation: 'watch', subject: 'the folders', reason }));
    }
  }

  #finish(): void {
    this.#state = 'done';
    for (const flush of this.#flushes.values()) flush.reject(noLongerRunning());
    this.#flushes.clear();
  }

  #say(message: ToWorker): void {
    if (this.#workerEnded) return;
    this.#worker.postMessage(message);
    this.#wake();
  }

  #wake(): void {
    if (!this.#workerEnded) writeSync(this.#wakeDescriptor, oneMore);
  }
}

// An eventfd takes eight bytes, a number to add.
const oneMore = new Uint8Array(new BigUint64Array([1n]).buffer);

function noLongerRunning(): Failure {
  const subject = 'the capture of changes';
  return new Failure({ code: 'CAPTURE-ENDED', operation: 'flush', subject, reason: 'it was stopped or has failed' });
}

/** The real path of a root; a Failure when it is not a folder that can be listed. */
function realFolder(root: string): string {
  try {
    const path = realpathSync(rawBytes(root), 'latin1' as 'utf8');
    opendirSync(rawBytes(path)).closeSync();
    return path;
  } catch (thrown) {
    const code = nodeErrorName(thrown);
    const reasons: Record<string, string> = {
      ENOENT: 'no such folder',
      ENOTDIR: 'it is not a folder',
      EACCES: 'it may not be read by this account',
    };
    throw new Failure({ code, operation: 'watch a folder', subject: displayPath(root), reason: reasons[code] ?? code });
  }
}
