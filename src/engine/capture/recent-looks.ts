// Which object stood at a name when the source looked there, for looks that a rename may still contradict. A notification of
// a rename comes after the rename itself: a look in between, under either name, sees another object than the stream has there
// (duty 2 of a listener, platform/watch-capture/DESIGN.md).
//
// A look is kept until everything that had happened when it was made has been taken in, which capture says with a flush.
// Flushes are asked for now and then, never for each look, and nothing waits for them.
import { isWithin, type RawPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { type ObjectStatus, objectKey } from '../../model/stream/attributes.ts';
import type { ObjectName, PartedName } from '../sending/known-objects.ts';

interface Look {
  readonly root: number;
  readonly path: RawPath;
  /** What was seen while the stream had one and the same object here, by `objectKey`; the empty text stands for nothing. */
  readonly seen: ReadonlySet<string>;
  /** What was seen at this name before a rename put another object there in the stream. */
  readonly replaced: ReadonlySet<string>;
  readonly period: number;
}

const flushEveryMs = 100;

export class RecentLooks {
  readonly #flush: () => Promise<void>;
  readonly #clock: Clock;
  readonly #looks = new Map<string, Look>();
  readonly #parted = new Map<string, { readonly others: PartedName['others']; readonly period: number }>();
  /** Grows with every flush that is asked for. */
  #period = 0;
  #flushing = false;
  /** Everything that happened before this period has been delivered, and is still to be taken in; 0 when nothing is. */
  #delivered = 0;
  #flushedMs = Number.NEGATIVE_INFINITY;

  /** @param flush Resolves when everything that happened before the call was delivered. */
  constructor(flush: () => Promise<void>, clock: Clock) {
    this.#flush = flush;
    this.#clock = clock;
  }

  note(root: number, path: RawPath, status: ObjectStatus | undefined): void {
    const before = this.#looks.get(keyOf(root, path));
    const object = objectOf(status);
    const [seen, replaced] = [before?.seen ?? none, before?.replaced ?? none];
    const period = this.#period;
    this.#looks.set(keyOf(root, path), { root, path, seen: union(seen, new Set([object])), replaced, period });
  }

  /** The stream renames: gives the names, as they are afterwards, at which it may have been misled. */
  renamed(root: number, from: RawPath, to: RawPath): readonly RawPath[] {
    const concerned = [...this.#looks.values()].filter(
      (look) => look.root === root && (isWithin(look.path, from) || isWithin(look.path, to)),
    );
    for (const look of concerned) this.#looks.delete(keyOf(root, look.path));
    for (const look of concerned) {
      const moved = isWithin(look.path, from);
      const path = moved ? ((to + look.path.slice(from.length)) as RawPath) : look.path;
      const other = this.#looks.get(keyOf(root, path));
      const seen = moved ? look.seen : none;
      const replaced = moved ? look.replaced : union(look.seen, look.replaced);
      this.#looks.set(keyOf(root, path), {
        root,
        path,
        seen: union(seen, other?.seen ?? none),
        replaced: union(replaced, other?.replaced ?? none),
        period: Math.max(look.period, other?.period ?? 0),
      });
    }
    return concerned.map(({ path }) => (isWithin(path, from) ? ((to + path.slice(from.length)) as RawPath) : path));
  }

  /**
   * Whether the stream may have another object at this name than the one that is there: something else was seen under it,
   * or the object itself was, too early, and the rename then put its older self there.
   */
  isDoubtful(root: number, path: RawPath, status: ObjectStatus | undefined): boolean {
    const look = this.#looks.get(keyOf(root, path));
    if (look === undefined) return false;
    const object = objectOf(status);
    return look.replaced.has(object) || [...look.seen].some((seen) => seen !== object);
  }

  /** The stream gave up a name because of what was seen; a change made under it may still be told. */
  noteParted({ root, path, others }: PartedName): void {
    this.#parted.set(keyOf(root, path), { others, period: this.#period });
  }

  /** The names that are left of the object that the stream had here until a short while ago. */
  partedFrom(root: number, path: RawPath): readonly ObjectName[] {
    return this.#parted.get(keyOf(root, path))?.others() ?? [];
  }

  /** Asks for a flush when one is due. To be called between looks. */
  flushWhenDue(): void {
    if (this.#flushing || this.#looks.size + this.#parted.size === 0) return;
    if (this.#clock.monotonicMs() - this.#flushedMs < flushEveryMs) return;
    this.#flushing = true;
    this.#flushedMs = this.#clock.monotonicMs();
    this.#period += 1;
    const period = this.#period;
    const ended = (delivered: number): void => {
      this.#flushing = false;
      this.#delivered = Math.max(this.#delivered, delivered);
    };
    // A capture that cannot flush has failed, and a mirror follows.
    this.#flush().then(
      () => ended(period),
      () => ended(0),
    );
  }

  /** Everything that was delivered has been taken in. Looks at names that `isOpen` names are kept: they are still asked about. */
  takenIn(isOpen: (root: number, path: RawPath) => boolean): void {
    if (this.#delivered === 0) return;
    for (const [key, { root, path, period }] of this.#looks) {
      if (period < this.#delivered && !isOpen(root, path)) this.#looks.delete(key);
    }
    for (const [key, { period }] of this.#parted) if (period < this.#delivered) this.#parted.delete(key);
    this.#delivered = 0;
  }

  clear(): void {
    this.#looks.clear();
    this.#parted.clear();
  }
}

const none: ReadonlySet<string> = new Set();

function union(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> {
  if (left.size === 0) return right;
  return right.size === 0 ? left : new Set([...left, ...right]);
}

function objectOf(status: ObjectStatus | undefined): string {
  return status === undefined ? '' : objectKey(status);
}

function keyOf(root: number, path: RawPath): string {
  return `${root}:${path}`;
}
