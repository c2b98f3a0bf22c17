// Keeps the stream true to the workload while the workload changes: the order of work. It listens to capture, keeps what is
// dirty, and works on one dirty place after the other. notification-intake.ts says what a notification makes dirty, decision.ts
// what is to be done at a dirty place, and place-sender.ts does it.
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
import { displayPath, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Signal } from '../../base/waiting/signal.ts';
import { Turns } from '../../base/waiting/turns.ts';
import { type ObjectStatus, objectKey } from '../../model/stream/attributes.ts';
import type { WorkloadChange } from '../../ports/capture.ts';
import type { FileTree } from '../../ports/files.ts';
import type { KnownObjects, ObjectName } from '../sending/known-objects.ts';
import type { ObjectSender } from '../sending/object-sender.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { type DirtyPath, DirtyPaths, dirt, everything, isLossOfTrack, mayEndMirror } from './dirty-paths.ts';
import { NotificationIntake } from './notification-intake.ts';
import { OtherNames } from './other-names.ts';
import { PlaceSender } from './place-sender.ts';
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

/** Objects without a known name that are remembered while a mirror walks; more are an overflow. */
const touchedMax = 100_000;

/** Resolves when programs are held up, with what lets them go on; undefined when they cannot be. */
type HoldWriters = () => Promise<(() => void) | undefined>;

/** So many rounds at the end of a mirror leave the programs alone. */
const freeRoundsMax = 5;
const noHold = (): void => undefined;

