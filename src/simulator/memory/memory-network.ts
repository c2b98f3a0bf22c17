// The network port without a network: servers of one process, with the faults that a test asks for.
//
// Everything arrives asynchronously: by microtasks, or after a latency on a clock that the test turns. Servers trust each
// other unless told otherwise. Links behave as the port says whatever is done to them: bytes arrive in order or the link
// closes, and each end hears of that once.
import { assert, Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Link, Network } from '../../ports/network.ts';
import type { Ping } from '../../ports/ping.ts';
import { connectLinks, type MemoryLink } from './memory-link.ts';

/** `atOnce.then(work)` does the work in a microtask, and costs less memory than `queueMicrotask`. */
const atOnce = Promise.resolve();

interface Acceptor {
  readonly accept: (link: Link) => void;
  readonly onRefused: (address: string, reason: string) => void;
}

export class MemoryNetwork {
  readonly #clock: Clock | undefined;
  #latencyMs: number | undefined;
  readonly #servers = new Set<string>();
  readonly #acceptors = new Map<string, Acceptor>();
  /** By address, the server that has it. */
  readonly #addresses = new Map<string, string>();
  readonly #distrust = new Set<string>();
  readonly #refusing = new Set<string>();
  readonly #holding = new Set<string>();
  readonly #silent = new Set<string>();
  /** Told of everything that is sent over a link by the server that made it. */
  onSent: ((link: MemoryLink, bytes: Uint8Array) => void) | undefined;
  #links: MemoryLink[] = [];
  readonly #linkWaiters = new Map<string, () => void>();

  constructor(latency?: { readonly clock: Clock; readonly latencyMs?: number }) {
    this.#clock = latency?.clock;
    this.#latencyMs = latency?.latencyMs;
  }

