// The end of a job on its source: it is brought to a clean stop, or its target has taken over. From then on the job
// takes no more commands, asks for no more mirrors, and never protects again (job-life.ts).
import { asFailure, Failure } from '../../../base/failure.ts';
import { wayBackText } from '../../../model/way-back.ts';
import type { TargetSide } from '../../link/target-side.ts';
import { pauseWhileRunning } from '../../running-time.ts';
import type { JobChanges } from '../job-changes.ts';
import type { JobLife, SourcePhase } from '../job-life.ts';
import type { SourceMirrors } from '../mirrors/source-mirrors.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';

/** How long a clean stop waits for the target. */
const finishMs = 60_000;

/** The part of a job that its end uses. */
interface EndingJob {
  readonly life: JobLife<SourcePhase>;
  readonly changes: JobChanges;
  /** Aborted once the job is being stopped. */
  readonly stopping: AbortSignal;
  readonly capture: SourceCapture;
  readonly stream: SourceStream;
  readonly mirrors: SourceMirrors;
  readonly target: TargetSide;
}

export class SourceEnd {
  readonly #parts: SourceJobParts;
  readonly #job: EndingJob;
  #epoch: number;
  #isUndone = false;

  constructor(parts: SourceJobParts, job: EndingJob) {
    this.#parts = parts;
    this.#job = job;
    this.#epoch = parts.epoch;
  }

  /** The epoch of the job, as far as its source knows. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Throws `JOB-STOPPED` when a command comes too late for this connection. */
  assertAlive(operation: string): void {
    const { life } = this.#job;
    if (!life.is('fenced', 'stopped', 'finishing')) return;
    const { name, sourceServer, targetServer } = this.#parts.specification;
    const wayBack = life.is('fenced') ? wayBackText(sourceServer, targetServer) : undefined;
    throw new Failure({
      code: 'JOB-STOPPED',
      operation,
      subject: name,
      reason: wayBack === undefined ? 'the connection is being stopped' : 'the target has taken over',
      hint: wayBack ?? 'Make a new connection with CONNECT.',
    });
  }

  /**
   * Brings all changes into the stream, ends the stream and the capture; resolves when the target has applied
   * everything. Rejects with `FINISH-TIMEOUT` when the target does not, also when the link is lost; the job is then
   * still finishing.
   */
  async finish(): Promise<void> {
    const { life, changes, capture, mirrors } = this.#job;
    if (life.is('fenced', 'stopped')) return;
    const { stream } = this.#job;
    mirrors.stopByHand();
    const mark = (): number => {
      // The flush takes time: the job may have been fenced or stopped meanwhile, and stays in that phase.
      if (!life.may('finishing')) this.assertAlive('finish');
      life.move('finishing');
      changes.tell();
      return stream.append({ kind: 'marker', marker: { type: 'end' } });
    };
    const end = await stream.place(mark, 'looking');
    await capture.stop();
    await this.#expectTaken(stream, end);
  }

  /** The target has taken over with this epoch, or a newer one. */
  fence(epoch: number): void {
    const { life, changes, capture, mirrors, target } = this.#job;
    if (life.is('fenced', 'stopped')) return;
    this.#epoch = Math.max(this.#epoch, epoch);
    life.move('fenced');
    changes.tell();
    mirrors.stopByHand();
    this.#parts.emit(5074, { target: this.#parts.specification.targetServer, epoch });
    this.#parts.fenced();
    void capture.stop();
    target.close('the target has taken over');
  }

  /** The target has undone its failover, and the server is about to make this job anew. */
  get isUndone(): boolean {
    return this.#isUndone;
  }

  /**
   * The target has undone its failover, and this epoch holds since: the job ends, and its server makes it anew, because
   * nothing that is in the stream now may reach the replica.
   */
  undone(epoch: number): void {
    if (this.#isUndone || this.#job.life.is('stopped', 'finishing')) return;
    this.#isUndone = true;
    this.#parts.undone(epoch);
  }

  /** Reports a failure after which the job can go on only from its durable state. */
  fail(thrown: unknown): void {
    const { jobId } = this.#parts.specification;
    if (!this.#job.stopping.aborted) this.#parts.failed(asFailure(thrown, 'replicate', jobId));
  }

  async #expectTaken(stream: SourceStream, end: number): Promise<void> {
    const arrived = stream.whenApplied(end).then(() => true);
    const wait = pauseWhileRunning(this.#parts.clock, finishMs);
    const late = wait.done.then(() => false);
    const lost = this.#job.target.link?.closed().then(() => false);
    const done = await Promise.race([arrived, late, lost ?? false]);
    wait.end();
    arrived.catch(() => undefined);
    if (done) return;
    throw new Failure({
      code: 'FINISH-TIMEOUT',
      operation: 'bring the job to a clean stop',
      subject: this.#parts.specification.name,
      reason: `the target has not applied everything: ${stream.queue.state.operations} operations wait`,
      hint: 'See `status con`; the replica may lack the last changes.',
    });
  }
}
