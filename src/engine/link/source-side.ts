// The source of a job as its target knows it: the link to it, if there is one now, and what it said over that link or the last.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Signal } from '../../base/waiting/signal.ts';
import type { Heartbeat, Notice } from '../../wire/control-messages.ts';
import type { TargetLink } from './target-link.ts';

export interface HeardHeartbeat extends Heartbeat {
  /** Monotonic milliseconds. */
  readonly heardMs: number;
}

export class SourceSide {
  readonly #clock: Clock;
  readonly #signal: Signal;
  #link: TargetLink | undefined;
  #connectedSinceMs: number | null = null;
  #hasEnded = false;
  #heartbeat: HeardHeartbeat | undefined;

  /** `signal` is notified whenever the link or its state may have changed. */
  constructor(clock: Clock, signal: Signal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  get link(): TargetLink | undefined {
    return this.#link;
  }

  get isLinked(): boolean {
    return this.#link?.isOpen ?? false;
  }

  /** Wall milliseconds; null without a link. */
  get connectedSinceMs(): number | null {
    return this.#connectedSinceMs;
  }

  /** What it last said of its stream; undefined before it said anything. */
  get heartbeat(): HeardHeartbeat | undefined {
    return this.#heartbeat;
  }

  linked(link: TargetLink): void {
    this.#link = link;
    this.#connectedSinceMs = this.#clock.wallMs();
    this.#hasEnded = false;
  }

  /** False when another link had taken its place already. */
  lost(link: TargetLink): boolean {
    if (this.#link !== link) return false;
    this.#link = undefined;
    this.#connectedSinceMs = null;
    return true;
  }

  heard(heartbeat: Heartbeat): void {
    this.#heartbeat = { ...heartbeat, heardMs: this.#clock.monotonicMs() };
  }

  /** The stream has reached the end that the source has marked. */
  ended(): void {
    this.#hasEnded = true;
  }

  /** Resolves when it has handed over everything (true), or `link` has closed (false). */
  async handedOver(link: TargetLink): Promise<boolean> {
    await this.#signal.until(() => this.#hasEnded || !link.isOpen);
    return this.#hasEnded;
  }

  /** Tells it, when there is a link. */
  notify(notice: Notice): void {
    this.#link?.notify(notice);
  }

  acknowledge(): void {
    this.#link?.acknowledge();
  }

  /** While the queue is full the source is told to wait. */
  tellFull(isFull: boolean): void {
    this.notify(isFull ? { type: 'paused', reason: "the target's queue is full" } : { type: 'resumed' });
  }

  close(reason: string): void {
    this.#link?.close(reason);
  }
}
