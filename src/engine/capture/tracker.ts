// Keeps the stream true to the workload while the workload changes. It listens to capture, keeps what is dirty, and turns
// dirt into operations, one place after the other.
//
// States
//   following   Notifications become dirt and dirt becomes operations in the background; captured operations pass
//               straight into the stream. Renames pass at once, so the stream's names are always those of the last
//               notification that was taken in.
//   holding     While a mirror walks, everything only becomes dirt. A rename then means that the old name vanished and a
//               new one appeared, because nobody knows which of the two the walk has seen.
//
// Taking in happens between places, never in the middle of one: the operations of one object stand together in the stream.
// Work on the dirt is done by one caller at a time (`#turns`).

import { asFailure, Failure } from '../../base/failure.ts';
import { displayPath, joinRaw, parentOf, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { WorkloadChange } from '../../ports/capture.ts';
import type { FileTree } from '../../ports/files.ts';
import type { KnownObjects } from '../sending/known-objects.ts';
import type { ObjectSender } from '../sending/object-sender.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { type DirtyPath, DirtyPaths, dirt, dirtOf, isLossOfTrack, mayFollowMirror } from './dirty-paths.ts';
import { OtherNames } from './other-names.ts';
import { RecentLooks } from './recent-looks.ts';
import { RestingPlaces } from './resting-places.ts';

export interface TrackerListener {
  /** Changes were missed below this path; only a mirror can tell which. */
  overflowed(root: number, path: RawPath): void;
  /** An object of the workload cannot be read; its replica is stale until it can. */
  unreadable(root: number, path: RawPath, failure: Failure): void;
}

/** A large file that changes all the time is read again only after this many times the time its last reading took. */
const restFactor = 4;

/** Notifications come at most so long after what they tell of, unless the machine is very busy. */
const lateMs = 1000;

/** Objects without a known name that are remembered while a mirror walks; more are an overflow. */
const touchedMax = 100_000;

export class Tracker {
  readonly #trees: readonly FileTree[];
  readonly #selection: Selection;
  readonly #known: KnownObjects;
  readonly #sender: ObjectSender;
  readonly #writer: StreamWriter;
  readonly #clock: Clock;
  readonly #listener: TrackerListener;
  readonly #dirty = new DirtyPaths();
  readonly #resting: RestingPlaces;
  readonly #looks: RecentLooks;
  readonly #otherNames: OtherNames;
  #inbox: WorkloadChange[] = [];
  #held: ChangeOperation[] = [];
  /** Reported while a mirror walks. */
  readonly #touched: Extract<WorkloadChange, { kind: 'touched' }>[] = [];
  #holding = true;
  readonly #turns = new Turns();
  /** Notified when there may be something to work on, and at the end of following. */
  readonly #wake = new Signal();

  constructor(parts: {
    readonly trees: readonly FileTree[];
    readonly selection: Selection;
    readonly known: KnownObjects;
    /** What could not be read; it goes wherever the stream renames it. */
    readonly unread: DirtyPaths;
    readonly sender: ObjectSender;
    readonly writer: StreamWriter;
    readonly clock: Clock;
    readonly listener: TrackerListener;
    /** Capture's: resolves when everything that happened in the workload before the call was delivered. */
    readonly flush: () => Promise<void>;
  }) {
    this.#trees = parts.trees;
    this.#selection = parts.selection;
    this.#known = parts.known;
    this.#sender = parts.sender;
    this.#writer = parts.writer;
    this.#clock = parts.clock;
    this.#listener = parts.listener;
    this.#resting = new RestingPlaces(this.#dirty, parts.clock);
    this.#looks = new RecentLooks(parts.flush, parts.clock);
    this.#otherNames = new OtherNames(this.#dirty, parts.known, this.#looks, parts.unread);
  }

  /** Whether the stream may have something else at this name than the workload has. */
  isUnsent(root: number, path: RawPath): boolean {
    const flags = this.#dirty.flagsOf(root, path) & (dirt.appeared | dirt.vanished | dirt.again);
    return flags !== 0 || this.#hasUnsentParent(root, path);
  }

  get isHolding(): boolean {
    return this.#holding;
  }

  /** Places that are dirty, not yet looked at, or being looked at. */
  get pending(): number {
    return this.#dirty.unfinished + this.#inbox.length;
  }

  /** Capture's listener. */
  receive(batch: readonly WorkloadChange[]): void {
    for (const change of batch) {
      // Bytes in order need no looking at: unless something else is being done they are the stream.
      if (change.kind === 'operation' && !this.#holding) this.#passIfOpen(change.operation);
      // That something was missed is heard at once, however long the queue: what comes after it must not pass before it.
      else if (isLossOfTrack(change) && !this.#holding) this.#take(change);
      else this.#inbox.push(change);
    }
    if (this.#holding && !this.#turns.isBusy) this.#takeIn();
    this.#wake.notify();
  }

  /** Begins to hold: from now on every change is only remembered. What was dirty is left to the mirror that follows. */
  hold(): void {
    this.#holding = true;
    this.#inbox = [];
    this.#touched.length = 0;
    this.#dirty.clear();
    this.#known.clear();
    this.#looks.clear();
  }

  /** The replica has something else at this path than the stream says, or its copy cannot be trusted. */
  suspect(root: number, path: RawPath, restMs = 0): void {
    this.#dirty.add(root, path, dirt.appeared | dirt.scan | dirt.vanished);
    if (restMs > 0) this.#resting.rest({ root, path }, restMs);
    this.#wake.notify();
  }

  /** Turns dirt into operations in the background until aborted or the stream ends; before each place it waits for `room`. */
  async follow(signal: AbortSignal, room: () => Promise<void>): Promise<void> {
    try {
      await this.#follow(signal, room);
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.code === 'STREAM-ENDED')) throw thrown;
    }
  }

  async #follow(signal: AbortSignal, room: () => Promise<void>): Promise<void> {
    // One promise for each wait, which whatever ends it resolves: beside one that lives long, each wait would leave something.
    signal.addEventListener('abort', () => this.#wake.notify(), { once: true });
    while (!signal.aborted) {
      const more = this.#wake.next();
      if (this.#holding) {
        await more;
        continue;
      }
      await room();
      const restMs = await this.#turns.take(async () => {
        if (this.#holding) return 0;
        this.#takeIn();
        const place = this.#resting.next();
        if (place !== undefined) await this.#work(place);
        else await this.#workDirectories();
        return this.#inbox.length > 0 ? 0 : this.#resting.restMs();
      });
      if (restMs > 0 && !signal.aborted) {
        const cancel = Number.isFinite(restMs) ? this.#clock.after(restMs, () => this.#wake.notify()) : undefined;
        await more;
        cancel?.();
      }
    }
  }

  /**
   * Brings into the stream everything that was delivered before the call, then runs `place` at once, with nothing of the
   * stream in between: what `place` appends stands exactly behind those changes.
   */
  async settle<T>(place: () => T): Promise<T> {
    return this.#turns.take(async () => {
      await this.#workAll();
      return place();
    });
  }

  /**
   * Ends holding: works off what was held, then runs `place` (which appends the end of the mirror) and follows from there.
   * `flush` delivers all that capture has. With captured operations the end must be a place where the replica can be exact:
   * what arrives during the last round may only be changes of content and attributes, which do not depend on what they find,
   * and is passed on behind it. That something was missed is heard before the end.
   */
  async release<T>(flush: () => Promise<void>, place: () => T): Promise<T> {
    return this.#turns.take(async () => {
      for (;;) {
        await flush();
        await this.#workAll();
        await flush();
        if (this.#inbox.every(mayFollowMirror)) {
          this.#held = this.#inbox.flatMap((change) => (change.kind === 'operation' ? [change.operation] : []));
          this.#inbox = this.#inbox.filter((change) => change.kind !== 'operation');
          break;
        }
      }
      const placed = place();
      this.#holding = false;
      for (const operation of this.#held.splice(0)) this.#passOperation(operation);
      this.#wake.notify();
      return placed;
    });
  }

  /** Lets nothing that changed into the stream until `work` is done. */
  pauseDuring(work: () => Promise<void>): Promise<void> {
    return this.#turns.take(work);
  }

  /** Whoever captures has no part in the end of a stream: a new one begins with a mirror, which sees this change too. */
  #passIfOpen(operation: ChangeOperation): void {
    try {
      this.#passOperation(operation);
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.code === 'STREAM-ENDED')) throw thrown;
    }
  }

  #passOperation(operation: ChangeOperation): void {
    if (operation.kind === 'rename') {
      const from = this.#selection.includes(operation.root, operation.path, true);
      const to = this.#selection.includes(operation.root, operation.to, true);
      if (from && to) this.#writer.append(operation);
      else if (from) this.#writer.append({ kind: 'remove', root: operation.root, path: operation.path });
      else if (to) this.suspect(operation.root, operation.to);
      return;
    }
    if (this.#selection.includes(operation.root, operation.path, operation.kind === 'directory')) {
      this.#writer.append(operation);
    }
  }

  #takeIn(): void {
    for (const change of this.#inbox.splice(0)) this.#take(change);
    this.#looks.takenIn((root, path) => (this.#dirty.flagsOf(root, path) & dirt.again) !== 0);
  }

  #take(change: WorkloadChange): void {
    switch (change.kind) {
      case 'changed':
        this.#dirty.add(change.root, change.path, change.what === 'content' ? dirt.content : dirt.attributes);
        return;
      case 'appeared':
        this.#dirty.add(change.root, change.path, dirt.appeared | (change.scan ? dirt.scan : 0));
        return;
      case 'vanished':
        this.#dirty.add(change.root, change.path, dirt.vanished);
        return;
      case 'renamed':
        this.#takeRename(change.root, change.path, change.to);
        return;
      case 'operation':
        this.#takeOperation(change.operation);
        return;
      case 'touched':
        this.#takeTouched(change);
        return;
      case 'overflow':
        this.#takeOverflow(change);
    }
  }

  /** Whoever is not known by identity lies outside, or is still to be sent; while a mirror walks, that is known at its end. */
  #takeTouched(change: Extract<WorkloadChange, { kind: 'touched' }>): void {
    if (this.#holding && !this.#turns.isBusy) {
      this.#touched.push(change);
      if (this.#touched.length > touchedMax) this.#listener.overflowed(0, rootPath);
      return;
    }
    const known = this.#known.findTouched(change.device, change.inode);
    const flag = change.what === 'content' ? dirt.content : dirt.attributes;
    if (known !== undefined) this.#dirty.add(known.root, known.path, flag);
  }

  /** Below one place everything is looked at again; of a whole root, or what went with a mount, only a mirror can tell. */
  #takeOverflow({ root, path, isMount }: Extract<WorkloadChange, { kind: 'overflow' }>): void {
    if (path === '' || (isMount && (this.#holding || this.#known.entriesOf(root, path).length > 0)))
      this.#listener.overflowed(root, path);
    else this.#dirty.add(root, path, dirt.appeared | dirt.scan | dirt.vanished);
  }

  #takeRename(root: number, from: RawPath, to: RawPath): void {
    const reported = (this.#dirty.flagsOf(root, from) & (dirt.appeared | dirt.vanished)) !== 0;
    const unsent = reported || !this.#known.has(root, from) || !this.#known.has(root, parentOf(to));
    const selected = this.#selection.includes(root, from, true) && this.#selection.includes(root, to, true);
    if (this.#holding || unsent || !selected || this.#hasUnsentParent(root, from) || this.#hasUnsentParent(root, to)) {
      this.#dirty.add(root, from, dirt.vanished);
      this.#dirty.add(root, to, dirt.appeared | dirt.scan | dirt.vanished);
    } else {
      this.#writer.append({ kind: 'rename', root, path: from, to });
      this.#otherNames.renamed(root, from, to);
      for (const path of this.#looks.renamed(root, from, to)) this.#dirty.add(root, path, dirt.again);
      this.#dirty.add(root, to, dirt.attributes);
      // Something new may stand at the old name, its appearance merged into an earlier notification.
      this.#dirty.add(root, from, dirt.content);
    }
    this.#dirty.add(root, parentOf(from), dirt.attributes);
    this.#dirty.add(root, parentOf(to), dirt.attributes);
  }

  #hasUnsentParent(root: number, path: RawPath): boolean {
    for (let above = path; above !== ''; ) {
      above = parentOf(above);
      if ((this.#dirty.flagsOf(root, above) & (dirt.appeared | dirt.vanished)) !== 0) return true;
    }
    return false;
  }

  /** While holding, a captured operation only says where to look. */
  #takeOperation(operation: ChangeOperation): void {
    if (operation.kind === 'rename') this.#takeRename(operation.root, operation.path, operation.to);
    else this.#dirty.add(operation.root, operation.path, dirtOf(operation));
  }

  async #workAll(): Promise<void> {
    this.#takeIn();
    for (const change of this.#touched.splice(0)) this.#takeTouched(change);
    // What the work itself finds (entries of a folder, other names of a file) belongs to the places and is worked off too.
    for (const place of this.#dirty.places()) {
      // A parent that is not sent yet takes this place's turn and leaves the place itself in the set.
      while (this.#dirty.flagsOf(place.root, place.path) !== 0) await this.#work(place);
    }
    await this.#workDirectories();
  }

  async #work(place: DirtyPath): Promise<void> {
    const [top, startedMs] = [this.#dirty.takeTopmost(place), this.#clock.monotonicMs()];
    try {
      await this.#send(top);
    } catch (thrown) {
      this.#reportUnreadable(top, thrown);
    } finally {
      this.#dirty.done();
    }
    await this.#look(top);
    this.#looks.confirm();
    const restMs = (this.#clock.monotonicMs() - startedMs) * restFactor;
    if (restMs > 20) this.#resting.rest(top, restMs);
  }

  async #look({ root, path }: Pick<DirtyPath, 'root' | 'path'>): Promise<ObjectStatus | undefined> {
    const status = await this.#tree(root).status(path);
    this.#looks.note(root, path, status);
    return status;
  }

  async #send(dirtyPlace: DirtyPath): Promise<void> {
    const { root, path } = dirtyPlace;
    const status = await this.#tree(root).status(path);
    if (!this.#selection.includes(root, path, status?.kind === 'directory')) return;
    const place = { root, path, flags: this.#withDoubts(dirtyPlace, status) };
    this.#looks.note(root, path, status);
    if (place.flags === 0) return;
    if (status === undefined) {
      this.#otherNames.leave(place);
      await this.#sendRemoval(place);
      return;
    }
    if (this.#followsParent(place)) return;
    const same = path === '' || this.#known.isAt(status, root, path);
    if (!same && this.#isExplainedLater(place)) return;
    const named = (place.flags & (dirt.appeared | dirt.vanished)) !== 0;
    // Where the stream has another directory nothing of that one may stay, and all of this one is new.
    const replaced = !same && status.kind === 'directory' && (!named || this.#known.has(root, path));
    const vanished = replaced || (place.flags & dirt.vanished) !== 0;
    if (vanished) this.#known.forget(status);
    if (vanished || (!same && status.kind !== 'directory')) this.#clearWay(place, status);
    const whole = vanished || named;
    // What is made or removed in the replica changes the times of the directory it is in.
    if (path !== '' && (whole || status.kind !== 'directory')) this.#dirty.addDirectory(root, parentOf(path));
    if (status.kind === 'directory') {
      if (whole) await this.#sender.sendWhole(root, path, status);
      if (vanished || (place.flags & dirt.scan) !== 0) await this.#scan(root, path);
      this.#dirty.addDirectory(root, path);
      return;
    }
    // Only looked at again, for safety.
    if (place.flags === (dirt.appeared | dirt.scan) && this.#known.isCurrent(status, root, path)) return;
    if (whole || !same || (status.kind !== 'file' && (place.flags & dirt.content) !== 0)) {
      const { outcome } = await this.#sender.sendWhole(root, path, status);
      if (outcome === 'vanished') this.#dirty.add(root, path, place.flags | dirt.vanished);
      if (outcome === 'sent' && status.links > 1) this.#otherNames.relink(status, root, path);
      // A link says nothing of content: what was also reported under this name, or may have been, is sent now.
      const changed = (place.flags & (dirt.content | dirt.attributes)) !== 0 || !this.#known.looksSent(status);
      if (outcome !== 'linked' || !changed) return;
    }
    await this.#sendInPlace(place, status);
  }

  /** Why a place is to be sent, once what a rename left open (`again`) is decided. */
  #withDoubts({ root, path, flags }: DirtyPath, status: ObjectStatus | undefined): number {
    if ((flags & dirt.again) === 0) return flags;
    const doubtful = this.#looks.isDoubtful(root, path, status) || !this.#known.has(root, path);
    return (flags & ~dirt.again) | (doubtful ? dirt.appeared | dirt.scan | dirt.vanished : 0);
  }

  /** Whether the directory above, which the stream gave up by a look at its old name, has to be sent first. Tried once. */
  #followsParent({ root, path, flags }: DirtyPath): boolean {
    const above = parentOf(path);
    if (path === '' || (flags & dirt.followed) !== 0 || this.#known.has(root, above)) return false;
    this.#dirty.add(root, path, flags | dirt.followed);
    this.#dirty.add(root, above, dirt.appeared | dirt.scan);
    return true;
  }

  /**
   * What was only reported as changed is another object now: the notification of how that came is on its way, and what was
   * changed may have moved with the old object. It is waited for, a while.
   */
  #isExplainedLater({ root, path, flags }: DirtyPath): boolean {
    if ((flags & (dirt.appeared | dirt.vanished | dirt.awaited)) !== 0) return false;
    this.#dirty.add(root, path, flags | dirt.awaited);
    this.#resting.rest({ root, path }, lateMs);
    return true;
  }

  /**
   * For another object than the replica has at this name. A file is written over the old one in place, so that the replica is
   * never without it ("write anew and rename" is no moment of nothing), unless that would write into its other names.
   */
  #clearWay(place: DirtyPath, status: ObjectStatus): void {
    const { root, path } = place;
    if (status.kind !== 'directory' && this.#known.otherNames(root, path).length === 0) return;
    this.#otherNames.leave(place);
    this.#remove(root, path);
  }

  /** Content or attributes of an object that the replica has under this name. */
  async #sendInPlace({ root, path, flags }: DirtyPath, status: ObjectStatus): Promise<void> {
    // What was written through another name that is gone by now may be told as a change of attributes alone.
    const content = status.kind === 'file' && ((flags & dirt.content) !== 0 || !this.#known.looksSent(status));
    const sent = content
      ? await this.#sender.sendContent(root, path, status, this.#known.blocksOf(status))
      : await this.#sender.sendAttributes(root, path, status);
    if (sent.outcome === 'vanished') this.#dirty.add(root, path, flags | dirt.vanished);
  }

  #remove(root: number, path: RawPath): void {
    this.#writer.append({ kind: 'remove', root, path });
    this.#otherNames.removed(root, path);
  }

  /** Of a tree that went, the topmost name that is gone is removed, once. */
  async #sendRemoval(place: DirtyPath): Promise<void> {
    const { root } = place;
    let gone = place.path;
    while (gone !== '' && parentOf(gone) !== '' && (await this.#tree(root).status(parentOf(gone))) === undefined) {
      gone = parentOf(gone);
    }
    if (gone === '') return;
    this.#remove(root, gone);
    this.#dirty.addDirectory(root, parentOf(gone));
  }

  /** What is there is looked at, and what the stream has there and is not. */
  async #scan(root: number, path: RawPath): Promise<void> {
    const entries = (await this.#tree(root).list(path)) ?? [];
    const missing = new Set(this.#known.entriesOf(root, path));
    for (const entry of entries) {
      missing.delete(entry.name);
      const below = joinRaw(path, entry.name);
      if (!this.#selection.includes(root, below, entry.status.kind === 'directory')) continue;
      this.#dirty.add(root, below, dirt.appeared | dirt.scan);
    }
    for (const name of missing) this.#dirty.add(root, joinRaw(path, name), dirt.vanished);
  }

  async #workDirectories(): Promise<void> {
    for (const { root, path } of this.#dirty.takeDirectories()) {
      try {
        const status = await this.#look({ root, path });
        if (status?.kind === 'directory') await this.#sender.sendAttributes(root, path, status);
      } catch (thrown) {
        this.#reportUnreadable({ root, path }, thrown);
      }
    }
    this.#dirty.done();
  }

  #reportUnreadable({ root, path }: Pick<DirtyPath, 'root' | 'path'>, thrown: unknown): void {
    if (thrown instanceof Failure && thrown.code === 'STREAM-ENDED') throw thrown;
    this.#listener.unreadable(root, path, asFailure(thrown, 'read a protected object', displayPath(path)));
  }

  #tree(root: number): FileTree {
    const tree = this.#trees[root];
    if (tree === undefined) throw new RangeError(`root ${root} is not one of this job's`);
    return tree;
  }
}