  /** What is sent from now on takes so long; undefined: no time at all. Needs a clock. */
  setLatency(latencyMs: number | undefined): void {
    assert(latencyMs === undefined || this.#clock !== undefined, 'a latency needs a clock');
    this.#latencyMs = latencyMs;
  }

  /** The network as the server of this name sees it; the server exists from now on. */
  server(name: string): Network {
    this.#servers.add(name);
    return {
      connect: (peerName, _role, address) => this.#connect(name, peerName, address),
      reach: async (host) => this.#reach(name, this.#addresses.get(host) ?? host),
      listen: async (accept, onRefused) => {
        assert(!this.#acceptors.has(name), 'a network listens once at a time');
        const acceptor = { accept, onRefused };
        this.#acceptors.set(name, acceptor);
        return async () => {
          if (this.#acceptors.get(name) === acceptor) this.#acceptors.delete(name);
        };
      },
    };
  }

  /** As the server of this name sees it: a machine answers as long as its server does, and while it was not silenced. */
  ping(name: string): Ping {
    return {
      echo: async (host, signal) => {
        const to = this.#addresses.get(host) ?? host;
        const trouble = this.#silent.has(to) ? 'no answer' : this.#reach(name, to);
        if (trouble === undefined) return undefined;
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return trouble;
      },
    };
  }

  /** The machine of this server answers no echo request any more, whatever its server does; or does again. */
  silence(server: string, isSilent = true): void {
    if (isSilent) this.#silent.add(server);
    else this.#silent.delete(server);
  }

  /** A plain connection to this address reaches the server, as one to its name does. */
  addAddress(server: string, address: string): void {
    this.#addresses.set(address, server);
  }

  fingerprint(name: string): string {
    const pairs = Buffer.alloc(32, name).toString('hex').toUpperCase().match(/../g);
    return (pairs ?? []).join(':');
  }

  /** The server trusts that peer no more; links that are there stay. */
  distrust(server: string, peer: string): void {
    this.#distrust.add(`${server} ${peer}`);
  }

  /** The links between the two are lost with all that is on its way. New ones can be made. */
  cut(one: string, other: string): void {
    for (const link of this.#between(one, other)) link.lose('the connection was lost');
  }

  /** New links between the two are refused until `heal`. */
  refuse(one: string, other: string): void {
    this.#refusing.add(pairOf(one, other));
  }

  /** Nothing arrives between the two, and nobody is told, until `heal`. New links time out. */
  hold(one: string, other: string): void {
    this.#holding.add(pairOf(one, other));
    for (const link of this.#between(one, other)) link.hold();
  }

  /** As `hold`, but what the other way sends arrives: a half-open connection. */
  holdTowards(receiver: string, sender: string): void {
    this.#holding.add(pairOf(receiver, sender));
    for (const link of this.#between(receiver, sender)) if (link.ownerName === receiver) link.hold();
  }

  /** Calls back at the next link that the first makes to the second, before that hears of it. */
  onceLinked(from: string, to: string, callback: () => void): void {
    this.#linkWaiters.set(`${from} ${to}`, callback);
  }

  /** Ends `refuse` and `hold`; what was held arrives. */
  heal(one: string, other: string): void {
    this.#refusing.delete(pairOf(one, other));
    this.#holding.delete(pairOf(one, other));
    for (const link of this.#between(one, other)) link.release();
  }

  /** The server's process is gone: it listens no more, hears nothing, and its links are lost to the others. */
  crash(server: string): void {
    this.#acceptors.delete(server);
    for (const link of this.#links) {
      if (link.ownerName === server) link.vanish();
      else if (link.peer.name === server) link.lose('the connection was lost');
    }
  }

  readonly #deliver = (arrival: () => void): void => {
    if (this.#latencyMs === undefined) void atOnce.then(arrival);
    else this.#clock?.after(this.#latencyMs, arrival);
  };

  #reach(from: string, to: string): string | undefined {
    if (this.#holding.has(pairOf(from, to))) return 'no answer';
    return this.#acceptors.has(to) && !this.#refusing.has(pairOf(from, to)) ? undefined : 'connection refused';
  }

  async #connect(from: string, to: string, address: string | undefined): Promise<Link> {
    await new Promise<void>((resolve) => this.#deliver(resolve));
    if (!this.#servers.has(to) || this.#distrust.has(`${from} ${to}`)) {
      throw notTrusted(to, 'no server of this name is trusted here');
    }
    if (this.#holding.has(pairOf(from, to))) {
      throw new Failure({
        code: 'LINK-TIMEOUT',
        operation: 'connect',
        subject: to,
        reason: 'no answer',
        retryable: true,
      });
    }
    const acceptor = this.#acceptors.get(to);
    const isElsewhere = address !== undefined && this.#addresses.get(address) !== to;
    if (acceptor === undefined || isElsewhere || this.#refusing.has(pairOf(from, to))) {
      throw new Failure({
        code: 'LINK-REFUSED',
        operation: 'connect',
        subject: to,
        reason: 'nothing listens there',
        retryable: true,
      });
    }
    if (this.#distrust.has(`${to} ${from}`)) {
      acceptor.onRefused(from, `its certificate ${this.fingerprint(from)} is not trusted`);
      throw notTrusted(to, `${to} does not trust this server, ${from}`);
    }
    const [dialled, answered] = connectLinks(
      { name: from, fingerprint: this.fingerprint(from) },
      { name: to, fingerprint: this.fingerprint(to) },
      this.#deliver,
    );
    dialled.onSent = (bytes) => this.onSent?.(dialled, bytes);
    this.#links = [...this.#links.filter((link) => link.open), dialled, answered];
    const waiter = this.#linkWaiters.get(`${from} ${to}`);
    this.#linkWaiters.delete(`${from} ${to}`);
    waiter?.();
    acceptor.accept(answered);
    return dialled;
  }

  #between(one: string, other: string): readonly MemoryLink[] {
    return this.#links.filter((link) => pairOf(link.ownerName, link.peer.name) === pairOf(one, other));
  }
}

function pairOf(one: string, other: string): string {
  return [one, other].toSorted().join(' ');
}

function notTrusted(subject: string, reason: string): Failure {
  return new Failure({
    code: 'PEER-NOT-TRUSTED',
    operation: 'connect',
    subject,
    reason,
    hint: `run understudy pair on ${subject}, then here: understudy pair HOST:PORT --code CODE`,
  });
}
