// Turns what capture delivers into dirt. Two things pass into the stream at once: captured operations (`pass`), and renames of
// what the stream has, so that its names are always those of the last notification that was taken in.
import { parentOf, type RawPath } from '../../base/raw-path.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { WorkloadChange } from '../../ports/capture.ts';
import { decodeChange, recordKind, recordPlace } from '../../wire/records/operation-codec.ts';
import type { KnownObjects } from '../sending/known-objects.ts';
import type { Selection } from '../sending/selection.ts';
import type { StreamWriter } from '../sending/stream-writer.ts';
import { type DirtyPaths, dirt, dirtOf, everything } from './dirty-paths.ts';
import type { OtherNames } from './other-names.ts';
import type { RecentLooks } from './recent-looks.ts';

export interface NotificationIntakeParts {
  readonly selection: Selection;
  readonly known: KnownObjects;
  readonly writer: StreamWriter;
  readonly dirty: DirtyPaths;
  readonly looks: RecentLooks;
  readonly otherNames: OtherNames;
  /** Changes were missed below this path; only a mirror can tell which. */
  readonly overflowed: (root: number, path: RawPath) => void;
}

export class NotificationIntake {
  readonly #parts: NotificationIntakeParts;

  constructor(parts: NotificationIntakeParts) {
    this.#parts = parts;
  }

  /** `isHolding`: while a mirror walks a change only says where to look. */
  take(change: WorkloadChange, isHolding: boolean): void {
    const { dirty } = this.#parts;
    switch (change.kind) {
      case 'changed':
        dirty.add(change.root, change.path, change.what === 'content' ? dirt.content : dirt.attributes);
        return;
      case 'appeared':
        dirty.add(change.root, change.path, dirt.appeared | (change.scan ? dirt.scan : 0));
        return;
      case 'vanished':
        dirty.add(change.root, change.path, dirt.vanished);
        return;
      case 'renamed':
        this.#takeRename(change.root, change.path, change.to, isHolding);
        return;
      case 'operation':
        this.#takeOperation(decodeChange(change.record), isHolding);
        return;
      case 'touched':
        this.#takeTouched(change);
        return;
      case 'overflow':
        this.#takeOverflow(change, isHolding);
    }
  }

  /** Puts a captured operation into the stream as it is, or what is left of it at the edge of the selection. */
  pass(record: Buffer): void {
    const { selection, writer } = this.#parts;
    const kind = recordKind(record);
    if (kind === 'rename') {
      this.#passRename(record);
      return;
    }
    const { root, path } = recordPlace(record);
    if (selection.includes(root, path, kind === 'directory')) writer.appendRecord(record);
  }

  #passRename(record: Buffer): void {
    const { selection, writer, dirty } = this.#parts;
    const operation = decodeChange(record);
    if (operation.kind !== 'rename') return;
    const { root, path, to } = operation;
    const isFromOurs = selection.includes(root, path, true);
    const isToOurs = selection.includes(root, to, true);
    if (isFromOurs && isToOurs) writer.appendRecord(record);
    else if (isFromOurs) writer.append({ kind: 'remove', root, path });
    else if (isToOurs) dirty.add(root, to, everything);
  }

  /** Whether a directory above has a name in the stream that the workload has not, or the other way round. */
  hasUnsentParent(root: number, path: RawPath): boolean {
    for (let above = path; above !== ''; ) {
      above = parentOf(above);
      if ((this.#parts.dirty.flagsOf(root, above) & (dirt.appeared | dirt.vanished)) !== 0) return true;
    }
    return false;
  }

  /** An object that is not known by its identity lies outside the workload, or is still to be sent. */
  #takeTouched({ device, inode, what }: Extract<WorkloadChange, { kind: 'touched' }>): void {
    const known = this.#parts.known.findTouched(device, inode);
    const flag = what === 'content' ? dirt.content : dirt.attributes;
    if (known !== undefined) this.#parts.dirty.add(known.root, known.path, flag);
  }

  /** Below one place everything is looked at again; of a whole root, or what went with a mount, only a mirror can tell. */
  #takeOverflow({ root, path, isMount }: Extract<WorkloadChange, { kind: 'overflow' }>, isHolding: boolean): void {
    const { known, overflowed, dirty } = this.#parts;
    if (path === '' || (isMount && (isHolding || known.entriesOf(root, path).length > 0))) overflowed(root, path);
    else dirty.add(root, path, everything);
  }

  /** Where the stream cannot rename, the old name vanished and a new one appeared. */
  #takeRename(root: number, from: RawPath, to: RawPath, isHolding: boolean): void {
    const { dirty, writer, otherNames, looks } = this.#parts;
    if (isHolding || !this.#canRename(root, from, to)) {
      dirty.add(root, from, dirt.vanished);
      dirty.add(root, to, everything);
    } else {
      writer.append({ kind: 'rename', root, path: from, to });
      otherNames.renamed(root, from, to);
      for (const path of looks.renamed(root, from, to)) dirty.add(root, path, dirt.doubtful);
      dirty.add(root, to, dirt.attributes);
      // Something new may stand at the old name, its appearance merged into an earlier notification.
      dirty.add(root, from, dirt.content);
    }
    dirty.add(root, parentOf(from), dirt.attributes);
    dirty.add(root, parentOf(to), dirt.attributes);
  }

  /** Whether the stream has what was renamed, and the directory it went to, as the workload had them before. */
  #canRename(root: number, from: RawPath, to: RawPath): boolean {
    const { dirty, known, selection } = this.#parts;
    if ((dirty.flagsOf(root, from) & (dirt.appeared | dirt.vanished)) !== 0) return false;
    if (!known.has(root, from) || !known.has(root, parentOf(to))) return false;
    if (!selection.includes(root, from, true) || !selection.includes(root, to, true)) return false;
    return !this.hasUnsentParent(root, from) && !this.hasUnsentParent(root, to);
  }

  #takeOperation(operation: ChangeOperation, isHolding: boolean): void {
    if (operation.kind === 'rename') {
      this.#takeRename(operation.root, operation.path, operation.to, isHolding);
      return;
    }
    this.#parts.dirty.add(operation.root, operation.path, dirtOf(operation));
    // What is changed through the new name before that goes again is reported under a name that nobody has seen.
    if (operation.kind === 'link') this.#parts.dirty.add(operation.root, operation.existing, dirt.attributes);
  }
}
