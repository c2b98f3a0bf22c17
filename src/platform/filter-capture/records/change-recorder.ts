// Makes records of the changes that pass through a filter, for one session of a server: each operation in the order in which it
// took effect, encoded once, where its bytes are (wire/DESIGN.md), and handed to the session's pipe.
//
// Times follow later (unsent-times.ts). When the pipe refuses a record, everything up to there is whole; from there on nothing
// is recorded until the pipe is empty, and then the loss is said, in the place where it belongs.
import { parentOf, type RawPath } from '../../../base/raw-path.ts';
import type { ObjectAttributes, ObjectKind, ObjectStatus } from '../../../model/stream/attributes.ts';
import { type ChangeOperation, writtenBytesMax } from '../../../model/stream/operation.ts';
import { encodeOperation } from '../../../wire/records/operation-codec.ts';
import { putWriteRecord, writeRecordBytes } from '../../../wire/records/write-record.ts';
import type { ChangedName, ChangedObject, ChangeListener } from '../change-listener.ts';
import { encodeWord, type FilterWord } from './filter-words.ts';
import type { ObjectLooks } from './object-looks.ts';
import type { RecordPipe } from './record-pipe.ts';
import { UnsentTimes } from './unsent-times.ts';

/** So much waits at most while the loop always has something else to do. */
const handedOnBytes = 256 * 1024;
/** Times wait at most so long. */
const timesLateMs = 200;
const nothing = Buffer.alloc(0);
const exchangeName = '.understudy-exchanged';

export interface ChangeRecorderParts {
  readonly pipe: RecordPipe;
  readonly looks: ObjectLooks;
  /** For each folder of the filter its number in the session; undefined for one that the session does not want. */
  readonly rootNumbers: readonly (number | undefined)[];
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
}

export class ChangeRecorder implements ChangeListener {
  readonly #parts: ChangeRecorderParts;
  readonly #unsent = new UnsentTimes();
  #hasLost = false;
  /** Words that stand behind a loss. */
  #words: FilterWord[] = [];

  constructor(parts: ChangeRecorderParts) {
    this.#parts = parts;
  }

  created(object: ChangedObject, status: ObjectStatus, target: string | undefined): void {
    const root = this.#rootOf(object);
    if (root === undefined) return;
    const { path } = object;
    // A folder's default ACL gives its objects attributes of their own.
    const attributes = this.#parts.looks.attributesAt(object) ?? withoutExtended(status);
    this.#append(creation(root, path, status, attributes, target));
    this.#folderChanged(object);
  }

  wrote(object: ChangedObject, offset: number, bytes: Buffer, start: number, length: number): void {
    const root = this.#rootOf(object);
    if (root === undefined) return;
    const { path } = object;
    const { pipe, wallMs } = this.#parts;
    const now = wallMs();
    for (let done = 0; done < length; done += writtenBytesMax) {
      const part = Math.min(writtenBytesMax, length - done);
      const at = this.#reserve(writeRecordBytes(path, part));
      if (at === undefined) return;
      const range = { root, path, offset: offset + done, length: part, wallMs: now };
      pipe.commit(putWriteRecord(pipe.bytes, at, range, bytes, start + done) - at);
    }
    if (pipe.waitingBytes > handedOnBytes) pipe.push();
    this.#unsent.addFile(object, now);
  }

  resized(object: ChangedObject, size: number): void {
    this.#changed(object, (root) => ({ kind: 'truncate', root, path: object.path, size }));
  }

  zeroed(object: ChangedObject, offset: number, length: number): void {
    this.#changed(object, (root) => ({ kind: 'hole', root, path: object.path, offset, length }));
  }

