// What a rehearsal tells while it runs: what happened when, and who did it. What happens again and again is told a few times
// and counted from then on; the counts are told at the end.

export type Teller = 'scenario' | 'script' | 'output' | 'event';

export interface TimelineEntry {
  /** Since the start of the script. */
  readonly atMs: number;
  readonly teller: Teller;
  /** The server that an event is of. */
  readonly server?: string;
  readonly text: string;
}

interface Repeated {
  times: number;
  last: TimelineEntry;
}

const toldMax = 3;

export class Timeline {
  readonly #tell: (entry: TimelineEntry) => void;
  readonly #repeated = new Map<string, Repeated>();

  constructor(tell: (entry: TimelineEntry) => void) {
    this.#tell = tell;
  }

  /** Entries with the same `sameAs` count as the same thing; without it each is told. */
  add(entry: TimelineEntry, sameAs?: string): void {
    if (sameAs === undefined) {
      this.#tell(entry);
      return;
    }
    const key = `${entry.teller} ${entry.server ?? ''} ${sameAs}`;
    const known = this.#repeated.get(key);
    const times = (known?.times ?? 0) + 1;
    this.#repeated.set(key, { times, last: entry });
    if (times <= toldMax) this.#tell(entry);
  }

  /** Says what was not told each time. */
  end(): void {
    for (const { times, last } of this.#repeated.values()) {
      if (times > toldMax) this.#tell({ ...last, text: `${last.text} (the last of ${times} times)` });
    }
  }
}

/** `1d 00:05:00.250`; without days and milliseconds where there are none. */
export function virtualTimeText(ms: number): string {
  const whole = Math.round(ms);
  const days = Math.floor(whole / 86_400_000);
  const [hours, minutes, seconds] = [whole / 3_600_000, whole / 60_000, whole / 1000].map(Math.floor);
  const two = (value: number | undefined): string => String(value ?? 0).padStart(2, '0');
  const clock = [two((hours ?? 0) % 24), two((minutes ?? 0) % 60), two((seconds ?? 0) % 60)].join(':');
  const rest = whole % 1000 === 0 ? '' : `.${String(whole % 1000).padStart(3, '0')}`;
  return `${days === 0 ? '' : `${days}d `}${clock}${rest}`;
}
