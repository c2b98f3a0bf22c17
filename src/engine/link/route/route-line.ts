// One link on a route: what its channel sends waits here for its turn. Frames leave in order, control frames (everything but
// operations) before data; a frame that has begun to leave is finished first. While the route is paused, data stays.
import type { Link } from '../../../ports/network.ts';
import { encodeFrame, encodePart } from '../../../wire/frame-codec.ts';

/** Bytes that are still to leave, in pieces. */
interface Bytes {
  pieces: Uint8Array[];
  bytes: number;
}

interface Payload extends Bytes {
  readonly takesParts: boolean;
}

/** The route to which a line belongs (route.ts). */
export interface LineRoute {
  readonly isPaused: boolean;
  /** Bytes per second; undefined: no limit. */
  readonly limitNow: number | undefined;
  /** The most bytes of a payload that leave in one part; undefined without a limit. */
  readonly partBytes: number | undefined;
  /** Something waits that did not before, or a line can send again. */
  pump(): void;
  /** Whether so many bytes may go at this moment; if so they count as gone. */
  mayGo(bytes: number): boolean;
  left(line: RouteLine): void;
}

export class RouteLine {
  readonly #route: LineRoute;
  readonly #link: Link;
  /** The frame whose turn it is, and whether part of it has left. */
  #begun: Bytes | undefined;
  #hasLeft = false;
  readonly #control: Bytes[] = [];
  readonly #data: Payload[] = [];
  /** The socket takes nothing more for now. */
  #isFull = false;
  #isClosed = false;
  readonly #drainWaiters: (() => void)[] = [];

  constructor(route: LineRoute, link: Link) {
    this.#route = route;
    this.#link = link;
  }

  /** Sends a frame that is no operations. Returns false when the sender should wait for `drained` before it sends more. */
  send(frame: Buffer[]): boolean {
    if (this.#isClosed) return true;
    if (this.#route.limitNow === undefined && this.#begun === undefined && !this.#isFull) return this.#sendNow(frame);
    this.#control.push(bytesOf(frame));
    return this.#pumped();
  }

  /** As `send`, of a payload of operations; in parts where the peer reads them, and there is a limit. */
  sendData(payload: readonly Uint8Array[], takesParts: boolean): boolean {
    if (this.#isClosed) return true;
    if (this.#route.limitNow === undefined && !this.#isBusy) return this.#sendNow(encodeFrame('operations', payload));
    this.#data.push({ ...bytesOf(payload), takesParts });
    return this.#pumped();
  }

  /** Resolves when data may be sent, and what was sent before has left; or when the line is closed. */
  drained(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (!this.#isBusy) return this.#link.drained();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Sends a last frame when it may go at once; what waits is dropped. */
  close(last: Buffer[]): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // In the middle of a frame nothing else can be said: the end of the link tells the peer.
    if (!this.#hasLeft && this.#route.mayGo(bytesOf(last).bytes)) this.#sendNow(last);
    this.#begun = undefined;
    this.#control.length = 0;
    this.#data.length = 0;
    this.#release();
    this.#route.left(this);
  }

  /** Whether control, or a frame that has begun, can leave now. */
  get hasUrgent(): boolean {
    return !this.#isFull && (this.#begun !== undefined || this.#control.length > 0);
  }

  /** Whether anything can leave now. */
  get hasReady(): boolean {
    return this.hasUrgent || (!this.#isFull && !this.#route.isPaused && this.#data.length > 0);
  }

  /** How much of the next frame would leave at once, when at most `most` bytes may. */
  nextBytes(most: number): number {
    this.#begun ??= this.#nextFrame();
    return Math.min(this.#begun?.bytes ?? 0, most);
  }

  /** Lets so many bytes of the next frame go. */
  sendNext(bytes: number): void {
    const frame = this.#begun;
    if (frame === undefined) return;
    const leaving = take(frame, bytes);
    this.#hasLeft = frame.bytes > 0;
    if (!this.#hasLeft) this.#begun = undefined;
    this.#sendNow(leaving);
    this.changed();
  }

  /** What the line waits for may have come. */
  changed(): void {
    if (!this.#isBusy) this.#release();
  }

  #pumped(): boolean {
    this.#route.pump();
    return !this.#isBusy;
  }

  /** Data that would be sent now would wait. */
  get #isBusy(): boolean {
    const isWaiting = this.#begun !== undefined || this.#control.length + this.#data.length > 0;
    return isWaiting || this.#isFull || this.#route.isPaused;
  }

  /** The frame that leaves next: control, or the next part of a payload, as large as the limit allows at this moment. */
  #nextFrame(): Bytes | undefined {
    const control = this.#control.shift();
    if (control !== undefined) return control;
    const [payload] = this.#route.isPaused ? [] : this.#data;
    if (payload === undefined) return undefined;
    const { partBytes } = this.#route;
    const isWhole = partBytes === undefined || !payload.takesParts || payload.bytes <= partBytes;
    const part = take(payload, isWhole ? payload.bytes : partBytes);
    if (payload.bytes === 0) this.#data.shift();
    return bytesOf(encodePart(part, payload.bytes === 0));
  }

  #sendNow(pieces: readonly Uint8Array[]): boolean {
    let room = true;
    for (const piece of pieces) room = this.#link.send(piece);
    // Without a limit the sender holds back by itself; with one nothing may gather in the socket and leave in a burst.
    if (room || this.#route.limitNow === undefined) return room;
    this.#isFull = true;
    void this.#link.drained().then(() => {
      this.#isFull = false;
      this.changed();
      this.#route.pump();
    });
    return false;
  }

  #release(): void {
    for (const release of this.#drainWaiters.splice(0)) release();
  }
}

function bytesOf(pieces: readonly Uint8Array[]): Bytes {
  return { pieces: [...pieces], bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** The first bytes, which are taken away. */
function take(from: Bytes, bytes: number): Uint8Array[] {
  from.bytes -= bytes;
  const taken: Uint8Array[] = [];
  for (let left = bytes; left > 0; ) {
    const [piece = new Uint8Array(left)] = from.pieces;
    taken.push(piece.subarray(0, left));
    if (piece.length <= left) from.pieces.shift();
    else from.pieces[0] = piece.subarray(left);
    left -= Math.min(left, piece.length);
  }
  return taken;
}
