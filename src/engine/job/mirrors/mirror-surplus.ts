// What only the replica has, over all mirrors of a job: what of it is kept, what is held back, and what goes with the next one.
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

type Given = Pick<SourceJobParts, 'specification' | 'number' | 'clock' | 'emit'>;

export class MirrorSurplus {
  readonly heldBack: HeldBack;
  readonly #parts: Given;
  readonly #job: MirroredJob;
  /** As the last mirror, or the last verification, has found it. */
  #names: SurplusNames = { names: 0, kept: 0 };
  /** Places that the target keeps because they were there before the first mirror; null while it does not know which. */
  #kept: number | null = null;
  /** A person wants all surplus gone: until a mirror has done so. */
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

  /** How many places the target keeps. */
  told(kept: number | null): void {
    this.#kept = kept;
  }

  /** With the next mirror all that only the replica has goes, whatever is kept or was held back. */
  deleteAll(): void {
    this.#deletesAll = true;
  }

  /** Of the mirror that begins. With orphans kept the target is told first what is there now, before the source has made anything. */
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
      // The answer comes behind what the target says of its state at the mirror's begin.
      await replica.list(0, rootPath, false);
      const places = this.#kept === null ? await surplusBefore(trees, selection, replica, signal) : undefined;
      if (places !== undefined) tellKept(stream, places);
      beforeIsKnown = this.#kept !== null || places !== undefined;
    }
    return new Surplus({
      trees,
      selection,
      // As it is when it has been told.
      replica: target.replica(stream, stream.queue.state.head),
      writer: stream.mirrorWriter,
      orphans: this.#deletesAll ? 'all' : orphans,
      beforeIsKnown,
      mountsChanged,
      held: this.heldBack.list,
    });
  }

  /** The mirror has looked at everything: what stays, and why. */
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
