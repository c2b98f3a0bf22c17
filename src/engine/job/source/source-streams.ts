// The streams of a job, one after the other. When a stream can no longer be trusted (its queue was exhausted, or the
// target lost its part), the stream ends, its tasks that the target does not have are cancelled, and the next stream
// begins with a mirror.
import type { Failure } from '../../../base/failure.ts';
import type { RawPath } from '../../../base/raw-path.ts';
import type { TargetSide } from '../../link/target-side.ts';
import type { SourceMirrors } from '../mirrors/source-mirrors.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { SourceStream, type StreamJob, type StreamListener } from '../stream/source-stream.ts';
import type { UnreadPlaces } from '../stream/unread-places.ts';
import type { SourceTasks } from './source-tasks.ts';

/** The part of a job that its streams use. */
interface StreamsJob extends StreamJob {
  /** Aborted once the job is being stopped. */
  readonly stopping: AbortSignal;
  readonly mirrors: SourceMirrors;
  readonly unread: UnreadPlaces;
  readonly target: TargetSide;
  readonly tasks: SourceTasks;
  readonly end: { fail(thrown: unknown): void };
}

export class SourceStreams implements StreamListener {
  readonly #parts: SourceJobParts;
  readonly #job: StreamsJob;
  #current: SourceStream | undefined;
  #replacing = false;
  #isLeftUnmirrored = false;

  constructor(parts: SourceJobParts, job: StreamsJob) {
    this.#parts = parts;
    this.#job = job;
  }

  /** The stream that takes changes now; undefined before the first one is open. */
  get current(): SourceStream | undefined {
    return this.#current;
  }

  /** A mirror was needed and did not begin by itself, because the server's setting is so (remirror). */
  get isLeftUnmirrored(): boolean {
    return this.#isLeftUnmirrored;
  }

  async open(reason: string): Promise<void> {
    const isFirst = this.#current === undefined;
    this.#current = await SourceStream.open(this.#parts, this.#job, this);
    const { specification, remirror, isResumed, number: connection, emit } = this.#parts;
    const { mirrors } = this.#job;
    const usual = isFirst ? specification.mirrorMethod : 'data-delta';
    const isAutomatic = isResumed || !isFirst;
    if (!isAutomatic || remirror === 'auto') mirrors.want(usual, reason);
    else if (remirror !== 'off') mirrors.want(remirror, reason);
    else {
      // The stream says that a mirror is missing: what changes from now on does not make the replica whole.
      mirrors.lose();
      mirrors.want(usual, reason);
      mirrors.stopByHand();
      this.#isLeftUnmirrored = true;
      emit(5231, { connection, reason });
    }
  }

  /**
   * Auto-disconnect, auto-reconnect, auto-remirror (guide, ch. 10); happens once when several reasons come together.
   */
  async replace(reason: string): Promise<void> {
    if (this.#job.stopping.aborted || this.#replacing) return;
    this.#replacing = true;
    await this.#replace(reason).finally(() => {
      this.#replacing = false;
    });
  }

  async #replace(reason: string): Promise<void> {
    const { emit, number, specification, remirror } = this.#parts;
    const { mirrors, target, tasks } = this.#job;
    emit(4007, { connection: number, reason });
    const old = this.#current;
    mirrors.stop();
    target.close(reason);
    if (old !== undefined) await tasks.cancel(await old.close(), reason);
    emit(4008, { connection: number });
    await this.open(reason);
    if (remirror !== 'off') emit(4009, { set: specification.replicationSet, target: specification.targetServer });
  }

  // Called by the present stream.

  overflowed(root: number, path: RawPath): void {
    const { mirrors } = this.#job;
    if (path !== '') {
      mirrors.mountChanged(root, path);
      return;
    }
    this.#parts.emit(5020, { set: this.#parts.specification.replicationSet });
    mirrors.wantAgain('the capture queue overflowed');
  }

  unreadable(root: number, path: RawPath, failure: Failure): void {
    this.#job.unread.add(root, path, failure);
  }

  ended({ reason }: Failure): void {
    this.replace(reason).catch((thrown) => this.#job.end.fail(thrown));
  }
}
