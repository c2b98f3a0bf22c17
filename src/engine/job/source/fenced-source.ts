// What a fenced source still says to its target: it asks from time to time whether the failover was undone, for as long as
// it takes, and tells when its operator has given the job up. Its hello says that it is fenced, so that no target takes it
// for a source that protects; it is always refused, and the refusal is the answer.
import { asFailure, type Failure } from '../../../base/failure.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import type { Hello } from '../../../wire/control-messages.ts';
import { Channel } from '../../link/channel.ts';
import { LinkRefusal, undoneCode } from '../../link/link-refusal.ts';
import { SourceLink, type SourceLinkHandler } from '../../link/source-link.ts';
import { pauseWhileRunning } from '../../running-time.ts';
import { jobOf } from '../roots/left-out.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';

/** The time between two questions. */
const askEveryMs = 10_000;
/** How long the target has to hear that the job was given up. */
const tellMs = 5000;

/** The part of a job that is used here. */
interface FencedJob {
  readonly capture: Pick<SourceCapture, 'mode'>;
  readonly stream: Pick<SourceStream, 'streamId'>;
  readonly end: { readonly epoch: number };
}

type Given = Pick<SourceJobParts, 'network' | 'clock' | 'route' | 'address' | 'specification'>;

const silent: SourceLinkHandler = {
  acknowledged: () => undefined,
  notice: () => undefined,
  sent: () => undefined,
  beforeTransmit: async () => undefined,
};

export class FencedSource {
  readonly #parts: Given;
  readonly #job: FencedJob;

  constructor(parts: Given, job: FencedJob) {
    this.#parts = parts;
    this.#job = job;
  }

  /** The epoch that holds since the failover was undone; undefined when the signal was aborted before. */
  async untilUndone(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      await sleep(this.#parts.clock, askEveryMs, signal);
      if (signal.aborted) break;
      const answer = await this.#ask('waiting', signal);
      if (answer instanceof LinkRefusal && answer.code === undoneCode) return answer.epoch;
    }
    return undefined;
  }

  /** Tells the target, when it can be reached now, that nobody waits for an undo any more. */
  async tellGivenUp(): Promise<void> {
    const late = new AbortController();
    const wait = pauseWhileRunning(this.#parts.clock, tellMs);
    void wait.done.then(() => late.abort());
    await Promise.race([this.#ask('given up', late.signal), wait.done]);
    wait.end();
  }

  /** The refusal, or why there was none. */
  async #ask(fenced: NonNullable<Hello['fenced']>, signal: AbortSignal): Promise<Failure> {
    const { network, clock, route, address, specification } = this.#parts;
    const { capture, stream, end } = this.#job;
    try {
      const made = await network.connect(specification.targetServer, 'target', address);
      const link = new SourceLink(new Channel(made, clock, route), clock, silent, route);
      const close = (): void => link.close('the question is over');
      signal.addEventListener('abort', close);
      try {
        if (signal.aborted) close();
        const hello = { epoch: end.epoch, streamId: stream.streamId, capture: capture.mode, fenced };
        await link.greet({ ...hello, ...jobOf(specification) });
      } finally {
        signal.removeEventListener('abort', close);
        close();
      }
    } catch (thrown) {
      return asFailure(thrown, 'ask the target', specification.targetServer);
    }
    return asFailure('it welcomes a source that is fenced', 'ask the target', specification.targetServer);
  }
}
