// What strangers and peers cause is reported so that it can be read: the first of a kind from a place at once, the others as
// a count, after a minute and then at growing intervals for as long as they go on. Nobody can fill the event log, and nothing
// that happened is left out of a count.
//
// A place is an origin (base/addresses/network-origin.ts) for connections and the name of a peer otherwise; bad frames and refused jobs
// are counted by reason, too, so that a new trouble is told at once. Memory is bounded: of each kind so many places are
// known, and all others are counted together.
import { originOf } from '../../base/addresses/network-origin.ts';
import type { CancelTimer, Clock } from '../../base/waiting/clock.ts';
import type { EventId } from '../../model/event-catalogue.ts';

/** Of the first event; the event of a count has `count` and `since` as well. */
export type OutsideParameters = Readonly<Record<string, string>> & { readonly peer: string };

type Emit = (id: EventId, parameters: Readonly<Record<string, string | number>>, jobId?: string) => void;

const kinds = {
  /** A connection that was not let in. `peer` is its address, with or without a port. */
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

  /** Tells what was counted and not yet told. */
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
      // One that was quiet is looked at once more, so that a slow visitor is not the first every time.
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
