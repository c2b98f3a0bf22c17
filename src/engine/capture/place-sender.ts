// Brings one dirty place into the stream: looks what stands there, lets decision.ts say what is to be done, and does it.
// Whatever it finds on the way (entries of a directory, other names of a file, a directory whose times change) becomes dirty.
import { joinRaw, parentOf, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { FileTree } from '../../ports/files.ts';
import type { KnownObjects } from '../sending/known-objects.ts';
import type { ObjectSender } from '../sending/object-sender.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { decide, decideAfterLink, type InPlace, type KnownPlace, type Step } from './decision.ts';
import { type DirtyPath, type DirtyPaths, dirt } from './dirty-paths.ts';
import type { OtherNames } from './other-names.ts';
import type { RecentLooks } from './recent-looks.ts';
import type { RestingPlaces } from './resting-places.ts';

/** Notifications come at most so long after what they tell of, unless the machine is very busy. */
const lateMs = 1000;

export interface PlaceSenderParts {
  readonly trees: readonly FileTree[];
  readonly selection: Selection;
  readonly known: KnownObjects;
  readonly sender: ObjectSender;
  readonly writer: StreamWriter;
  readonly dirty: DirtyPaths;
  readonly resting: RestingPlaces;
  readonly looks: RecentLooks;
  readonly otherNames: OtherNames;
}

/** Where the place is and why it is dirty, with what stands there. */
interface Present extends Readonly<DirtyPath> {
  readonly status: ObjectStatus;
}

export class PlaceSender {
  readonly #parts: PlaceSenderParts;

  constructor(parts: PlaceSenderParts) {
    this.#parts = parts;
  }

  /** What stands at the place now, for `send`. */
  status({ root, path }: Pick<DirtyPath, 'root' | 'path'>): Promise<ObjectStatus | undefined> {
    return this.#tree(root).status(path);
  }

  /** What stands at the place now, remembered as a look. */
  async look(place: Pick<DirtyPath, 'root' | 'path'>): Promise<ObjectStatus | undefined> {
    const status = await this.status(place);
    this.#parts.looks.note(place.root, place.path, status);
    return status;
  }

  /** Brings the place into the stream. `status`: what was just seen there. Rejects when it cannot be read. */
  send(place: DirtyPath, status: ObjectStatus | undefined): Promise<void> {
    const { selection, looks } = this.#parts;
    const { root, path } = place;
    if (!selection.includes(root, path, status?.kind === 'directory')) return Promise.resolve();
    const step = decide(place.flags, status, this.#knownAt(root, path, status));
    looks.note(root, path, status);
    const { flags } = step;
    if (status === undefined) return this.#carryOutGone({ root, path, flags }, step);
    const present = { root, path, flags, status };
    if (step.kind === 'directory') return this.#carryOutDirectory(present, step);
    return step.kind === 'whole' ? this.#sendWhole(present, step) : this.#carryOut(present, step);
  }

  async #carryOutGone(place: DirtyPath, { kind }: Step): Promise<void> {
    if (kind !== 'remove') return;
    this.#parts.otherNames.passOn(place);
    await this.#sendRemoval(place);
  }

  async #carryOut(place: Present, step: Step): Promise<void> {
    const { dirty, resting } = this.#parts;
    const { root, path, flags } = place;
    switch (step.kind) {
      case 'parent first':
        dirty.add(root, path, flags);
        dirty.add(root, parentOf(path), dirt.appeared | dirt.scan);
        return;
      case 'wait':
        dirty.add(root, path, flags);
        resting.rest(place, lateMs);
        return;
      case 'unchanged':
        this.#parentChanges(root, path);
        return;
      case 'in place':
        this.#parentChanges(root, path);
        await this.#sendInPlace(place, step.send);
    }
  }

  async #carryOutDirectory(place: Present, { itself, scan }: Extract<Step, { kind: 'directory' }>): Promise<void> {
    const { root, path, status } = place;
    if (itself === 'replace') {
      this.#parts.known.forget(status);
      this.#removeOld(place);
    }
    if (itself !== 'keep') {
      this.#parentChanges(root, path);
      await this.#parts.sender.sendWhole(root, path, status);
    }
    if (scan) await this.#scan(root, path);
    this.#parts.dirty.addDirectory(root, path);
  }

  async #sendWhole(place: Present, step: Extract<Step, { kind: 'whole' }>): Promise<void> {
    const { known, sender, otherNames, dirty } = this.#parts;
    const { root, path, flags, status } = place;
    if (step.distrustCopy) known.forget(status);
    if (step.removeFirst) this.#removeOld(place);
    this.#parentChanges(root, path);
    const { outcome } = await sender.sendWhole(root, path, status);
    if (outcome === 'vanished') dirty.add(root, path, flags | dirt.vanished);
    if (outcome === 'sent' && status.links > 1) otherNames.relink(status, root, path);
    if (outcome !== 'linked') return;
    const rest = decideAfterLink(flags, status, this.#knownAt(root, path, status));
    if (rest !== 'nothing') await this.#sendInPlace(place, rest);
  }

  /** Content or attributes of an object that the replica has under this name. */
  async #sendInPlace({ root, path, flags, status }: Present, send: InPlace): Promise<void> {
    const { known, sender, dirty } = this.#parts;
    const sent =
      send === 'content'
        ? await sender.sendContent(root, path, status, known.blocksOf(status))
        : await sender.sendAttributes(root, path, status);
    if (sent.outcome === 'vanished') dirty.add(root, path, flags | dirt.vanished);
  }

  /** What is made, changed or removed in the replica changes the times of the directory it is in. */
  #parentChanges(root: number, path: RawPath): void {
    if (path !== rootPath) this.#parts.dirty.addDirectory(root, parentOf(path));
  }

  /** Removes what the replica has at the name of another object. */
  #removeOld(place: Present): void {
    this.#parts.otherNames.passOn(place);
    this.#remove(place.root, place.path);
  }

  #remove(root: number, path: RawPath): void {
    this.#parts.writer.append({ kind: 'remove', root, path });
    this.#parts.otherNames.removed(root, path);
  }

  /** When a whole tree is gone, removes its topmost name, once. */
  async #sendRemoval({ root, path }: DirtyPath): Promise<void> {
    let gone = path;
    while (gone !== '' && parentOf(gone) !== '' && (await this.#tree(root).status(parentOf(gone))) === undefined) {
      gone = parentOf(gone);
    }
    if (gone === '') return;
    this.#remove(root, gone);
    this.#parentChanges(root, gone);
  }

  /** Makes every entry of the directory dirty, and every name that the stream has in it and that is not there. */
  async #scan(root: number, path: RawPath): Promise<void> {
    const { known, selection, dirty } = this.#parts;
    const entries = (await this.#tree(root).list(path)) ?? [];
    const missing = new Set(known.entriesOf(root, path));
    for (const entry of entries) {
      missing.delete(entry.name);
      const below = joinRaw(path, entry.name);
      if (!selection.includes(root, below, entry.status.kind === 'directory')) continue;
      dirty.add(root, below, dirt.appeared | dirt.scan);
    }
    for (const name of missing) dirty.add(root, joinRaw(path, name), dirt.vanished);
  }

  /** What decision.ts may ask about a place; each answer is looked up when it is asked for. */
  #knownAt(root: number, path: RawPath, status: ObjectStatus | undefined): KnownPlace {
    const { known, looks } = this.#parts;
    const isRoot = path === rootPath;
    return {
      get hasName() {
        return known.has(root, path);
      },
      get hasParent() {
        return isRoot || known.has(root, parentOf(path));
      },
      get isDoubtful() {
        return looks.isDoubtful(root, path, status);
      },
      get hasOtherNames() {
        return known.otherNames(root, path).length > 0;
      },
      get isSameObject() {
        return isRoot || (status !== undefined && known.isAt(status, root, path));
      },
      get isCurrent() {
        return status !== undefined && known.isCurrent(status, root, path);
      },
      get looksSent() {
        return status !== undefined && known.looksSent(status);
      },
    };
  }

  #tree(root: number): FileTree {
    const tree = this.#parts.trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}
