// The stream of a job stands still until a mirror walks: changes are held back, and the marker that a mirror begins is in the
// stream, so that what follows a gap never reaches a replica that counts as good. When no mirror will come, changes pass again
// behind the marker that it was stopped.
import { Failure } from '../../../base/failure.ts';
import { newIdentifier } from '../../../base/identifier.ts';
import type { MirrorMethod } from '../../../model/stream/marker.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import type { MirroredJob } from './mirrored-job.ts';

type Given = Pick<SourceJobParts, 'clock' | 'random'>;
type StandingJob = Pick<MirroredJob, 'isOpen' | 'stream' | 'capture'>;

export class Standstill {
  readonly #parts: Given;
  readonly #job: StandingJob;
  /** The stream that stands still until a mirror walks. */
  #stream: SourceStream | undefined;
  /** The mirror for which it stands is told as stopped. */
  #isToldStopped = false;
  #begun = 0;

  constructor(parts: Given, job: StandingJob) {
    this.#parts = parts;
    this.#job = job;
  }

  /** The number of mirrors that have begun, those included for which the stream only stood still. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * A mirror walks from here on: holds changes back, and appends the marker that it begins, because the stream alone does not
   * make the replica whole. Returns the id of the mirror.
   */
  walk(stream: SourceStream, method: MirrorMethod): string {
    this.#stream = undefined;
    return this.#begin(stream, method);
  }

  /**
   * Does nothing before the first stream is open, which begins with a mirror anyway. With `stopped` the target is also told that
   * no mirror is under way, so that its data counts as `Mirror Required`.
   */
  stand(how?: 'stopped'): void {
    if (!this.#job.isOpen) return;
    const { stream } = this.#job;
    if (!stream.isOpen) return;
    try {
      if (this.#stream !== stream) {
        this.#stream = stream;
        this.#isToldStopped = false;
        this.#begin(stream, 'data-delta');
      }
      if (how === undefined || this.#isToldStopped) return;
      this.#isToldStopped = true;
      this.#appendStopped(stream);
    } catch (thrown) {
      // When the queue has ended, the next stream begins with a mirror, so the caller that lost track must not fail.
      if (!(thrown instanceof Failure && thrown.code === 'STREAM-ENDED')) throw thrown;
    }
  }

  /** Lets changes pass again when the mirror will not come; the replica is not whole then. */
  goOn(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream?.isOpen !== true) return;
    stream.tracker
      .release(
        () => this.#job.capture.flush(),
        () => this.#appendStopped(stream),
      )
      // The end of a stream brings a mirror of its own.
      .catch(() => undefined);
  }

  #begin(stream: SourceStream, method: MirrorMethod): string {
    const mirrorId = newIdentifier(this.#parts.clock, this.#parts.random);
    this.#begun += 1;
    stream.tracker.hold();
    stream.append({ kind: 'marker', marker: { type: 'mirror-begin', mirrorId, method } });
    return mirrorId;
  }

  #appendStopped(stream: SourceStream): number {
    const mirrorId = newIdentifier(this.#parts.clock, this.#parts.random);
    return stream.append({ kind: 'marker', marker: { type: 'mirror-end', mirrorId, outcome: 'stopped' } });
  }
}