  attributesChanged(object: ChangedObject): void {
    if (this.#rootOf(object) === undefined) return;
    this.#unsent.takeFile(object);
    this.#appendAttributes(object);
  }

  extendedAttributeChanged(object: ChangedObject): void {
    this.attributesChanged(object);
  }

  linked(object: ChangedObject, name: ChangedName): void {
    const root = this.#rootOf(object);
    if (root === undefined) return;
    this.#append({ kind: 'link', root, path: name.path, existing: object.path });
    this.#folderChanged(name);
  }

  renamed(from: ChangedName, to: ChangedName, isExchange: boolean): void {
    const root = this.#rootOf(from);
    if (root === undefined) return;
    // The times of folders that get another name are sent under their old one.
    if (this.#unsent.isAffectedBy(from) || this.#unsent.isAffectedBy(to)) this.sendTimes();
    if (isExchange) this.#exchange(root, from.path, to.path);
    else this.#append({ kind: 'rename', root, path: from.path, to: to.path });
    this.#folderChanged(from);
    this.#folderChanged(to);
  }

  removed(name: ChangedName, kind: ObjectKind): void {
    const root = this.#rootOf(name);
    if (root === undefined) return;
    this.#append({ kind: 'remove', root, path: name.path });
    if (kind === 'directory') this.#unsent.removed(name);
    this.#folderChanged(name);
  }

  /** Only a mirror finds what changed. */
  changedUnnamed(root: number): void {
    if (this.#parts.rootNumbers[root] !== undefined) this.#put(encodeWord({ type: 'lost' }));
  }

  closedAfterWriting(object: ChangedObject): void {
    if (this.#unsent.takeFile(object)) this.#appendAttributes(object);
  }

  syncAsked(object: ChangedObject | undefined): void {
    if (object !== undefined) this.closedAfterWriting(object);
  }

  /** To be called when the loop has nothing else to do: hands on what waits. Gives when to call again, at the latest. */
  rest(): number | undefined {
    const { pipe, wallMs } = this.#parts;
    const { sinceMs } = this.#unsent;
    const now = wallMs();
    // A clock that was set back does not keep times waiting.
    if (sinceMs !== undefined && Math.abs(now - sinceMs) >= timesLateMs) this.sendTimes();
    if (this.#hasLost && pipe.waitingBytes === 0) this.#sayLoss();
    pipe.push();
    const since = this.#unsent.sinceMs;
    return since === undefined ? undefined : Math.max(1, since + timesLateMs - now);
  }

  /** Everything that happened until now is in the pipe, with this word behind it. */
  say(word: FilterWord): void {
    this.sendTimes();
    this.#put(encodeWord(word));
    if (this.#hasLost) this.#words.push(word);
    this.#parts.pipe.push();
  }

  sendTimes(): void {
    for (const object of this.#unsent.takeAll()) this.#appendAttributes(object);
  }

  #rootOf({ root }: ChangedName): number | undefined {
    return this.#parts.rootNumbers[root];
  }

  #changed(object: ChangedObject, operation: (root: number) => ChangeOperation): void {
    const root = this.#rootOf(object);
    if (root === undefined) return;
    this.#append(operation(root));
    this.#unsent.addFile(object, this.#parts.wallMs());
  }

  #folderChanged({ root, path }: ChangedName): void {
    this.#unsent.addFolder(root, parentOf(path), this.#parts.wallMs());
  }

  #appendAttributes(place: ChangedName): void {
    const root = this.#rootOf(place);
    const attributes = root === undefined ? undefined : this.#parts.looks.attributesAt(place);
    if (root !== undefined && attributes !== undefined)
      this.#append({ kind: 'attributes', root, path: place.path, attributes });
  }

  /** The stream knows no exchange, so one of the two stands aside for a moment. */
  #exchange(root: number, one: RawPath, other: RawPath): void {
    const folder = parentOf(one);
    const aside = (folder === '' ? exchangeName : `${folder}/${exchangeName}`) as RawPath;
    this.#append({ kind: 'rename', root, path: one, to: aside });
    this.#append({ kind: 'rename', root, path: other, to: one });
    this.#append({ kind: 'rename', root, path: aside, to: other });
  }

  #append(operation: ChangeOperation): void {
    this.#put(encodeOperation(operation, this.#parts.wallMs()));
  }

  #put(record: Buffer): void {
    const at = this.#reserve(record.length);
    if (at === undefined) return;
    record.copy(this.#parts.pipe.bytes, at);
    this.#parts.pipe.commit(record.length);
  }

  #reserve(length: number): number | undefined {
    if (this.#hasLost) return undefined;
    const at = this.#parts.pipe.reserve(length);
    if (at === undefined) this.#hasLost = true;
    return at;
  }

  #sayLoss(): void {
    this.#hasLost = false;
    for (const word of [{ type: 'lost' } as const, ...this.#words.splice(0)]) this.#put(encodeWord(word));
  }
}

function creation(
  root: number,
  path: RawPath,
  { kind, specialDevice }: ObjectStatus,
  attributes: ObjectAttributes,
  target: string | undefined,
): ChangeOperation {
  switch (kind) {
    case 'file':
      return { kind, root, path, size: 0, content: nothing, attributes };
    case 'directory':
      return { kind, root, path, attributes };
    case 'symlink':
      return { kind, root, path, target: target ?? '', attributes };
    default:
      return { kind: 'special', root, path, special: kind, device: specialDevice, attributes };
  }
}

function withoutExtended({ mode, userId, groupId, modifiedNs }: ObjectStatus): ObjectAttributes {
  return { mode, userId, groupId, modifiedNs, extended: [] };
}
