// A workload in memory and its capture in one: what a program does to the files is done here, and every capture session
// over them hears of it at once, in order. In `operations` mode it hears the operations with their bytes, so that a
// replica that applies them is always a prefix of this history; in `changes` mode only that something changed, as from
// the kernel's notification.
//
// A change also moves times: in `operations` mode the new attributes of the file, and of the folder whose entries
// changed, follow the change itself. Nested roots are not supported: a path belongs to the first root above it.
import { assert } from '../../base/failure.ts';
import { baseName, isWithin, joinRaw, parentOf, type RawPath, rootPath } from '../../base/raw-path.ts';
import type { ObjectAttributes } from '../../model/stream/attributes.ts';
import { type ChangeOperation, contentBytesMax } from '../../model/stream/operation.ts';
import {
  type Capture,
  type CapturedChange,
  type CaptureRequest,
  type CaptureSession,
  type HeldFile,
  recordBatchBytes,
} from '../../ports/capture.ts';
import type { AttributeChange } from '../../ports/files.ts';
import { encodeOperation } from '../../wire/records/operation-codec.ts';
import type { MemoryDisk, MemoryObject } from './memory-disk.ts';
import type { MemoryFiles } from './memory-files.ts';

/** A location as one session knows it. */
interface Spot {
  readonly root: number;
  readonly path: RawPath;
}

interface Session {
  readonly request: CaptureRequest;
  /** What stood at its roots when it began: of whatever stands there later it hears nothing, as the kernel's watches do. */
  readonly folders: readonly MemoryObject[];
  waiting: CapturedChange[];
  /** What the listener has taken and is not done with; undefined when it takes more at once. */
  taking: Promise<void> | undefined;
  delivering: boolean;
}

/** Changes that wait in a capture of operations while its listener takes none; more are an overflow. */
const waitingMax = 1000;

/** All locations are absolute byte strings, as `/srv/sales/orders`. Every method acts at once, or throws a Failure. */
export class MemoryWorkload implements Capture {
  readonly #disk: MemoryDisk;
  readonly #mode: 'changes' | 'operations';
  readonly #sessions = new Set<Session>();
  /** What a program holds open for writing, by inode. */
  readonly #held = new Map<bigint, HeldFile>();
  #unseen = false;
  #isHeld = false;
  #delivering = 0;
  readonly #afterwards: (() => void)[] = [];

  constructor(files: MemoryFiles, mode: 'changes' | 'operations') {
    this.#disk = files.disk;
    this.#mode = mode;
  }

