// The target of a job as its source knows it: the link to it, if there is one now, and what it last said of its replica.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Signal } from '../../base/waiting/signal.ts';
import type { TargetDataState } from '../../model/job.ts';
import type { Notice } from '../../wire/control-messages.ts';
import { LinkedReplica } from './linked-replica.ts';
import type { SourceLink } from './source-link.ts';

export class TargetSide {
  readonly #clock: Clock;
  /** Notified whenever the link may have changed. */
  readonly signal: Signal;
  /** As it was last told; `Unknown` before. */
  dataState: TargetDataState = 'Unknown';
  /** Why there is no link, or what goes wrong at the target, in words; empty when all is well. */
  trouble = '';
  /** Why the target takes or applies nothing for now, as it said on this link, perhaps right behind its welcome; or empty. */
  held = '';
  #link: SourceLink | undefined;
  #connectedSinceMs: number | null = null;
  #isGivenUp = false;

  constructor(clock: Clock, signal: Signal) {
    this.#clock = clock;
    this.signal = signal;
  }

  get link(): SourceLink | undefined {
    return this.#link;
  }

  /** Wall milliseconds; null without a link. */
  get connectedSinceMs(): number | null {
    return this.#connectedSinceMs;
  }

  /** The job is being stopped: there will be no link any more. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Of the replica as it is once everything up to the sequence `after` of the stream is applied; 0 for as it stands. */
  replica(stream: { readonly isOpen: boolean }, after: number): LinkedReplica {
    return new LinkedReplica(this, stream, after);
  }

  /** What it is told goes over this link from now on. */
  linked(link: SourceLink): void {
    this.#link = link;
  }

  /** It has taken the link, and says how good its replica is. */
  welcomed(dataState: TargetDataState): void {
    this.dataState = dataState;
    this.#connectedSinceMs = this.#clock.wallMs();
    this.trouble = '';
  }

  lost(link: SourceLink): void {
    if (this.#link === link) this.#link = undefined;
    this.held = '';
    this.#connectedSinceMs = null;
  }

  /** Tells it, when there is a link. */
  notify(notice: Notice): void {
    this.#link?.notify(notice);
  }

  close(reason: string): void {
    this.#link?.close(reason);
  }

  giveUp(reason: string): void {
    this.#isGivenUp = true;
    this.close(reason);
    this.signal.notify();
  }
}
