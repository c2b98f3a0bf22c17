// Keeps the link of a job to its target: makes it, greets the target, and feeds the link from the stream as long as it
// lasts; then makes it again, after a time that grows with every failure (engine/link/link-retry.ts).
import { adviceText, asFailure, type Failure, triedAgainText } from '../../../base/failure.ts';
import { sleep } from '../../../base/waiting/clock.ts';
import { isSameOptions, optionsOf } from '../../../model/options/job-edit.ts';
import { undoVersion, type Welcome } from '../../../wire/control-messages.ts';
import { Channel } from '../../link/channel.ts';
import { fencedCode, LinkRefusal, undoneCode } from '../../link/link-refusal.ts';
import { LinkRetry } from '../../link/link-retry.ts';
import { SourceLink } from '../../link/source-link.ts';
import type { TargetSide } from '../../link/target-side.ts';
import type { JobChanges } from '../job-changes.ts';
import type { JobLife, SourcePhase } from '../job-life.ts';
import type { SourceMirrors } from '../mirrors/source-mirrors.ts';
import type { LeftOut } from '../roots/left-out.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import type { UnreadPlaces } from '../stream/unread-places.ts';
import type { FencedSource } from './fenced-source.ts';
import type { SourceEnd } from './source-end.ts';
import type { SourceStreams } from './source-streams.ts';
import type { SourceTasks } from './source-tasks.ts';
import type { TargetNotices } from './target-notices.ts';

/** The part of a job that its link uses. */
interface LinkedJob {
  readonly life: JobLife<SourcePhase>;
  readonly changes: JobChanges;
  readonly leftOut: LeftOut;
  readonly capture: SourceCapture;
  readonly stream: SourceStream;
  readonly streams: SourceStreams;
  readonly mirrors: SourceMirrors;
  readonly unread: UnreadPlaces;
  readonly target: TargetSide;
  readonly tasks: SourceTasks;
  readonly notices: TargetNotices;
  readonly end: SourceEnd;
  readonly fenced: FencedSource;
}

export class LinkLoop {
  readonly #parts: SourceJobParts;
  readonly #job: LinkedJob;
  readonly #retry = new LinkRetry();
  #firstTrouble: Failure | undefined;
  /** The target answers a fenced source that asks whether the failover was undone. */
  #answersFenced = false;

  constructor(parts: SourceJobParts, job: LinkedJob) {
    this.#parts = parts;
    this.#job = job;
  }

  /** The failure of the first link that failed; undefined when none has. */
  get firstTrouble(): Failure | undefined {
    return this.#firstTrouble;
  }

