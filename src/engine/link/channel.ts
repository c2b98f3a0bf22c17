// One link, spoken in frames. It decodes what arrives, one frame at a time and in order (a handler that takes its time holds
// up the frames behind), keeps the link alive with heartbeats, and closes it when a frame is bad, when a handler refuses one,
// or when nothing came for too long. Time in which this process did not run does not count as silence, and the socket is read
// once more before the link is closed for it. After `closed` was reported nothing is delivered.
import { asFailure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Link, Peer } from '../../ports/network.ts';
import { encodeFrame, type Frame, FrameDecoder, type FrameType } from '../../wire/frame-codec.ts';
import { RunningTime } from '../running-time.ts';
import type { Route } from './route/route.ts';
import type { RouteLine } from './route/route-line.ts';

export interface ChannelHandler {
  /** Throws to close the link because of this frame. */
  frame(frame: Frame): Promise<void> | void;
  /** Once. `bad` says that a frame was wrong, not the network. */
  closed(reason: string, bad: boolean): void;
  /** The payload of the next heartbeat. */
  heartbeat(): Buffer;
}

export const heartbeatMs = 1000;
/** A peer that says nothing for so long is taken for gone. */
export const silenceMs = 10_000;

export class Channel {
  readonly #link: Link;
  /** What this end sends goes over it; absent at the end that answers, which nothing holds back. */
  readonly #line: RouteLine | undefined;
  /** The peer speaks version 3 of the wire or a later one: it reads operations in parts, and large writes. */
  isCurrent = false;
  readonly #clock: Clock;
  readonly #decoder = new FrameDecoder();
  #handler: ChannelHandler | undefined;
  #frames: Frame[] = [];
  #delivering = false;
  readonly #running: RunningTime;
  /** When the peer was last heard, in the time in which this process ran. */
  #heardMs: number;
  #cancelBeat: () => void = () => undefined;
  #closed = false;
  #ending: { readonly reason: string; readonly bad: boolean } | undefined;

  constructor(link: Link, clock: Clock, route?: Route) {
    this.#link = link;
    this.#line = route?.line(link);
    this.#clock = clock;
    this.#running = new RunningTime(clock, heartbeatMs);
    this.#heardMs = this.#running.ms;
  }

  get peer(): Peer {
    return this.#link.peer;
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Begins to deliver; a later call hands everything that follows to another handler. */
  open(handler: ChannelHandler): void {
    const first = this.#handler === undefined;
    this.#handler = handler;
    if (!first) {
      // The link may have closed before this handler came.
      if (this.#ending !== undefined) handler.closed(this.#ending.reason, this.#ending.bad);
      return;
    }
    this.#link.listen({
      data: (bytes) => this.#take(bytes),
      closed: (reason) => this.#ended(reason),
    });
    this.#beat();
  }

  /** Returns false when the sender should wait for `drained`. Sending on a closed channel does nothing. */
  send(type: FrameType, payload: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#closed) return true;
    const line = this.#line;
    if (line !== undefined && type === 'operations') {
      return line.sendData(payload instanceof Uint8Array ? [payload] : payload, this.isCurrent);
    }
    const frame = encodeFrame(type, payload);
    if (line !== undefined) return line.send(frame);
    let room = true;
    for (const piece of frame) room = this.#link.send(piece);
    return room;
  }

  /** Resolves when operations may be sent, which is not while they are paused. */
  drained(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return this.#line === undefined ? this.#link.drained() : this.#line.drained();
  }

  close(reason: string): void {
    this.#end(reason, false);
  }

  /** Closes the link because of a frame that had been taken already. */
  refuse(reason: string): void {
    this.#end(reason, true);
  }

  #take(bytes: Buffer): void {
    if (this.#closed) return;
    this.#heardMs = this.#running.ms;
    try {
      this.#frames.push(...this.#decoder.push(bytes));
    } catch (thrown) {
      this.#end(asFailure(thrown, 'read a frame', this.peer.name).message, true);
      return;
    }
    void this.#deliver();
  }

  /** The other end is gone; what it had begun to say and not ended counts as a bad frame. */
  #ended(reason: string): void {
    try {
      this.#decoder.end();
      this.#end(reason, false);
    } catch (thrown) {
      this.#end(asFailure(thrown, 'read a frame', this.peer.name).message, true);
    }
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let frame = this.#frames.shift(); frame !== undefined && !this.#closed; frame = this.#frames.shift()) {
        if (frame.type === 'bye') this.#end(frame.payload.toString('utf8'), false);
        else await this.#handler?.frame(frame);
      }
    } catch (thrown) {
      this.#end(asFailure(thrown, 'take a frame', this.peer.name).message, true);
    } finally {
      this.#delivering = false;
    }
  }

  #beat(): void {
    if (this.#closed) return;
    this.send('heartbeat', this.#handler?.heartbeat() ?? Buffer.alloc(0));
    // The timer may have come before what the socket holds: the event loop has a turn in between.
    if (this.#isSilent()) this.#cancelBeat = this.#clock.after(0, () => this.#judge());
    else this.#beatLater();
  }

  #beatLater(): void {
    this.#cancelBeat = this.#clock.after(heartbeatMs, () => this.#beat());
  }

  #judge(): void {
    if (this.#isSilent()) this.#end(`nothing was heard for ${silenceMs / 1000} seconds`, false);
    else this.#beatLater();
  }

  #isSilent(): boolean {
    return this.#running.ms - this.#heardMs > silenceMs;
  }

  #end(reason: string, bad: boolean): void {
    if (this.#closed) return;
    const bye = Buffer.from(reason, 'utf8');
    if (this.#line === undefined) this.send('bye', bye);
    else this.#line.close(encodeFrame('bye', bye));
    this.#closed = true;
    this.#ending = { reason, bad };
    this.#frames = [];
    this.#cancelBeat();
    this.#link.close(reason);
    this.#handler?.closed(reason, bad);
  }
}
