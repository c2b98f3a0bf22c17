// One end of a link between two servers of one process.
//
// Each end keeps what is on its way to it. An arrival is scheduled for every piece sent and takes the oldest piece there is;
// while the end is held, or nobody listens at it yet, arrivals take nothing and are scheduled anew later.
import { assert } from '../../base/failure.ts';
import type { Link, LinkListener, Peer } from '../../ports/network.ts';

/** What may be on its way before the sender is told to wait. */
const inFlightBytesMax = 64 * 1024;

/** Two ends, each of which sees the other as its peer. */
export function connectLinks(
  dialler: Peer,
  acceptor: Peer,
  deliver: (arrival: () => void) => void,
): readonly [MemoryLink, MemoryLink] {
  const dialled = new MemoryLink(dialler.name, acceptor, deliver);
  const answered = new MemoryLink(acceptor.name, dialler, deliver);
  dialled.join(answered);
  answered.join(dialled);
  return [dialled, answered];
}

export class MemoryLink implements Link {
  readonly ownerName: string;
  readonly peer: Peer;
  readonly #deliver: (arrival: () => void) => void;
  /** On its way to this end; the end of the link is on its way like bytes. */
  readonly #incoming: (Buffer | 'end')[] = [];
  #incomingBytes = 0;
  /** Told of everything that this end sends. */
  onSent: ((bytes: Uint8Array) => void) | undefined;
  #otherEnd: MemoryLink | undefined;
  #listener: LinkListener | undefined;
  #drainWaiters: (() => void)[] = [];
  #closedReason: string | undefined;
  #held = false;
  readonly #arrival = (): void => this.#arrive();

  constructor(ownerName: string, peer: Peer, deliver: (arrival: () => void) => void) {
    this.ownerName = ownerName;
    this.peer = peer;
    this.#deliver = deliver;
  }

  join(otherEnd: MemoryLink): void {
    this.#otherEnd = otherEnd;
  }

  get open(): boolean {
    return this.#closedReason === undefined;
  }

  listen(listener: LinkListener): void {
    assert(this.#listener === undefined, 'a link is listened to once');
    this.#listener = listener;
    if (this.#closedReason !== undefined) this.#reportClosed(this.#closedReason);
    this.#scheduleAll();
  }

  send(bytes: Uint8Array): boolean {
    if (!this.open || this.#otherEnd === undefined) return true;
    this.onSent?.(bytes);
    this.#otherEnd.#expect(asBuffer(bytes));
    return this.#otherEnd.#incomingBytes <= inFlightBytesMax;
  }

  drained(): Promise<void> {
    const other = this.#otherEnd;
    if (!this.open || other === undefined || other.#incomingBytes <= inFlightBytesMax) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  close(reason: string): void {
    if (!this.open) return;
    this.#finish(reason);
    if (this.#otherEnd !== undefined) this.#otherEnd.#expect('end');
  }

  /** Closes without the other end's knowledge; what is on its way to this one is lost. */
  lose(reason: string): void {
    this.#incoming.length = 0;
    this.#finish(reason);
  }

  /** As `lose`, and nobody is left to be told. */
  vanish(): void {
    this.#listener = undefined;
    this.lose('the server is gone');
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#scheduleAll();
  }

  #expect(piece: Buffer | 'end'): void {
    if (!this.open) return;
    this.#incoming.push(piece);
    this.#incomingBytes += piece === 'end' ? 0 : piece.length;
    this.#deliver(this.#arrival);
  }

  #scheduleAll(): void {
    for (const _ of this.#incoming) this.#deliver(this.#arrival);
  }

  #arrive(): void {
    if (this.#held || this.#listener === undefined || !this.open) return;
    const piece = this.#incoming.shift();
    if (piece === undefined) return;
    if (piece === 'end') {
      this.#finish('the other end closed the link');
      return;
    }
    this.#incomingBytes -= piece.length;
    const other = this.#otherEnd;
    if (other !== undefined && this.#incomingBytes <= inFlightBytesMax) other.#releaseWaiters();
    this.#listener.data(piece);
  }

  #finish(reason: string): void {
    if (!this.open) return;
    this.#closedReason = reason;
    this.#releaseWaiters();
    if (this.#listener !== undefined) this.#reportClosed(reason);
  }

  /** Never from within a call of the listener's owner, which may be in the middle of something. */
  #reportClosed(reason: string): void {
    queueMicrotask(() => this.#listener?.closed(reason));
  }

  #releaseWaiters(): void {
    if (this.#drainWaiters.length === 0) return;
    for (const release of this.#drainWaiters.splice(0)) release();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
