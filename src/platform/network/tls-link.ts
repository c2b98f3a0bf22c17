// A link over a TLS connection whose other end is already known and trusted.
//
// Invariants: `closed` is reported exactly once and nothing after it; when this side closes, what was queued is still sent,
// for a few seconds at most. A connection that the other side half-closes is closed whole: nobody reads there any more.
import type { TLSSocket } from 'node:tls';
import { assert } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Link, LinkListener, Peer } from '../../ports/network.ts';

/** How long a closed link goes on sending what was queued. */
const lingerMs = 5_000;

export class TlsLink implements Link {
  readonly peer: Peer;
  readonly #socket: TLSSocket;
  readonly #clock: Clock;
  readonly #drainWaiters: (() => void)[] = [];
  #listener: LinkListener | undefined;
  #closedReason: string | undefined;
  #errorReason: string | undefined;

  /** `socket` is past its handshake and paused. */
  constructor(peer: Peer, socket: TLSSocket, clock: Clock) {
    this.peer = peer;
    this.#socket = socket;
    this.#clock = clock;
    socket.on('error', (error) => {
      this.#errorReason = error.message;
    });
    socket.on('drain', () => this.#releaseWaiters());
    socket.on('end', () => {
      this.#finish('the other end closed the link');
      socket.destroy();
    });
    socket.on('close', () => this.#finish(this.#errorReason ?? 'the connection was lost'));
  }

  listen(listener: LinkListener): void {
    assert(this.#listener === undefined, 'a link is listened to once');
    this.#listener = listener;
    if (this.#closedReason !== undefined) {
      this.#reportClosed(this.#closedReason);
      return;
    }
    this.#socket.on('data', (bytes: Buffer) => {
      if (this.#closedReason === undefined) listener.data(bytes);
    });
    // Said aloud: a stream that was paused explicitly does not start to flow by being listened to.
    this.#socket.resume();
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closedReason !== undefined) return true;
    return this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#closedReason !== undefined || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#finish(reason);
    const cancelLinger = this.#clock.after(lingerMs, () => this.#socket.destroy());
    this.#socket.on('close', cancelLinger);
    this.#socket.end();
    // Read to its end, or the end of the other side is never seen.
    this.#socket.resume();
  }

  /** As `close`, but what was queued is not sent any more. */
  cut(reason: string): void {
    this.#finish(reason);
    this.#socket.destroy();
  }

  /** Calls back when the connection itself is gone. */
  onGone(callback: () => void): void {
    if (this.#socket.closed) callback();
    else this.#socket.once('close', callback);
  }

  #finish(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#releaseWaiters();
    if (this.#listener !== undefined) this.#reportClosed(reason);
  }

  /** Never from within a call of the listener's owner, which may be in the middle of something. */
  #reportClosed(reason: string): void {
    queueMicrotask(() => this.#listener?.closed(reason));
  }

  #releaseWaiters(): void {
    for (const release of this.#drainWaiters.splice(0)) release();
  }
}
