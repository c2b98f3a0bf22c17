// The witness without a witness: names and their holders on a clock that a test turns. Each server has a way of its own to it, which
// may be cut, before the request arrives or before its answer comes back.
import { Failure } from '../../../base/failure.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import type { LeaseHolder, Leases } from '../../../ports/lease.ts';

interface Entry {
  readonly holder: string;
  /** Undefined: for good. */
  readonly endsMs: number | undefined;
}

export class MemoryWitness {
  readonly #clock: Clock;
  readonly #timeToLiveMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #cut = new Set<string>();
  readonly #deaf = new Set<string>();

  constructor(clock: Clock, timeToLiveMs: number) {
    this.#clock = clock;
    this.#timeToLiveMs = timeToLiveMs;
  }

  /** Nothing that the server asks arrives any more. */
  cut(server: string): void {
    this.#cut.add(server);
  }

  /** What the server asks is done, but the answers are lost. */
  loseAnswers(server: string): void {
    this.#deaf.add(server);
  }

  heal(server: string): void {
    this.#cut.delete(server);
    this.#deaf.delete(server);
  }

  /** The witness as the server of this name sees it. */
  server(server: string): Leases {
    const ask = async <Answer>(answer: () => Answer): Promise<Answer> => {
      await Promise.resolve();
      if (this.#cut.has(server)) throw unreachable();
      const given = answer();
      await Promise.resolve();
      if (this.#cut.has(server) || this.#deaf.has(server)) throw unreachable();
      return given;
    };
    return {
      timeToLiveMs: this.#timeToLiveMs,
      hold: (name, holder) => ask(() => this.#hold(name, holder)),
      claim: (name, holder, inPlaceOf) => ask(() => this.#claim(name, holder, inPlaceOf)),
      holderOf: (name) => ask(() => heldBy(this.#entry(name))),
      release: (name, holder) =>
        ask(() => {
          if (this.#entry(name)?.holder === holder) this.#entries.delete(name);
        }),
    };
  }

  #entry(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry?.endsMs === undefined || entry.endsMs > this.#clock.monotonicMs()) return entry;
    this.#entries.delete(name);
    return undefined;
  }

  #hold(name: string, holder: string): LeaseHolder {
    const entry = this.#entry(name);
    if (entry !== undefined && (entry.holder !== holder || entry.endsMs === undefined)) return holderOf(entry);
    this.#entries.set(name, { holder, endsMs: this.#clock.monotonicMs() + this.#timeToLiveMs });
    return { holder, forGood: false };
  }

  #claim(name: string, holder: string, inPlaceOf: string | undefined): LeaseHolder {
    const entry = this.#entry(name);
    if (entry !== undefined && entry.holder !== holder && entry.holder !== inPlaceOf) return holderOf(entry);
    this.#entries.set(name, { holder, endsMs: undefined });
    return { holder, forGood: true };
  }
}

function holderOf({ holder, endsMs }: Entry): LeaseHolder {
  return { holder, forGood: endsMs === undefined };
}

function heldBy(entry: Entry | undefined): LeaseHolder | undefined {
  return entry && holderOf(entry);
}

function unreachable(): Failure {
  return new Failure({
    code: 'WITNESS-UNREACHABLE',
    operation: 'ask the witness',
    subject: 'in memory',
    reason: 'no answer',
    retryable: true,
  });
}
