// Every state that a workload was ever in, operation by operation, told from the captured operations by a model of its own:
// a replica that keeps the promise of exact capture is always equal to one of them.
//
// The model applies operations in the plainest way to a disk of its own; after each batch it must be equal to the workload,
// or the capture of the simulation is wrong.
import { assert } from '../../base/failure.ts';
import { parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ObjectAttributes } from '../../model/stream/attributes.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { CapturedChange } from '../../ports/capture.ts';
import { decodeChange } from '../../wire/records/operation-codec.ts';
import { MemoryDisk, type MemoryObject } from '../memory/memory-disk.ts';
import { ManualClock } from '../time/manual-clock.ts';
import type { Machine } from '../world/world.ts';
import { fingerprintOf } from './fingerprint.ts';

export class SourceStates {
  readonly #machine: Machine;
  readonly #root: string;
  #stop: () => Promise<void> = async () => undefined;
  #isOver = false;
  #isBeginning = false;
  /** The folder that is listened to. */
  #folder: MemoryObject | undefined;
  #model = new MemoryDisk(new ManualClock(), 0, 2 ** 40);
  /** For each fingerprint the numbers of the states that have it, in order. */
  readonly #numbers = new Map<string, number[]>();
  #count = 0;

  private constructor(machine: Machine, root: string) {
    this.#machine = machine;
    this.#root = root;
  }

  /** Hears of every change of the workload at `root` (absolute) from now on. */
  static async watch(machine: Machine, root: string): Promise<SourceStates> {
    const states = new SourceStates(machine, root);
    states.startAnew();
    await states.#listen();
    return states;
  }

  /** Nobody is interested in the workload any more. */
  stop(): Promise<void> {
    this.#isOver = true;
    return this.#stop();
  }

  /** The number of the present state. */
  get present(): number {
    return this.#count;
  }

