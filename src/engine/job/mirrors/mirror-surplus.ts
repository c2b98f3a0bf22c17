// The surplus of the replica, over all mirrors of a job: which names are kept, held back, or removed by the next
// mirror.
import { rootPath } from '../../../base/raw-path.ts';
import type { KeptPlace } from '../../../model/stream/marker.ts';
import type { FileTree } from '../../../ports/files.ts';
import { surplusBefore } from '../../mirror/before-first.ts';
import { Surplus, type SurplusParts } from '../../mirror/surplus.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import { HeldBack, heldHint, heldText, type WantedMirrors } from './held-back.ts';
import { keptMarkers } from './kept-markers.ts';
import type { SurplusNames } from './mirror-facts.ts';
import type { MirroredJob } from './mirrored-job.ts';

type Given = Pick<SourceJobParts, 'specification' | 'keptNone' | 'number' | 'clock' | 'emit'>;

export class MirrorSurplus {
  readonly heldBack: HeldBack;
  readonly #parts: Given;
  readonly #job: MirroredJob;
  /** The surplus that the last mirror or verification has found. */
  #names: SurplusNames = { names: 0, kept: 0 };
  /**
   * How many places the target keeps because they were there before the first mirror; null while the target does not
   * know them.
   */
  #kept: number | null = null;
  /** How many mirrors the target has completed; undefined before it has told. */
  #completed: number | undefined;
  /** A person has asked to remove all surplus, and no mirror has done so yet. */
  #deletesAll = false;

  constructor(parts: Given, job: MirroredJob, mirrors: WantedMirrors) {
    this.#parts = parts;
    this.#job = job;
    this.heldBack = new HeldBack(parts.clock, job.roots.trees, mirrors);
  }

  get names(): SurplusNames {
    return this.#names;
  }

  found(names: SurplusNames): void {
    this.#names = names;
  }

  /** The target has told how many places it keeps, and how many mirrors it has completed. */
  told(kept: number | null, completed: number): void {
    this.#kept = kept;
    this.#completed = completed;
  }

  /**
   * Whether nothing is left of what was in the replica before the first mirror, because mirrors have deleted it; undefined
   * before the first one has completed, and before the target has told what it knows.
   */
  get keepsNone(): boolean | undefined {
    return this.#completed === undefined || this.#completed === 0 ? undefined : this.#kept === null;
  }

  /** Lets the next mirror remove all surplus, kept and held back names included. */
  deleteAll(): void {
    this.#deletesAll = true;
  }

  /**
   * The surplus of a mirror that begins. With ORPHANS KEEP the target first gets the list of the places that are there
   * now.
   */
  async begin(
    stream: SourceStream,
    trees: readonly FileTree[],
    mountsChanged: SurplusParts['mountsChanged'],
    signal: AbortSignal,
  ): Promise<Surplus> {
    const { selection, target } = this.#job;
    const { orphans } = this.#parts.specification;
    const replica = target.replica(stream, stream.queue.state.head);
    let beforeIsKnown = true;
    if (this.#deletesAll) tellKept(stream, []);
    else if (orphans === 'keep') {
      // The answer to this request arrives after the target has told its state at the begin of the mirror.
      await replica.list(0, rootPath, false);
      const look = async () => (this.#parts.keptNone ? [] : surplusBefore(trees, selection, replica, signal));
      const places = this.#kept === null ? await look() : undefined;
      if (places !== undefined) tellKept(stream, places);
      beforeIsKnown = this.#kept !== null || places !== undefined;
    }
    return new Surplus({
      trees,
      selection,
      // Created after the list was appended, so that this view of the replica includes it.
      replica: target.replica(stream, stream.queue.state.head),
      writer: stream.mirrorWriter,
      orphans: this.#deletesAll ? 'all' : orphans,
      beforeIsKnown,
      mountsChanged,
      held: this.heldBack.list,
    });
  }

  /** Takes what a mirror that has looked at everything leaves in the replica. */
  end(surplus: Surplus): void {
    const { emit, number: connection } = this.#parts;
    const held = surplus.held();
    const before = this.heldBack.list;
    const isNew = held.some(({ root }) => !before.some((one) => one.root === root));
    if (isNew) for (const one of held) emit(5140, { connection, what: heldText(one), hint: heldHint });
    else if (held.length === 0 && before.length > 0) emit(5141, { connection });
    this.heldBack.set(held);
    this.#names = { names: surplus.left, kept: surplus.kept };
    if (surplus.deletesAll) this.#deletesAll = false;
  }
}

function tellKept(stream: SourceStream, places: readonly KeptPlace[]): void {
  for (const marker of keptMarkers(places)) stream.append({ kind: 'marker', marker });
}