export class Tracker {
  readonly #known: KnownObjects;
  readonly #sender: ObjectSender;
  readonly #clock: Clock;
  readonly #listener: TrackerListener;
  readonly #dirty = new DirtyPaths();
  readonly #resting: RestingPlaces;
  readonly #looks: RecentLooks;
  readonly #intake: NotificationIntake;
  readonly #places: PlaceSender;
  /** Delivered by capture, and not taken in yet. */
  #inbox: WorkloadChange[] = [];
  /** Objects without a known name, reported while a mirror walks. */
  readonly #touched: Extract<WorkloadChange, { kind: 'touched' }>[] = [];
  #holding = true;
  /** What was reported, while a mirror walked, under names that were another object's, or nobody's, when the mirror saw them. */
  #reportedOfUnknown = 0;
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
    const { known, clock, listener, flush, unread } = parts;
    const dirty = this.#dirty;
    const resting = new RestingPlaces(dirty, clock);
    const looks = new RecentLooks(flush, clock);
    const otherNames = new OtherNames(dirty, known, looks, unread);
    this.#known = known;
    this.#sender = parts.sender;
    this.#clock = clock;
    this.#listener = listener;
    this.#resting = resting;
    this.#looks = looks;
    const overflowed = (root: number, path: RawPath): void => listener.overflowed(root, path);
    this.#intake = new NotificationIntake({ ...parts, dirty, looks, otherNames, overflowed });
    this.#places = new PlaceSender({ ...parts, dirty, resting, looks, otherNames });
  }

  /** Whether the stream may have something else at this name than the workload has. */
  isUnsent(root: number, path: RawPath): boolean {
    const flags = this.#dirty.flagsOf(root, path) & (dirt.appeared | dirt.vanished | dirt.doubtful);
    return flags !== 0 || this.#intake.hasUnsentParent(root, path);
  }

  get isHolding(): boolean {
    return this.#holding;
  }

  /** Places that are dirty, not yet looked at, or being looked at. */
  get pending(): number {
    return this.#dirty.unfinished + this.#inbox.length;
  }

  /** Capture's listener. Records that capture has made pass into the stream in this call, unless something else is being done. */
  receive(batch: readonly WorkloadChange[]): void {
    for (const change of batch) {
      // Bytes in order need no looking at: unless something else is being done they are the stream.
      if (change.kind === 'operation' && !this.#holding) this.#passIfOpen(change.record);
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
    this.#reportedOfUnknown = 0;
    this.#dirty.clear();
    this.#known.clear();
    this.#looks.clear();
  }

  /** The replica has something else at this path than the stream says, or its copy cannot be trusted. */
  suspect(root: number, path: RawPath, restMs = 0): void {
    this.#dirty.add(root, path, everything);
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
    // One promise for each wait: waiting beside a promise that lives long would leave a reaction on it each time.
    signal.addEventListener('abort', () => this.#wake.notify(), { once: true });
    while (!signal.aborted) {
      const more = this.#wake.next();
      if (this.#holding) {
        await more;
        continue;
      }
      await room();
      const restMs = await this.#turns.runAlone(async () => {
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
   * Brings into the stream everything that was delivered before the call, then runs `append` at once, with nothing of the
   * stream in between: what it appends stands exactly behind those changes.
   */
  async place<T>(append: () => T): Promise<T> {
    return this.#turns.runAlone(async () => {
      await this.#workAll();
      return append();
    });
  }

  /**
   * Ends holding: works off what was held, then runs `place` (which appends the end of the mirror) and follows from there.
   * `flush` delivers all that capture has. With captured operations the end must be a place where the replica is exact: what
   * arrived during the last round may have been read already, or not, so it is passed on before the end, and may only be
   * changes of content and attributes, which do not depend on what they find. That something was missed is heard before the end.
   * Programs that never stop making and renaming things would keep the end away, so after a few rounds they are held up
   * (`holdWriters`: until what it gives is called, or for a moment), where the capture can.
   */
  async release<T>(flush: () => Promise<void>, place: () => T, holdWriters?: HoldWriters): Promise<T> {
    return this.#turns.runAlone(async () => {
      let letGo = noHold;
      try {
        for (let rounds = 1; ; rounds += 1) {
          await flush();
          await this.#workAll();
          await flush();
          if (this.#inbox.every(mayEndMirror)) break;
          letGo();
          letGo = (rounds >= freeRoundsMax ? await holdWriters?.() : undefined) ?? noHold;
        }
        return this.#endHolding(place);
      } finally {
        letGo();
      }
    });
  }

  #endHolding<T>(place: () => T): T {
    for (const change of this.#inbox) if (change.kind === 'operation') this.#intake.pass(change.record);
    this.#inbox = this.#inbox.filter((change) => change.kind !== 'operation');
    const placed = place();
    this.#holding = false;
    this.#wake.notify();
    return placed;
  }

  /** Lets nothing that changed into the stream until `work` is done. */
  runAlone(work: () => Promise<void>): Promise<void> {
    return this.#turns.runAlone(work);
  }

  /** The capture adapter must not fail because the stream ended. The next stream begins with a mirror, which sees this change. */
  #passIfOpen(record: Buffer): void {
    try {
      this.#intake.pass(record);
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.code === 'STREAM-ENDED')) throw thrown;
    }
  }

  #takeIn(): void {
    for (const change of this.#inbox.splice(0)) this.#take(change);
    this.#looks.takenIn((root, path) => (this.#dirty.flagsOf(root, path) & dirt.doubtful) !== 0);
  }

  /** While a mirror walks, the names of a touched object are not known before its end. */
  #take(change: WorkloadChange): void {
    if (change.kind !== 'touched' || !this.#holding || this.#turns.isBusy) {
      this.#intake.take(change, this.#holding);
      return;
    }
    this.#touched.push(change);
    if (this.#touched.length > touchedMax) this.#listener.overflowed(0, rootPath);
  }

  async #workAll(): Promise<void> {
    this.#takeIn();
    for (const change of this.#touched.splice(0)) this.#take(change);
    await this.#workPlaces();
    if (this.#reportedOfUnknown !== 0) {
      await this.#lookAtLinked();
      await this.#workPlaces();
    }
    await this.#workDirectories();
  }

  async #workPlaces(): Promise<void> {
    // What the work itself finds (entries of a folder, other names of a file) belongs to the places and is worked off too.
    for (const place of this.#dirty.places()) {
      // A parent that is not sent yet takes this place's turn and leaves the place itself in the set.
      while (this.#dirty.flagsOf(place.root, place.path) !== 0) await this.#work(place);
    }
  }

  /**
   * While a mirror walked, something changed under a name that was gone, or another object's, before the mirror saw it. Which object
   * that was nobody knows: perhaps one that the mirror compared under another name before it changed.
   */
  async #lookAtLinked(): Promise<void> {
    const flags = this.#reportedOfUnknown;
    this.#reportedOfUnknown = 0;
    for (const { key, names } of this.#known.linked()) {
      for (const name of names) if (await this.#addIfChanged(name, key, flags)) break;
    }
  }

  /** Whether the object stands there. */
  async #addIfChanged(place: ObjectName, key: string, flags: number): Promise<boolean> {
    try {
      const status = await this.#places.status(place);
      if (status === undefined || objectKey(status) !== key) return false;
      if (!this.#known.isAsSent(status)) this.#dirty.add(place.root, place.path, flags);
      return true;
    } catch (thrown) {
      this.#reportUnreadable(place, thrown);
      return false;
    }
  }

  async #work(place: DirtyPath): Promise<void> {
    const [top, startedMs] = [this.#dirty.takeTopmost(place), this.#clock.monotonicMs()];
    try {
      const status = await this.#places.status(top);
      if (this.#holding) this.#reportedOfUnknown |= reportedOfAnother(top, status);
      await this.#places.send(top, status);
    } catch (thrown) {
      this.#reportUnreadable(top, thrown);
    } finally {
      this.#dirty.done();
    }
    await this.#places.look(top);
    this.#looks.flushWhenDue();
    const restMs = (this.#clock.monotonicMs() - startedMs) * restFactor;
    if (restMs > 20) this.#resting.rest(top, restMs);
  }

  async #workDirectories(): Promise<void> {
    for (const { root, path } of this.#dirty.takeDirectories()) {
      try {
        const status = await this.#places.look({ root, path });
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
}

/** What was reported under this name and may have been meant for an object that had it before. */
function reportedOfAnother({ flags }: DirtyPath, status: ObjectStatus | undefined): number {
  const mayBe = status === undefined || (flags & (dirt.appeared | dirt.vanished)) !== 0;
  return mayBe ? flags & (dirt.content | dirt.attributes) : 0;
}
