// The way from this source to one address of a target, shared by all jobs between them: how data is compressed, how fast it
// may go, whether it is paused (guide, ch. 3, Compression and Bandwidth; ch. 6, Job controls).
//
// The limit counts every byte of the frames of these jobs, control and heads included, as it is handed to the socket; what TLS
// and TCP add is beyond it. It is never exceeded in any second. A heartbeat or an answer waits for a piece of data at most, and
// not for a frame: data goes to a peer of wire version 3 in parts.
import type { Clock } from '../../../base/waiting/clock.ts';
import type { LineReport } from '../../../model/report.ts';
import { type LimitMode, type LineSettings, scheduledLimit } from '../../../model/transmission.ts';
import type { Link } from '../../../ports/network.ts';
import { frameHeadBytes } from '../../../wire/frame-codec.ts';
import { type LineRoute, RouteLine } from './route-line.ts';
import { TokenBucket } from './token-bucket.ts';

export interface RouteListener {
  /** Something that a report says of the route is another now. */
  changed(): void;
  /** The limit that holds is another one; undefined: none. */
  limitChanged(bytesPerSecond: number | undefined): void;
}

export interface RoutePlace {
  readonly target: string;
  /** HOST:PORT; empty where servers have no addresses (inside a process). */
  readonly address: string;
}

/** Frames of control, too, leave in pieces of at most so many bytes while there is a limit. */
const pieceBytesMax = 64 * 1024;
const pieceBytesMin = 200;
/** A batch is about a second of the limit, so that it is counted and acknowledged soon; and not too small to compress. */
const batchBytesMin = 16 * 1024;
export const batchBytesMax = 256 * 1024;
const scheduleLookMs = 60_000;

export class Route implements LineRoute {
  readonly place: RoutePlace;
  readonly #clock: Clock;
  #settings: LineSettings;
  #bucket: TokenBucket | undefined;
  #limitNow: number | undefined;
  #lines: RouteLine[] = [];
  readonly #listeners = new Set<RouteListener>();
  #cancelTimer: (() => void) | undefined;
  #cancelLook: () => void = () => undefined;
  #isPumping = false;

  constructor(place: RoutePlace, settings: LineSettings, clock: Clock) {
    this.place = place;
    this.#settings = settings;
    this.#clock = clock;
  }

  get settings(): LineSettings {
    return this.#settings;
  }

  get isPaused(): boolean {
    return this.#settings.paused;
  }

  /** The limit that holds now, in bytes per second; undefined: none. Known without asking the clock. */
  get limitNow(): number | undefined {
    return this.#limitNow;
  }

  report(): LineReport {
    const { compression, limit, override = null } = this.#settings;
    return { route: this.place.address, compression, bytesPerSecond: this.#limitNow ?? null, limit, override };
  }

  /** The most bytes of a payload that leave in one part; undefined without a limit. */
  get partBytes(): number | undefined {
    return this.#bucket === undefined ? undefined : this.#pieceBytes(this.#bucket) - frameHeadBytes;
  }

  /** How many bytes of records to read for a batch. */
  get batchBytes(): number {
    return Math.min(batchBytesMax, Math.max(batchBytesMin, this.#limitNow ?? batchBytesMax));
  }

  /** Until the returned function is called. The route looks at its schedule as long as somebody listens. */
  listen(listener: RouteListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#look(false);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#cancelLook();
    };
  }

  configure(settings: LineSettings): void {
    this.#settings = settings;
    this.#look(true);
    for (const line of this.#lines) line.changed();
    for (const listener of this.#listeners) listener.changed();
    this.pump();
  }

  /** A line for a new link. */
  line(link: Link): RouteLine {
    const line = new RouteLine(this, link);
    this.#lines.push(line);
    return line;
  }

  mayGo(bytes: number): boolean {
    return this.#bucket === undefined || this.#bucket.take(bytes, this.#clock.monotonicMs());
  }

  left(line: RouteLine): void {
    this.#lines = this.#lines.filter((one) => one !== line);
  }

  pump(): void {
    // A link may take bytes at once and ask for more from within.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#sendOne()) {}
    } finally {
      this.#isPumping = false;
    }
  }

  /** Lets one piece of the line whose turn it is go; false when there is none, or none may go yet. */
  #sendOne(): boolean {
    const line = this.#lines.find((one) => one.hasUrgent) ?? this.#lines.find((one) => one.hasReady);
    if (line === undefined) return false;
    const bucket = this.#bucket;
    if (bucket === undefined) line.sendNext(line.nextBytes(Number.POSITIVE_INFINITY));
    else {
      const bytes = line.nextBytes(this.#pieceBytes(bucket));
      if (!bucket.take(bytes, this.#clock.monotonicMs())) {
        this.#pumpLater(bucket.waitMs(bytes));
        return false;
      }
      line.sendNext(bytes);
    }
    // The others have their turn first.
    this.#lines = [...this.#lines.filter((one) => one !== line), line];
    return true;
  }

  #pieceBytes({ holds }: TokenBucket): number {
    return Math.min(pieceBytesMax, Math.max(Math.floor(holds / 2), Math.min(holds, pieceBytesMin)));
  }

  #pumpLater(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.pump();
    });
  }

  /** Finds which limit holds, and looks again in time when that follows a schedule. */
  #look(tells: boolean): void {
    this.#cancelLook();
    const { limit: own, override } = this.#settings;
    const mode = override?.mode ?? own.mode;
    const limit = this.#limitOf(mode);
    if (mode === 'scheduled' && this.#listeners.size > 0) {
      const untilMinuteMs = scheduleLookMs - (this.#clock.wallMs() % scheduleLookMs);
      this.#cancelLook = this.#clock.after(untilMinuteMs, () => this.#look(true));
    }
    if (limit === this.#limitNow) return;
    this.#limitNow = limit;
    this.#bucket = limit === undefined ? undefined : new TokenBucket(limit, this.#clock.monotonicMs());
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (tells) for (const listener of this.#listeners) listener.limitChanged(limit);
    this.pump();
  }

  #limitOf(mode: LimitMode): number | undefined {
    const { limit, override } = this.#settings;
    if (mode === 'scheduled') return scheduledLimit(limit.schedule, this.#clock.wallMs());
    if (mode === 'none') return undefined;
    return override?.mode === 'fixed' ? override.fixed : limit.fixed;
  }
}
