// The capture of a job's workload: started, flushed, and started again when it has failed. While it fails nothing of the
// workload is known to change, so every new beginning asks for a mirror.

import { asFailure } from '../../../base/failure.ts';
import { type Clock, sleep } from '../../../base/waiting/clock.ts';
import type { CaptureMode } from '../../../model/promise.ts';
import type { Capture, CapturedChange, CaptureSession, HeldFile, WorkloadChange } from '../../../ports/capture.ts';
import { defaultRoundPace, type RoundPace } from '../../capture/slow-round.ts';

export interface SourceCaptureParts {
  readonly capture: Capture;
  readonly clock: Clock;
  /** Absolute paths of the workload's roots. */
  readonly roots: readonly string[];
  readonly listener: (batch: readonly WorkloadChange[]) => void;
  /** Called before each new beginning: why the workload cannot be captured yet, or nothing. */
  readonly prepare: () => Promise<string>;
  /** Of the looks for what is not notified; the usual one when absent. */
  readonly pace: RoundPace | undefined;
  /** Capture says that it can no longer work. */
  readonly gaveUp: (reason: string) => void;
  /** Capture has failed. */
  readonly lost: () => void;
  /** Capture works again after it had failed. */
  readonly recovered: () => void;
}

const retryFirstMs = 100;
/** What is missing for long is looked for as often as the roots are (protected-roots.ts). */
const retryMostMs = 10_000;

export class SourceCapture {
  readonly #parts: SourceCaptureParts;
  readonly #stop = new AbortController();
  #session: CaptureSession | undefined;
  #trouble = '';
  #recovering: Promise<void> = Promise.resolve();

  constructor(parts: SourceCaptureParts) {
    this.#parts = parts;
  }

  /** Why nothing is captured at present; empty when it is. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Every operation with its bytes is delivered, in order. */
  get isExact(): boolean {
    return this.#session?.mode === 'operations';
  }

  /** What may be said of a replica that is made from it; while capture fails nothing better than the least. */
  get mode(): CaptureMode {
    return this.#session?.mode ?? 'changes';
  }

  get pace(): RoundPace {
    return this.#parts.pace ?? defaultRoundPace;
  }

  /** undefined when nothing can go unnoticed, or nothing is captured at present. */
  async heldFiles(): Promise<readonly HeldFile[] | undefined> {
    return this.#trouble === '' ? this.#session?.heldFiles?.() : undefined;
  }

  async start(): Promise<void> {
    const { capture, roots } = this.#parts;
    this.#session = await capture.start({ roots, listener: (batch) => this.#receive(batch) });
  }

  /** Resolves when everything that changed before the call was delivered; at once while capture fails. */
  async flush(): Promise<void> {
    if (this.#trouble === '') await this.#session?.flush();
  }

  /** Nothing of the workload can be captured any more, as far as is known. */
  failed(reason: string): void {
    const isRecovering = this.#trouble !== '';
    this.#trouble = reason;
    if (isRecovering) return;
    this.#parts.lost();
    this.#recovering = this.#recover();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#recovering;
    await this.#session?.stop();
  }

  /** A failure is not a change that may wait its turn: a stream that ends drops what waits, and nobody would begin anew. */
  #receive(batch: readonly CapturedChange[]): void {
    this.#parts.listener(batch.filter((change) => change.kind !== 'failed'));
    for (const change of batch) {
      if (change.kind !== 'failed') continue;
      this.#parts.gaveUp(change.reason);
      this.failed(change.reason);
    }
  }

  async #recover(): Promise<void> {
    const { clock, prepare, recovered } = this.#parts;
    await this.#session?.stop();
    this.#session = undefined;
    for (let delayMs = retryFirstMs; ; delayMs = Math.min(delayMs * 2, retryMostMs)) {
      await sleep(clock, delayMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        const trouble = await prepare();
        if (trouble !== '') {
          this.#trouble = trouble;
          continue;
        }
        await this.start();
        this.#trouble = '';
        recovered();
        return;
      } catch (thrown) {
        this.#trouble = asFailure(thrown, 'capture the workload', this.#parts.roots.join(', ')).message;
      }
    }
  }
}
