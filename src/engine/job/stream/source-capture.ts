// The capture of a job's workload: starts it, flushes it, and starts it again after a failure. While capture fails,
// changes go unnoticed, so every new start asks for a mirror.
import { asFailure } from '../../../base/failure.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import { GrowingDelay } from '../../../base/waiting/growing-delay.ts';
import type { CaptureMode } from '../../../model/promise.ts';
import type { CapturedChange, CaptureSession, HeldFile, WorkloadChange } from '../../../ports/capture.ts';
import { defaultRoundPace, type RoundPace } from '../../capture/slow-round.ts';
import type { Tracker } from '../../capture/tracker.ts';
import type { MirrorWishes } from '../mirror-wishes.ts';
import type { LeftOut } from '../roots/left-out.ts';
import type { ProtectedRoots } from '../roots/protected-roots.ts';
import type { SourceJobParts } from '../source-job-parts.ts';

type Given = Pick<SourceJobParts, 'specification' | 'capture' | 'clock' | 'pace' | 'emit'>;

/** The part of a job that capture uses. */
interface CaptureJob {
  readonly roots: Pick<ProtectedRoots, 'takeUp'>;
  readonly leftOut: Pick<LeftOut, 'relevant'>;
  readonly stream: {
    readonly tracker: Pick<Tracker, 'receive'>;
    /** See SourceStream. */
    relief(): Promise<void> | undefined;
  };
  readonly mirrors: MirrorWishes & {
    /** Capture has failed. */
    lose(): void;
    readonly byHand: { readonly isReplicationStopped: boolean };
    noteMounts(batch: readonly WorkloadChange[]): void;
  };
}

/** The longest delay equals the time between two checks of the roots (protected-roots.ts). */
const retryLimits = { firstMs: 100, mostMs: 10_000 } as const;

export class SourceCapture {
  readonly #parts: Given;
  readonly #job: CaptureJob;
  /** Absolute paths of the workload's roots. */
  readonly #roots: readonly string[];
  readonly #stop = new AbortController();
  #session: CaptureSession | undefined;
  #trouble = '';
  #recovering: Promise<void> = Promise.resolve();

  constructor(parts: Given, job: CaptureJob) {
    this.#parts = parts;
    this.#job = job;
    this.#roots = parts.specification.roots.map((root) => root.source);
  }

  /** Why capture does not work at present; empty when it works. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Whether capture delivers every operation with its bytes, in order. */
  get isExact(): boolean {
    return this.#session?.mode === 'operations';
  }

  /** The promise that holds for the replica; while capture fails it is the weaker one, `changes`. */
  get mode(): CaptureMode {
    return this.#session?.promise ?? this.#session?.mode ?? 'changes';
  }

  /** What people should know of it. */
  get remarks(): readonly string[] {
    return this.#session?.remarks ?? [];
  }

  get pace(): RoundPace {
    return this.#parts.pace ?? defaultRoundPace;
  }

  /** undefined when no change can go unnoticed, or capture does not work at present. */
  async heldFiles(): Promise<readonly HeldFile[] | undefined> {
    return this.#trouble === '' ? this.#session?.heldFiles?.() : undefined;
  }

  async start(): Promise<void> {
    const { capture, specification } = this.#parts;
    const wish = specification.capture === undefined ? {} : { wish: specification.capture };
    const roots = this.#roots;
    this.#session = await capture.start({ ...wish, roots, listener: (batch) => this.#receive(batch) });
  }

  /** Resolves when all changes before the call were delivered; at once while capture fails. */
  async flush(): Promise<void> {
    if (this.#trouble === '') await this.#session?.flush();
  }

  /** As CaptureSession.holdWriters; undefined where capture cannot, or does not work at present. */
  async holdWriters(): Promise<(() => void) | undefined> {
    return this.#trouble === '' ? this.#session?.holdWriters?.() : undefined;
  }

  /** Takes capture for failed, and starts it again. */
  failed(reason: string): void {
    const isRecovering = this.#trouble !== '';
    this.#trouble = reason;
    if (isRecovering) return;
    this.#job.mirrors.lose();
    this.#recovering = this.#recover();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#recovering;
    await this.#session?.stop();
  }

  /** A failure is handled at once and not queued with the changes, because a stream that ends drops queued changes. */
  #receive(batch: readonly CapturedChange[]): Promise<void> | undefined {
    const changes = batch.filter((change) => change.kind !== 'failed');
    const { isReplicationStopped } = this.#job.mirrors.byHand;
    // A mirror follows when replication is started, so nothing is remembered until then.
    if (!isReplicationStopped) this.#job.stream.tracker.receive(this.#job.leftOut.relevant(changes));
    this.#job.mirrors.noteMounts(changes);
    for (const change of batch) {
      if (change.kind !== 'failed') continue;
      this.#parts.emit(5021, { set: this.#parts.specification.replicationSet, reason: change.reason });
      this.failed(change.reason);
    }
    return this.isExact && !isReplicationStopped ? this.#job.stream.relief() : undefined;
  }

  async #recover(): Promise<void> {
    const retry = new GrowingDelay(retryLimits);
    await this.#session?.stop();
    this.#session = undefined;
    for (;;) {
      await sleep(this.#parts.clock, retry.after('capture fails'), this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        const trouble = await this.#job.roots.takeUp();
        if (trouble !== '') {
          this.#trouble = trouble;
          continue;
        }
        await this.start();
        this.#trouble = '';
        this.#job.mirrors.wantAgain('capture had failed');
        return;
      } catch (thrown) {
        this.#trouble = asFailure(thrown, 'capture the workload', this.#roots.join(', ')).message;
      }
    }
  }
}
