// Places of the workload that could not be read. Their copies are stale; one event for each place says so. The source
// tries to read them again, less and less often, until all can be read or a mirror begins, which reads everything. Like
// dirt, an unread place belongs to the object and not to the name: an object that the stream renames is read under its
// new name.
import type { Failure } from '../../../base/failure.ts';
import { displayPath, type RawPath } from '../../../base/raw-path.ts';
import type { CancelTimer } from '../../../base/waiting/clock.ts';
import type { FileTree } from '../../../ports/files.ts';
import { type DirtyPath, DirtyPaths, dirt } from '../../capture/dirty-paths.ts';
import type { Tracker } from '../../capture/tracker.ts';
import type { TargetSide } from '../../link/target-side.ts';
import type { JobParts } from '../job-parts.ts';
import type { MirrorWishes } from '../mirror-wishes.ts';

type Given = Pick<JobParts, 'clock' | 'emit'>;

/** The part of a job that its unread places use. */
interface UnreadJob {
  /** The roots, which are open before any place can be unread. */
  readonly roots: { readonly trees: readonly FileTree[] };
  /** When capture delivers every operation, only a mirror reads the workload. */
  readonly capture: { readonly isExact: boolean };
  readonly mirrors: MirrorWishes;
  readonly stream: { readonly tracker: Pick<Tracker, 'suspect' | 'pending'> };
  readonly target: Pick<TargetSide, 'notify'>;
}

const againFirstMs = 30_000;
const againMostMs = 1_800_000;
/** The target is told of the first unread place at once, and of their number this much later. */
const tellAgainMs = 1000;

export class UnreadPlaces {
  /** The places by their present names, which the tracker keeps up to date. */
  readonly places = new DirtyPaths();
  readonly #parts: Given;
  readonly #job: UnreadJob;
  readonly #told = new Set<string>();
  #againMs = againFirstMs;
  #cancel: CancelTimer | undefined;
  #cancelTelling: CancelTimer | undefined;
  #cancelReading: CancelTimer | undefined;
  /** Everything was tried in this process, and nothing is being tried again: the count replaces the one told earlier. */
  #isKnown = false;

  constructor(parts: Given, job: UnreadJob) {
    this.#parts = parts;
    this.#job = job;
  }

  get count(): number {
    return this.places.size;
  }

  add(root: number, path: RawPath, failure: Failure): void {
    const key = `${root}:${path}`;
    const isFirst = this.count === 0;
    this.places.add(root, path, dirt.content | dirt.attributes);
    if (isFirst) this.tellTarget();
    else this.#tellSoon();
    this.#cancel ??= this.#parts.clock.after(this.#againMs, () => void this.#readAgain());
    // One event for each place is enough: a file that changes all the time would cause an event each time.
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const location = this.#job.roots.trees[root]?.location ?? '';
    const shown = displayPath(path === '' ? location : `${location}/${path}`);
    this.#parts.emit(5023, { path: shown, reason: failure.reason });
  }

  /** Called when a mirror begins, which reads everything. */
  clear(): void {
    this.#endWait();
    this.#tryAll();
    this.#told.clear();
  }

  /** Called when everything was tried, by a mirror or again place by place. */
  allTried(): void {
    this.#isKnown = true;
    this.tellTarget();
  }

  /** Tells the target the number of unread places, which it must know when the source is gone. */
  tellTarget(): void {
    if (this.#isKnown || this.count > 0) this.#job.target.notify({ type: 'unread', unread: this.count });
  }

  stop(): void {
    this.#endWait();
    this.#cancelTelling?.();
  }

  #tellSoon(): void {
    this.#cancelTelling ??= this.#parts.clock.after(tellAgainMs, () => {
      this.#cancelTelling = undefined;
      this.tellTarget();
    });
  }

  #endWait(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#cancelReading?.();
  }

  /** From here on, until all were tried, the target keeps the count that it was told. */
  #tryAll(): void {
    this.#isKnown = false;
    this.places.clear();
  }

  #tellWhenTried(): void {
    this.#cancelReading = this.#parts.clock.after(tellAgainMs, () => {
      if (this.#job.stream.tracker.pending > 0) this.#tellWhenTried();
      else this.allTried();
    });
  }

  async #readAgain(): Promise<void> {
    this.#cancel = undefined;
    this.#againMs = Math.min(2 * this.#againMs, againMostMs);
    const areThere = await Promise.all([...this.places.places()].map((place) => this.#isThere(place)));
    // The list is taken only now, without a wait behind it, so that objects renamed meanwhile have their new names.
    this.#endWait();
    const places = [...this.places.places()];
    this.#tryAll();
    // An object that left its name without a notification is found only by a mirror.
    if (this.#job.capture.isExact || areThere.includes(false)) {
      this.#job.mirrors.wantAgain('some objects could not be read');
      return;
    }
    for (const { root, path } of places) this.#job.stream.tracker.suspect(root, path);
    this.#tellWhenTried();
  }

  async #isThere({ root, path }: DirtyPath): Promise<boolean> {
    try {
      return (await this.#job.roots.trees[root]?.status(path)) !== undefined;
    } catch {
      return true;
    }
  }
}
