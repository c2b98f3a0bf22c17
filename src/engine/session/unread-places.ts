// Places of the workload that could not be read. Their replica is stale, which is told once for each; they are looked at
// again after a while, less and less often, until all can be read or a mirror has begun, which reads everything.
import type { CancelTimer, Clock } from '../../base/clock.ts';
import type { Failure } from '../../base/failure.ts';
import { displayPath, type RawPath } from '../../base/raw-path.ts';

export interface UnreadPlacesParts {
  readonly clock: Clock;
  /** Absolute path of a root. */
  readonly location: (root: number) => string;
  /** `path` for people. */
  readonly tell: (path: string, reason: string) => void;
  /** These are to be read again; what still cannot be is added again. */
  readonly readAgain: (places: readonly UnreadPlace[]) => void;
}

export interface UnreadPlace {
  readonly root: number;
  readonly path: RawPath;
}

const againFirstMs = 30_000;
const againMostMs = 1_800_000;

export class UnreadPlaces {
  readonly #parts: UnreadPlacesParts;
  readonly #places = new Map<string, UnreadPlace>();
  readonly #told = new Set<string>();
  #againMs = againFirstMs;
  #cancel: CancelTimer | undefined;

  constructor(parts: UnreadPlacesParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#places.size;
  }

  add(root: number, path: RawPath, failure: Failure): void {
    const key = `${root}:${path}`;
    this.#places.set(key, { root, path });
    this.#cancel ??= this.#parts.clock.after(this.#againMs, () => this.#readAgain());
    // Once is enough: what changes all the time would be told all the time.
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const location = this.#parts.location(root);
    this.#parts.tell(displayPath(path === '' ? location : `${location}/${path}`), failure.reason);
  }

  /** A mirror begins. */
  clear(): void {
    this.stop();
    this.#places.clear();
    this.#told.clear();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #readAgain(): void {
    this.#cancel = undefined;
    this.#againMs = Math.min(2 * this.#againMs, againMostMs);
    const places = [...this.#places.values()];
    this.#places.clear();
    this.#parts.readAgain(places);
  }
}