  /** Until aborted. Once it is fenced, the source only asks whether the failover was undone. */
  async run(signal: AbortSignal): Promise<void> {
    const { life, end, fenced } = this.#job;
    await this.#linkAgain(signal);
    if (!life.is('fenced') || end.isUndone || !this.#answersFenced) return;
    const epoch = await fenced.untilUndone(signal);
    if (epoch !== undefined) end.undone(epoch);
  }

  /** Whether DISCONNECT of a fenced source can tell the target. */
  get answersFenced(): boolean {
    return this.#answersFenced;
  }

  async #linkAgain(signal: AbortSignal): Promise<void> {
    const { clock, specification } = this.#parts;
    const { life, changes, end } = this.#job;
    while (!signal.aborted && life.phase !== 'fenced' && !end.isUndone) {
      const delayMs = await this.#linkOnce(signal).then(
        () => this.#retry.succeeded(),
        (thrown) => this.#noteTrouble(asFailure(thrown, 'connect', specification.targetServer)),
      );
      if (life.phase === 'connected') {
        life.move('apart');
        changes.tell();
      }
      await sleep(clock, delayMs, signal);
    }
  }

  /** Makes a link and resolves when it has ended; rejects when no link could be made. */
  async #linkOnce(signal: AbortSignal): Promise<void> {
    const { network, clock, specification, emit, number, route, address } = this.#parts;
    const { capture, changes, end, leftOut, streams, target } = this.#job;
    const made = await network.connect(specification.targetServer, 'target', address);
    const channel = new Channel(made, clock, route);
    const { stream } = this.#job;
    const link = this.#linkOf(channel, stream);
    try {
      const hello = { epoch: end.epoch, streamId: stream.streamId, capture: capture.mode };
      const welcome = await leftOut.greet(link, hello);
      this.#answersFenced = welcome.version >= undoVersion;
      const from = stream.resumeFrom(welcome.position);
      if (from === undefined) {
        link.close('the target has lost its place in the stream');
        await streams.replace('the target has lost its place in the stream');
        return;
      }
      await this.#adopt(welcome.options);
      this.#linked(link, welcome);
      stream.acknowledge(from.sequence, welcome.position === null ? 0 : welcome.applied);
      emit(5000, { target: specification.targetServer, stream: stream.streamId, position: from.sequence });
      await link.transmit(stream.queue, from.sequence, from.checksum);
      if (!stream.isOpen) return;
      const reason = await link.closed();
      if (!signal.aborted) emit(5001, { connection: number, reason });
      target.trouble = reason;
    } finally {
      target.lost(link);
      link.close('the connection is over');
      changes.tell();
    }
  }

  #linkOf(channel: Channel, stream: SourceStream): SourceLink {
    const job = this.#job;
    const link: SourceLink = new SourceLink(
      channel,
      this.#parts.clock,
      {
        acknowledged: ({ durable, applied }) => {
          job.stream.acknowledge(durable, applied);
          job.changes.tell();
        },
        notice: (notice) => job.notices.take(notice, link),
        sent: (batch, wireBytes) => job.mirrors.sent.take(stream.streamId, batch, wireBytes),
        beforeTransmit: (task) => job.tasks.runOnTransmit(task),
      },
      this.#parts.route,
    );
    return link;
  }

  /** The target has welcomed the link, and both sides agree on a position. */
  #linked(link: SourceLink, { state: dataState, options }: Pick<Welcome, 'state' | 'options'>): void {
    const { changes, life, mirrors, target, unread, tasks } = this.#job;
    target.linked(link);
    const own = optionsOf(this.#parts.specification);
    if (own.revision > 0 && !(options !== undefined && isSameOptions(own, options))) this.tellOptions();
    tasks.tellCancelled(link);
    mirrors.tellVerified();
    unread.tellTarget();
    target.welcomed(dataState);
    if (!life.is('starting', 'apart')) return;
    life.move('connected');
    changes.tell();
  }

  /** Tells the target the options of the job, when there is a link and a target that takes them. */
  tellOptions(): void {
    const { link } = this.#job.target;
    if (link?.takesOptions) link.notify({ type: 'options', options: optionsOf(this.#parts.specification) });
  }

  /** This source forgot an EDIT, as after its home was put back from a backup: the target's options are newer. */
  async #adopt(options: Welcome['options']): Promise<void> {
    if (options === undefined || options.revision <= optionsOf(this.#parts.specification).revision) return;
    await this.#parts.adopt(options);
  }

  /** Notes why there is no link; returns how long to wait now, in milliseconds. */
  #noteTrouble(failure: Failure): number {
    const { changes, end, target } = this.#job;
    const delayMs = this.#retry.after(failure);
    this.#firstTrouble ??= failure;
    target.trouble = adviceText(failure);
    if (failure instanceof LinkRefusal) this.#answersFenced = (failure.targetVersion ?? 0) >= undoVersion;
    if (failure.code === fencedCode) end.fence(refusedEpoch(failure) ?? end.epoch + 1);
    else if (failure.code === undoneCode) end.undone(refusedEpoch(failure) ?? end.epoch + 1);
    else if (!failure.retryable) {
      this.#parts.emit(5002, { connection: this.#parts.number, reason: failure.message });
      target.trouble = triedAgainText(target.trouble, `${delayMs / 1000} s later`);
    }
    changes.tell();
    return delayMs;
  }
}

function refusedEpoch(failure: Failure): number | undefined {
  return failure instanceof LinkRefusal ? failure.epoch : undefined;
}
