// The connections to a listening server that have not been authenticated yet, and the limits on them.
//
// Invariants: there are never more than `countMax`; each is gone after `timeoutMs`; each is reported as refused at most
// once, and always when it goes without having been released, unless it goes by itself and has said nothing. A stranger is known by its remote address and port.

import type { Socket } from 'node:net';
import type { CancelTimer, Clock } from '../../base/clock.ts';

interface Stranger {
  readonly socket: Socket;
  readonly cancelTimer: CancelTimer;
  reported: boolean;
}

export interface StrangerLimits {
  readonly timeoutMs: number;
  readonly countMax: number;
}

export class Strangers {
  readonly #clock: Clock;
  readonly #limits: StrangerLimits;
  readonly #onRefused: (address: string, reason: string) => void;
  /** In the order in which they came. */
  readonly #present = new Map<string, Stranger>();

  constructor(clock: Clock, limits: StrangerLimits, onRefused: (address: string, reason: string) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  /** `socket` is the TCP connection, whatever is wrapped around it later. */
  admit(address: string, socket: Socket): void {
    for (const oldest of this.#present.keys()) {
      if (this.#present.size < this.#limits.countMax) break;
      this.refuse(oldest, 'too many connections were waiting to be authenticated');
    }
    const cancelTimer = this.#clock.after(this.#limits.timeoutMs, () =>
      this.refuse(address, 'it was not authenticated in time'),
    );
    this.#present.set(address, { socket, cancelTimer, reported: false });
    socket.on('error', () => undefined);
    socket.on('close', () => this.left(address, 'it left before it was authenticated'));
  }

  /** It is a stranger no more. False when it has been closed meanwhile. */
  release(address: string): boolean {
    this.#present.get(address)?.cancelTimer();
    return this.#present.delete(address);
  }

  /** It has gone by itself. One that never said anything only looked whether somebody listens, as a monitor does: no refusal. */
  left(address: string, reason: string): void {
    const stranger = this.#present.get(address);
    if (stranger?.socket.bytesRead !== 0) {
      this.refuse(address, reason);
      return;
    }
    this.release(address);
    stranger.socket.destroy();
  }

  /** Reports it and closes it: at once, or when what was sent to it has gone out (at the latest when its time is over). */
  refuse(address: string, reason: string, when: 'at once' | 'after what was sent' = 'at once'): void {
    const stranger = this.#present.get(address);
    if (stranger === undefined) return;
    const reported = stranger.reported;
    stranger.reported = true;
    if (when === 'at once') {
      this.release(address);
      stranger.socket.destroy();
    }
    if (!reported) this.#onRefused(address, reason);
  }

  /** Closes them all without a report: it is this server that stops listening. */
  dismissAll(): void {
    for (const [address, { socket }] of this.#present) {
      this.release(address);
      socket.destroy();
    }
  }
}
