// Reports what strangers and peers cause without flooding the event log: the first event of a kind from a place is
// reported at once; the following ones are counted, and the count is reported after a minute and then at growing
// intervals while they go on. Every event is counted.
//
// The place of a connection is its origin (base/addresses/network-origin.ts); every other place is the name of a peer.
// Bad frames and refused jobs are also counted by reason, so that a new kind of trouble is reported at once. Memory is
// bounded: a limited number of places is known for each kind, and all others are counted together.
import { originOf } from '../../base/addresses/network-origin.ts';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';

/** The parameters of the first event; the event of a count has `count` and `since` as well. */
export type OutsideParameters = Readonly<Record<string, string>> & { readonly peer: string };

type Emit = (id: EventId, parameters: Readonly<Record<string, string | number>>, jobId?: string) => void;

const kinds = {
  /** A connection that was refused. `peer` is its address, with or without a port. */
  connection: { first: 5004, more: 5180 },
  frame: { first: 5003, more: 5181 },
  job: { first: 5005, more: 5182 },
  login: { first: 5183, more: 5184 },
} as const satisfies Readonly<Record<string, { readonly first: EventId; readonly more: EventId }>>;

export type OutsideKind = keyof typeof kinds;

const minuteMs = 60_000;
const intervalsMs = [minuteMs, 10 * minuteMs, 60 * minuteMs, 360 * minuteMs, 1_440 * minuteMs] as const;
const placesMax = 32;

interface Counted {
  readonly kind: OutsideKind;
  readonly place: string;
  count: number;
  last: OutsideParameters;
  sinceMs: number;
  level: number;
  cancel: CancelTimer;
}

export class OutsideReports {
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #counted = new Map<string, Counted>();

  constructor(clock: Clock, emit: Emit) {
    this.#clock = clock;
    this.#emit = emit;
  }

  report(kind: OutsideKind, parameters: OutsideParameters, jobId?: string): void {
    const place = kind === 'connection' ? originOf(parameters.peer) : parameters.peer;
    const reason = kind === 'frame' || kind === 'job' ? (parameters.reason ?? '') : '';
    const key = JSON.stringify([kind, place, reason]);
    const othersKey = JSON.stringify([kind]);
    const known = this.#counted.get(key) ?? (this.#isFull(kind) ? this.#counted.get(othersKey) : undefined);
    if (known !== undefined) {
      known.count += 1;
      known.last = parameters;
    } else if (this.#isFull(kind)) {
      this.#begin(othersKey, { kind, place: 'many other places', count: 1, last: parameters });
    } else {
      this.#begin(key, { kind, place, count: 0, last: parameters });
      this.#emit(kinds[kind].first, parameters, jobId);
    }
  }

  /** Reports the counts that were not reported yet. */
  close(): void {
    for (const counted of this.#counted.values()) {
      counted.cancel();
      this.#tell(counted);
    }
    this.#counted.clear();
  }

  #isFull(kind: OutsideKind): boolean {
    return [...this.#counted.values()].filter((one) => one.kind === kind).length >= placesMax;
  }

  #begin(key: string, begun: Pick<Counted, 'kind' | 'place' | 'count' | 'last'>): void {
    const counted = { ...begun, sinceMs: this.#clock.wallMs(), level: 0, cancel: () => undefined };
    this.#counted.set(key, counted);
    this.#later(key, counted);
  }

  #later(key: string, counted: Counted): void {
    counted.cancel = this.#clock.after(intervalsMs[counted.level] ?? minuteMs, () => {
      // A place that is quiet in its first interval stays known for one more: a slow visitor is not new each time.
      if (counted.count === 0 && counted.level > 0) {
        this.#counted.delete(key);
        return;
      }
      this.#tell(counted);
      counted.level = Math.min(counted.level + 1, intervalsMs.length - 1);
      this.#later(key, counted);
    });
  }

  #tell(counted: Counted): void {
    const { kind, place, count, last, sinceMs } = counted;
    if (count === 0) return;
    const since = new Date(sinceMs).toISOString();
    this.#emit(kinds[kind].more, { ...last, peer: place, count, since });
    counted.count = 0;
    counted.sinceMs = this.#clock.wallMs();
  }
}
