// The connections to a listening server that have not been authenticated yet, and the limits on them.
//
// Invariants: there are never more than `countMax`, and of one origin never more than `countMaxOfOrigin`; each is gone after
// `timeoutMs`; each is reported as refused at most once, and always when it goes without having been released, unless it
// goes by itself and has said nothing. A stranger is known by its remote address and port.
//
// When one more comes than there may be, an old one goes in its favour: the oldest of its own origin when that has too many,
// otherwise the oldest of the origin that has most. So whoever makes many connections loses his own, and a server in good
// order, which is through in milliseconds, loses none.
import type { Socket } from 'node:net';
import { formatHostPort } from '../../base/addresses/host-port.ts';
import { originOf } from '../../base/addresses/network-origin.ts';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';

interface Stranger {
  readonly origin: string;
  readonly socket: Socket;
  readonly cancelTimer: CancelTimer;
  reported: boolean;
}

export interface StrangerLimits {
  readonly timeoutMs: number;
  readonly countMax: number;
  readonly countMaxOfOrigin: number;
}

/** Of each port that is listened at. The time is for the handshake, and for a whole pairing. */
export const usualStrangerLimits: StrangerLimits = { timeoutMs: 10_000, countMax: 64, countMaxOfOrigin: 16 };

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
    const origin = originOf(address);
    this.#makeRoomFor(origin);
    const cancelTimer = this.#clock.after(this.#limits.timeoutMs, () =>
      this.refuse(address, 'it was not authenticated in time'),
    );
    this.#present.set(address, { origin, socket, cancelTimer, reported: false });
    socket.on('error', () => undefined);
    socket.on('close', () => this.left(address, 'it left before it was authenticated'));
  }

  #makeRoomFor(origin: string): void {
    const counts = new Map<string, number>();
    for (const one of this.#present.values()) counts.set(one.origin, (counts.get(one.origin) ?? 0) + 1);
    const { countMax, countMaxOfOrigin } = this.#limits;
    let crowded = origin;
    if ((counts.get(origin) ?? 0) < countMaxOfOrigin) {
      if (this.#present.size < countMax) return;
      for (const [other, count] of counts) if (count > (counts.get(crowded) ?? 0)) crowded = other;
    }
    for (const [address, one] of this.#present) {
      if (one.origin !== crowded) continue;
      this.refuse(address, 'too many connections were waiting to be authenticated');
      return;
    }
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

/** Of the other end of a connection: `host:port`. */
export function remoteAddress(socket: Socket): string {
  // An IPv4 address, also where the system shows it as one of IPv6.
  const host = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
  return formatHostPort({ host, port: socket.remotePort ?? 0 });
}