  /** The workload may be anything now: something changed it that no capture saw. */
  startAnew(): void {
    this.#model = new MemoryDisk(new ManualClock(), 0, 2 ** 40);
    const workload = this.#workload();
    copy(workload, this.#model.root, this.#model, new Map());
    this.#remember();
    if (this.#folder !== undefined && workload !== this.#folder) void this.#listen();
  }

  /** The least number of a state with this fingerprint that is not below `from`; undefined when there is none. */
  find(fingerprint: string, from: number): number | undefined {
    return this.#numbers.get(fingerprint)?.find((number) => number >= from);
  }

  /** Hears of the folder that is there now; not before everybody who listened has heard that capture failed. */
  async #listen(): Promise<void> {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    await this.#stop();
    this.#folder = this.#workload();
    const { workload } = this.#machine;
    const session = await workload.start({ roots: [this.#root], listener: (batch) => this.#take(batch) });
    this.#stop = session.stop;
    this.#isBeginning = false;
    if (this.#isOver) await session.stop();
  }

  #take(batch: readonly CapturedChange[]): undefined {
    let exact = true;
    for (const change of batch) {
      if (change.kind === 'operation') {
        applyTo(this.#model, decodeChange(change.record));
        this.#remember();
      } else exact = false;
    }
    // A capture that failed is over for everybody who listened.
    if (batch.some(({ kind }) => kind === 'failed')) void this.#listen();
    if (!exact) this.startAnew();
    const actual = fingerprintOf(this.#machine.files.disk, this.#workload());
    const modelled = fingerprintOf(this.#model, this.#model.root);
    assert(actual === modelled, 'the captured operations explain the workload');
  }

  #workload(): MemoryObject {
    return this.#machine.files.disk.resolve(this.#root, false);
  }

  #remember(): void {
    this.#count += 1;
    const fingerprint = fingerprintOf(this.#model, this.#model.root);
    const numbers = this.#numbers.get(fingerprint);
    if (numbers === undefined) this.#numbers.set(fingerprint, [this.#count]);
    else numbers.push(this.#count);
  }
}

function copy(from: MemoryObject, to: MemoryObject, disk: MemoryDisk, made: Map<MemoryObject, MemoryObject>): void {
  made.set(from, to);
  const { mode, userId, groupId, modifiedNs } = from;
  for (const [name, child] of from.entries) {
    const same = made.get(child);
    if (same === undefined) {
      const { kind, target, specialDevice } = child;
      copy(child, disk.add(to, name, kind, { mode: child.mode, target, specialDevice }), disk, made);
    } else {
      to.entries.set(name, same);
      same.links += 1;
    }
  }
  for (const [name, value] of from.extended) to.extended.set(name, value);
  to.content.restore(from.content.keep());
  Object.assign(to, { mode, userId, groupId, modifiedNs });
}

function applyTo(disk: MemoryDisk, operation: ChangeOperation): void {
  const { path } = operation;
  switch (operation.kind) {
    case 'file': {
      const file = existing(disk, path, 'file') ?? disk.make(disk.root, path, 'file', { mode: 0o600 });
      if (operation.attributes !== undefined) disk.truncate(file, 0);
      disk.truncate(file, operation.size);
      disk.write(file, 0, operation.content, path);
      if (operation.attributes !== undefined) setAll(file, operation.attributes);
      return;
    }
    case 'directory':
      setAll(
        existing(disk, path, 'directory') ?? disk.make(disk.root, path, 'directory', { mode: 0o700 }),
        operation.attributes,
      );
      return;
    case 'symlink':
      clear(disk, path);
      setAll(disk.make(disk.root, path, 'symlink', { mode: 0o777, target: operation.target }), operation.attributes);
      return;
    case 'special':
      clear(disk, path);
      setAll(
        disk.make(disk.root, path, operation.special, { mode: 0o600, specialDevice: operation.device }),
        operation.attributes,
      );
      return;
    case 'write':
      disk.write(disk.find(disk.root, path, 'write'), operation.offset, operation.data, path);
      return;
    case 'hole':
      disk.punch(disk.find(disk.root, path, 'punch'), operation.offset, operation.length);
      return;
    case 'truncate':
      disk.truncate(disk.find(disk.root, path, 'truncate'), operation.size);
      return;
    case 'link':
      clear(disk, path);
      disk.link(disk.root, operation.existing, path);
      return;
    case 'rename':
      if (
        disk.find(disk.root, path, 'rename').kind !== 'directory' ||
        existing(disk, operation.to, 'directory') === undefined
      )
        clear(disk, operation.to);
      disk.rename(disk.root, path, operation.to);
      return;
    case 'remove':
      clear(disk, path);
      return;
    case 'attributes':
      setAll(disk.find(disk.root, path, 'set attributes'), operation.attributes);
  }
}

/** What is at a path when it is of this kind; anything else there is taken away. */
function existing(disk: MemoryDisk, path: RawPath, kind: MemoryObject['kind']): MemoryObject | undefined {
  if (path === '') return disk.root;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const found = disk.find(disk.root, parentOf(path), 'look').entries.get(name);
  if (found === undefined || found.kind === kind) return found;
  clear(disk, path);
  return undefined;
}

function clear(disk: MemoryDisk, path: RawPath): void {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const found = disk.find(disk.root, parentOf(path), 'look').entries.get(name);
  if (found === undefined) return;
  if (found.kind !== 'directory') {
    disk.unlink(disk.root, path);
    return;
  }
  for (const entry of [...found.entries.keys()]) clear(disk, `${path}/${entry}` as RawPath);
  disk.removeDirectory(disk.root, path);
}

function setAll(object: MemoryObject, attributes: ObjectAttributes): void {
  const { mode, userId, groupId, modifiedNs, extended } = attributes;
  Object.assign(object, { mode, userId, groupId, modifiedNs });
  object.extended.clear();
  for (const { name, value } of extended) object.extended.set(name, Buffer.from(value));
}
