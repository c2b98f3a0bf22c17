// Places of the workload that could not be read. Their replica is stale, which is told once for each; they are looked at
// again after a while, less and less often, until all can be read or a mirror has begun, which reads everything. Like dirt they
// belong to objects and not to names: what the stream renames meanwhile is looked at under its new name.
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

/** What the unread places need of their job. */
interface UnreadJob {
  /** Open as soon as anything can be unread. */
  readonly roots: { readonly trees: readonly FileTree[] };
  /** Where every operation is in the stream as it came, only a mirror reads the workload. */
  readonly capture: { readonly isExact: boolean };
  readonly mirrors: MirrorWishes;
  readonly stream: { readonly tracker: Pick<Tracker, 'suspect'> };
  readonly target: Pick<TargetSide, 'notify'>;
}

const againFirstMs = 30_000;
const againMostMs = 1_800_000;
/** The target is told of the first one at once, and how many it is by then so much later. */
const tellAgainMs = 1000;

export class UnreadPlaces {
  /** By their present names: the tracker keeps them so. */
  readonly places = new DirtyPaths();
  readonly #parts: Given;
  readonly #job: UnreadJob;
  readonly #told = new Set<string>();
  #againMs = againFirstMs;
  #cancel: CancelTimer | undefined;
  #cancelTelling: CancelTimer | undefined;
  /** A mirror has read everything, or failed to, since this process began: what the target was told before counts no more. */
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
    // Once is enough: what changes all the time would be told all the time.
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const location = this.#job.roots.trees[root]?.location ?? '';
    const shown = displayPath(path === '' ? location : `${location}/${path}`);
    this.#parts.emit(5023, { path: shown, reason: failure.reason });
  }

  /** A mirror begins. */
  clear(): void {
    this.#endWait();
    this.places.clear();
    this.#told.clear();
  }

  /** A mirror is over that has tried to read everything. */
  allTried(): void {
    this.#isKnown = true;
    this.tellTarget();
  }

  /** It has to know how many there are, for when the source is gone. */
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
  }

  async #readAgain(): Promise<void> {
    this.#cancel = undefined;
    this.#againMs = Math.min(2 * this.#againMs, againMostMs);
    const areThere = await Promise.all([...this.places.places()].map((place) => this.#isThere(place)));
    // Taken only now, and at once: what was renamed meanwhile has its new name.
    this.#endWait();
    const places = [...this.places.places()];
    this.places.clear();
    this.#tellSoon();
    // What has gone from its name in a way that the stream was not told of is found by a mirror alone.
    if (this.#job.capture.isExact || areThere.includes(false))
      this.#job.mirrors.wantAgain('some objects could not be read');
    else for (const { root, path } of places) this.#job.stream.tracker.suspect(root, path);
  }

  async #isThere({ root, path }: DirtyPath): Promise<boolean> {
    try {
      return (await this.#job.roots.trees[root]?.status(path)) !== undefined;
    } catch {
      return true;
    }
  }
}