  async start(request: CaptureRequest): Promise<CaptureSession> {
    const folders = request.roots.map((root) => this.#disk.resolve(root, false));
    const session: Session = { request, folders, waiting: [], taking: undefined, delivering: false };
    this.#sessions.add(session);
    return {
      mode: this.#mode,
      flush: () => this.#flush(session),
      ...(this.#mode === 'changes' && { heldFiles: async () => [...this.#held.values()] }),
      stop: async () => {
        this.#sessions.delete(session);
      },
    };
  }

  create(location: string, content: Uint8Array = Buffer.alloc(0), mode = 0o644): void {
    const object = this.#disk.make(this.#disk.root, inDisk(location), 'file', { mode });
    if (content.length > 0) this.#disk.write(object, 0, content, location);
    this.#appeared(location, false);
  }

  makeDirectory(location: string, mode = 0o755): void {
    this.#disk.make(this.#disk.root, inDisk(location), 'directory', { mode });
    this.#appeared(location, true);
  }

  makeSymlink(location: string, target: string): void {
    this.#disk.make(this.#disk.root, inDisk(location), 'symlink', { mode: 0o777, target });
    this.#appeared(location, false);
  }

  write(location: string, offset: number, data: Uint8Array): void {
    this.#disk.write(this.#file(location), offset, data, location);
    this.#contentChanged(location, (spot) => writes(spot, offset, data));
  }

  /**
   * Writes as a program does whose writes are not notified, into a file that it holds from now on: by native asynchronous I/O, or
   * through a map (`isMapped`). Bytes that arrive late, or in a page that is dirty already, leave the times alone (`keepsTimes`).
   * Captured operations see it all the same.
   */
  writeUnseen(
    location: string,
    offset: number,
    data: Uint8Array,
    { isMapped = false, keepsTimes = false }: { readonly isMapped?: boolean; readonly keepsTimes?: boolean } = {},
  ): void {
    const object = this.#file(location);
    const { inode, modifiedNs, changedNs } = object;
    this.#held.set(inode, { inode, isMapped, timesTell: true });
    this.#disk.write(object, offset, data, location);
    if (keepsTimes) Object.assign(object, { modifiedNs, changedNs });
    if (this.#mode === 'operations') this.#contentChanged(location, (spot) => writes(spot, offset, data));
  }

  /** Every program lets go of what it holds. */
  letGo(): void {
    this.#held.clear();
  }

  truncate(location: string, size: number): void {
    this.#disk.truncate(this.#file(location), size);
    this.#contentChanged(location, (spot) => [{ kind: 'truncate', ...spot, size }]);
  }

  punch(location: string, offset: number, length: number): void {
    this.#disk.punch(this.#file(location), offset, length);
    this.#contentChanged(location, (spot) => [{ kind: 'hole', ...spot, offset, length }]);
  }

  link(existing: string, location: string): void {
    this.#disk.link(this.#disk.root, inDisk(existing), inDisk(location));
    this.#deliver((session) => {
      const spot = this.#spotOf(session, location);
      const from = this.#spotOf(session, existing);
      if (spot === undefined) return [];
      if (this.#mode === 'changes') return [{ kind: 'appeared', ...spot, scan: false }];
      const made: ChangeOperation[] =
        from?.root === spot.root
          ? [{ kind: 'link', ...spot, existing: from.path }]
          : this.#whole(spot, this.#object(location));
      return [...made, ...this.#folderTimes(session, location)].map(this.#asChange);
    });
  }

  rename(from: string, to: string): void {
    const object = this.#object(from);
    const replaced = this.#disk.find(this.#disk.root, inDisk(parentOf(to as RawPath)), 'rename').entries;
    if (replaced.get(baseName(to as RawPath)) === object) return;
    this.#disk.rename(this.#disk.root, inDisk(from), inDisk(to));
    this.#deliver((session) => this.#renamed(session, from, to, object));
  }

  unlink(location: string): void {
    this.#disk.unlink(this.#disk.root, inDisk(location));
    this.#vanished(location);
  }

  removeDirectory(location: string): void {
    this.#disk.removeDirectory(this.#disk.root, inDisk(location));
    this.#vanished(location);
  }

  setAttributes(location: string, change: AttributeChange): void {
    this.#disk.setAttributes(this.#object(location), change);
    this.#attributesChanged(location);
  }

  setExtended(location: string, name: string, value: Uint8Array | undefined): void {
    this.#disk.setExtended(this.#object(location), name, value, location);
    this.#attributesChanged(location);
  }

  /** Does what `unseen` does without any session hearing of it, and then tells them that something was missed. */
  overflow(unseen: () => void = () => undefined): void {
    this.#unseen = true;
    try {
      unseen();
    } finally {
      this.#unseen = false;
    }
    this.#deliver(lost);
  }

  /** Every session ends with this reason. */
  fail(reason: string): void {
    this.#deliver(() => [{ kind: 'failed', reason }]);
    for (const session of this.#sessions) this.#deliverTo(session);
    this.#sessions.clear();
  }

  /**
   * What changes from now on is told only when somebody asks for it (`flush`), or when `tellHeld` is called: a kernel's
   * notifications may be so late. Captured operations never are: such a capture takes part in the change itself.
   */
  holdNotifications(): void {
    this.#isHeld = this.#mode === 'changes';
  }

  tellHeld(): void {
    this.#isHeld = false;
    for (const session of this.#sessions) this.#deliverTo(session);
  }

  /** Removes an object with everything below it, as `rm -r` does. */
  removeTree(location: string): void {
    const object = this.#object(location);
    for (const name of [...object.entries.keys()]) this.removeTree(`${location}/${name}`);
    if (object.kind === 'directory') this.removeDirectory(location);
    else this.unlink(location);
  }

  /** Paths below a folder of everything in it, sorted. */
  pathsBelow(location: string): readonly string[] {
    const paths = [...this.#object(location).entries].flatMap(([name, child]) =>
      child.kind === 'directory'
        ? [name, ...this.pathsBelow(`${location}/${name}`).map((below) => `${name}/${below}`)]
        : [name],
    );
    return paths.sort();
  }

  /**
   * The folder is another one from now on, as `make` fills it. Every capture of it fails, or with `silently`, as when something is
   * mounted over it, hears nothing more. Gives where the old one is.
   */
  replaceFolder(location: string, make: () => void, silently = false): string {
    const aside = `${location}-away-${this.#object(location).inode}`;
    this.#unseen = true;
    try {
      this.rename(location, aside);
      make();
    } finally {
      this.#unseen = false;
    }
    if (!silently) this.fail('the folder was moved away');
    return aside;
  }

  #object(location: string): MemoryObject {
    return this.#disk.find(this.#disk.root, inDisk(location), 'use');
  }

  #file(location: string): MemoryObject {
    const object = this.#object(location);
    assert(object.kind === 'file', `only a file has content: ${location}`);
    return object;
  }

  #appeared(location: string, scan: boolean): void {
    this.#deliver((session) => {
      const spot = this.#spotOf(session, location);
      if (spot === undefined) return [];
      if (this.#mode === 'changes') return [{ kind: 'appeared', ...spot, scan }];
      return [...this.#whole(spot, this.#object(location)), ...this.#folderTimes(session, location)].map(
        this.#asChange,
      );
    });
  }

  #vanished(location: string): void {
    this.#deliver((session) => {
      const spot = this.#spotOf(session, location);
      if (spot === undefined) return [];
      if (this.#mode === 'changes') return [{ kind: 'vanished', ...spot }];
      return [{ kind: 'remove' as const, ...spot }, ...this.#folderTimes(session, location)].map(this.#asChange);
    });
  }

  #contentChanged(location: string, operationsAt: (spot: Spot) => ChangeOperation[]): void {
    this.#deliver((session) => {
      const spot = this.#spotOf(session, location);
      if (spot === undefined) return [];
      if (this.#mode === 'changes') return [{ kind: 'changed', ...spot, what: 'content' }];
      return [...operationsAt(spot), attributesAt(spot, this.#object(location), this.#disk)].map(this.#asChange);
    });
  }

  readonly #asChange = (operation: ChangeOperation): CapturedChange => ({
    kind: 'operation',
    record: encodeOperation(operation, this.#disk.wallMs()),
  });

  #attributesChanged(location: string): void {
    this.#deliver((session) => {
      const spot = this.#spotOf(session, location);
      if (spot === undefined) return [];
      if (this.#mode === 'changes') return [{ kind: 'changed', ...spot, what: 'attributes' }];
      return [this.#asChange(attributesAt(spot, this.#object(location), this.#disk))];
    });
  }

  /** Within one root a rename; over the edge of a root something appears or vanishes. */
  #renamed(session: Session, from: string, to: string, object: MemoryObject): CapturedChange[] {
    const source = this.#spotOf(session, from);
    const target = this.#spotOf(session, to);
    const oneRoot = source !== undefined && target !== undefined && source.root === target.root;
    if (this.#mode === 'changes') {
      if (oneRoot) return [{ kind: 'renamed', ...source, to: target.path }];
      const changes: CapturedChange[] = [];
      if (source !== undefined) changes.push({ kind: 'vanished', ...source });
      if (target !== undefined) changes.push({ kind: 'appeared', ...target, scan: true });
      return changes;
    }
    const operations: ChangeOperation[] = [];
    if (oneRoot) {
      operations.push({ kind: 'rename', ...source, to: target.path });
    } else {
      if (source !== undefined) operations.push({ kind: 'remove', ...source });
      if (target !== undefined) operations.push({ kind: 'remove', ...target }, ...this.#whole(target, object));
    }
    operations.push(...this.#folderTimes(session, from), ...this.#folderTimes(session, to));
    return operations.map(this.#asChange);
  }

  /** Everything that makes an object and what is below it out of nothing. */
  #whole(spot: Spot, object: MemoryObject): ChangeOperation[] {
    const attributes = attributesOf(object, this.#disk);
    switch (object.kind) {
      case 'file': {
        const { size } = object.content;
        const head = object.content.read(0, contentBytesMax);
        if (size <= contentBytesMax) return [{ kind: 'file', ...spot, size, content: head, attributes }];
        const rest = object.content.read(contentBytesMax, size - contentBytesMax);
        return [
          { kind: 'file', ...spot, size, content: head },
          ...writes(spot, contentBytesMax, rest),
          { kind: 'attributes', ...spot, attributes },
        ];
      }
      case 'directory': {
        const below = [...object.entries].flatMap(([name, child]) =>
          this.#whole({ root: spot.root, path: joinRaw(spot.path, name) }, child),
        );
        const made: ChangeOperation = { kind: 'directory', ...spot, attributes };
        return below.length === 0 ? [made] : [made, ...below, { kind: 'attributes', ...spot, attributes }];
      }
      case 'symlink':
        return [{ kind: 'symlink', ...spot, target: object.target, attributes }];
      default:
        return [{ kind: 'special', ...spot, special: object.kind, device: object.specialDevice, attributes }];
    }
  }

  /** The attributes of the folder that holds a name, where the session sees that folder. */
  #folderTimes(session: Session, location: string): ChangeOperation[] {
    const folder = parentOf(location as RawPath);
    const spot = this.#spotOf(session, folder);
    return spot === undefined ? [] : [attributesAt(spot, this.#object(folder), this.#disk)];
  }

  #spotOf({ request, folders }: Session, location: string): Spot | undefined {
    const root = request.roots.findIndex((one) => isWithin(location, one));
    const above = request.roots[root];
    if (above === undefined || this.#standsAt(above) !== folders[root]) return undefined;
    return { root, path: location.slice(above.length + 1) as RawPath };
  }

  #standsAt(location: string): MemoryObject | undefined {
    try {
      return this.#disk.resolve(location, false);
    } catch {
      return undefined;
    }
  }

  /** Does it now, or as soon as everybody has heard of the change that is being told. */
  afterDelivery(action: () => void): void {
    if (this.#delivering === 0) action();
    else this.#afterwards.push(action);
  }

  /** A listener that changes the workload itself gets what follows from that in its next batch. */
  #deliver(changesFor: (session: Session) => CapturedChange[]): void {
    if (this.#unseen) return;
    this.#delivering += 1;
    try {
      this.#deliverAll(changesFor);
    } finally {
      this.#delivering -= 1;
    }
    if (this.#delivering === 0) for (const action of this.#afterwards.splice(0)) action();
  }

  #deliverAll(changesFor: (session: Session) => CapturedChange[]): void {
    for (const session of this.#sessions) {
      session.waiting.push(...changesFor(session));
      if (session.taking !== undefined && session.waiting.length > waitingMax) session.waiting = lost(session);
      if (!this.#isHeld) this.#deliverTo(session);
    }
  }

  async #flush(session: Session): Promise<void> {
    this.#deliverTo(session);
    while (session.taking !== undefined) await session.taking;
  }

  #deliverTo(session: Session): void {
    if (session.delivering) return;
    session.delivering = true;
    while (session.taking === undefined && session.waiting.length > 0 && this.#sessions.has(session)) {
      const batch = session.waiting.splice(0, batchLength(session.waiting));
      const taking = session.request.listener(batch);
      if (taking !== undefined && this.#mode === 'operations') this.#holdBack(session, taking);
    }
    session.delivering = false;
  }

  #holdBack(session: Session, taking: Promise<void>): void {
    session.taking = taking.then(() => {
      session.taking = undefined;
      this.#deliverTo(session);
    });
  }
}

/** How many of the changes make a batch. */
function batchLength(changes: readonly CapturedChange[]): number {
  let bytes = 0;
  const end = changes.findIndex((change, index) => {
    if (change.kind === 'operation') bytes += change.record.length;
    return bytes > recordBatchBytes && index > 0;
  });
  return end < 0 ? changes.length : end;
}

/** The path below the root of the disk. */
function inDisk(location: string): string {
  assert(location.startsWith('/') || location === '', `a location is absolute: ${location}`);
  return location.slice(1);
}

function lost({ request }: Session): CapturedChange[] {
  return request.roots.map((_, root) => ({ kind: 'overflow', root, path: rootPath }));
}

function attributesOf(object: MemoryObject, disk: MemoryDisk): ObjectAttributes {
  const { mode, userId, groupId, modifiedNs } = object;
  return { mode, userId, groupId, modifiedNs, extended: disk.extendedOf(object) };
}

function attributesAt(spot: Spot, object: MemoryObject, disk: MemoryDisk): ChangeOperation {
  return { kind: 'attributes', ...spot, attributes: attributesOf(object, disk) };
}

/** A write in pieces of the size an operation may have. The bytes are copied: the writer's buffer is the writer's. */
function writes(spot: Spot, offset: number, data: Uint8Array): ChangeOperation[] {
  const operations: ChangeOperation[] = [];
  for (let at = 0; at < data.length; at += contentBytesMax) {
    const piece = Buffer.from(data.subarray(at, at + contentBytesMax));
    operations.push({ kind: 'write', ...spot, offset: offset + at, data: piece });
  }
  return operations;
}
