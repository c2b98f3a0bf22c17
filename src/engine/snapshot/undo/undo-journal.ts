// Writes the undo journal: for each operation the state it is about to change, the first time since the newest snapshot.
// What is recorded for which operation has to cover what engine/apply/replica/replica.ts does for it; too much is harmless.
import { assert } from '../../../base/failure.ts';
import { baseName, joinRaw, parentOf, type RawPath } from '../../../base/raw-path.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import type { ChangeOperation, FileOperation, HoleOperation, WriteOperation } from '../../../model/stream/operation.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { Storage } from '../../../ports/storage.ts';
import type { FileSystems, Identity } from '../../apply/replica/identity.ts';
import { readAttributes } from '../../apply/replica/object-attributes.ts';
import { withOwnerAccess } from '../../apply/replica/owner-access.ts';
import type { UndoGuard } from '../../apply/undo-guard.ts';
import type { Graveyard } from './graveyard.ts';
import { gatherOldContent, type NewContent } from './old-content.ts';
import { blockBytes, RecordedObjects } from './recorded-objects.ts';
import type { UndoRecord } from './undo-records.ts';
import { readSegment, SegmentWriter } from './undo-segment.ts';

/** Names, objects and born objects remembered in one interval: about 100 bytes each. */
const touchedThingsMax = 500_000;
/** Gathered bytes after which they are written, though not synced yet. */
const gatheredBytesMax = 4 * 2 ** 20;

export interface UndoJournalOptions {
  readonly trees: readonly FileTree[];
  readonly graveyard: Graveyard;
  readonly fileSystems: FileSystems;
  readonly storage: Storage;
  readonly folder: string;
}

export class UndoJournal implements UndoGuard {
  readonly #options: UndoJournalOptions;
  /** Of the current interval, oldest first; the last one is written to. None: no snapshot is held. */
  #segments: readonly number[] = [];
  #writer: SegmentWriter | undefined;
  #touch = new RecordedObjects(touchedThingsMax);
  /** Gathered and not yet appended. */
  #pending: UndoRecord[] = [];
  #pendingBytes = 0;
  /** Whether something other than born records was appended or gathered since the last sync. */
  #unsynced = false;
  /** Set when the journal could not be written: bytes of the last segment that are durable, to be read back. */
  #brokenAt: number | undefined;
  /** The original modes of paths whose mode is changed while an operation is prepared. */
  #modesBefore: ReadonlyMap<RawPath, number> = new Map();

  constructor(options: UndoJournalOptions) {
    this.#options = options;
  }

  get active(): boolean {
    return this.#segments.length > 0;
  }

  /**
   * Goes on with an interval: the segments of the newest snapshot, or none. Reads back what they hold, of the last one
   * no more than `lastBytesMax` bytes.
   */
  async continueWith(segments: readonly number[], lastBytesMax = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#close();
    this.#segments = segments;
    this.#touch = new RecordedObjects(touchedThingsMax);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#unsynced = false;
    const { storage, folder } = this.#options;
    for (const segment of segments) {
      const isLast = segment === segments.at(-1);
      const extent = isLast ? lastBytesMax : 'finished';
      const wholeBytes = await readSegment(storage, folder, segment, (record) => this.#touch.note(record), extent);
      // A segment that was never needed has no file.
      if (isLast && wholeBytes > 0) this.#writer = await SegmentWriter.open(storage, folder, segment, wholeBytes);
    }
    this.#touch.bound();
    this.#brokenAt = undefined;
  }

  async prepare(operation: ChangeOperation): Promise<void> {
    await this.#mend();
    const tree = this.#tree(operation.root);
    await withOwnerAccess(
      tree,
      namesToRead(operation),
      'contents',
      (path) => path,
      (modesBefore) => {
        this.#modesBefore = modesBefore;
        return this.#gather(tree, operation);
      },
    );
  }

  async commit(): Promise<void> {
    if (!this.#unsynced) return;
    await this.#append();
    await this.#write((writer) => writer.sync());
    this.#unsynced = false;
    this.#touch.bound();
  }

  async discard(root: number, path: RawPath, status: ObjectStatus): Promise<void> {
    await this.#options.graveyard.discard(this.#tree(root), { root, path, status }, String(this.#segment()), (object) =>
      this.#touch.isBorn(object),
    );
  }

  async created(root: number, path: RawPath): Promise<void> {
    const status = await this.#tree(root).status(path);
    if (status === undefined) return;
    await this.#receive({ type: 'born', object: this.#options.fileSystems.identityOf(status) });
  }

  async syncKept(): Promise<void> {
    await this.#options.graveyard.sync();
  }

  /** Makes the interval complete, born records too, before the next one begins. */
  async finishInterval(): Promise<void> {
    await this.#mend();
    this.#unsynced ||= this.#pending.length > 0 || this.#writer !== undefined;
    await this.commit();
    // The frame that says how much is durable has to be durable too: a finished segment has no torn tail.
    if (this.#writer !== undefined) await this.#write((writer) => writer.sync());
  }

  async close(): Promise<void> {
    await this.#close();
    this.#segments = [];
  }

  async #gather(tree: FileTree, operation: ChangeOperation): Promise<void> {
    const { path } = operation;
    const status = await tree.status(path);
    switch (operation.kind) {
      case 'write':
        return this.#gatherContent(tree, path, status, operation.offset, rangeEnd(operation), operation.data);
      case 'hole':
        return this.#gatherContent(tree, path, status, operation.offset, rangeEnd(operation), 'zeros');
      case 'truncate':
        return this.#gatherContent(tree, path, status, operation.size, Number.POSITIVE_INFINITY, 'nothing');
      case 'file':
        if (status?.kind !== 'file') return this.#gatherEntry(tree, path, status);
        return this.#gatherFile(tree, path, status, operation);
      case 'directory':
        if (status?.kind !== 'directory') return this.#gatherEntry(tree, path, status);
        return this.#gatherObject(tree, path, status);
      case 'symlink':
      case 'special':
        // Whether it stays or is replaced: both are covered.
        if (status) await this.#gatherObject(tree, path, status);
        return this.#gatherEntry(tree, path, status);
      case 'link':
        return this.#gatherEntry(tree, path, status);
      case 'rename':
        if (status === undefined) return;
        await this.#gatherEntry(tree, path, status);
        return this.#gatherEntry(tree, operation.to, await tree.status(operation.to));
      case 'remove':
        if (path === '') return this.#gatherAllEntries(tree);
        if (status) await this.#gatherEntry(tree, path, status);
        return;
      case 'attributes':
        if (status) await this.#gatherObject(tree, path, status);
    }
  }

  /** The name is about to lead to something else, or nowhere. */
  async #gatherEntry(tree: FileTree, path: RawPath, status: ObjectStatus | undefined): Promise<void> {
    const parent = await tree.status(parentOf(path));
    if (path === '' || parent?.kind !== 'directory') return;
    // Some file systems count a move as a change of the directory that is moved.
    if (status?.kind === 'directory') await this.#gatherObject(tree, path, status);
    const directory = this.#identity(parent);
    const name = baseName(path);
    if (this.#touch.isBorn(directory)) return;
    await this.#gatherObject(tree, parentOf(path), parent);
    if (this.#touch.hasEntry(directory, name)) return;
    await this.#receive({ type: 'entry', directory, name, object: status && this.#identity(status) });
  }

  async #gatherAllEntries(tree: FileTree): Promise<void> {
    for (const { name, status } of (await tree.list('' as RawPath)) ?? []) {
      await this.#gatherEntry(tree, joinRaw('', name), status);
    }
  }

  async #gatherObject(tree: FileTree, path: RawPath, status: ObjectStatus): Promise<void> {
    const object = this.#identity(status);
    if (this.#touch.isBorn(object) || this.#touch.object(object)) return;
    const mode = this.#modesBefore.get(path) ?? status.mode;
    const attributes = await readAttributes(tree, path, { ...status, mode });
    await this.#receive({ type: 'object', object, size: status.kind === 'file' ? status.size : 0, attributes });
  }

  async #gatherFile(tree: FileTree, path: RawPath, status: ObjectStatus, operation: FileOperation): Promise<void> {
    const { content, size, attributes } = operation;
    await this.#gatherContent(tree, path, status, 0, content.length, content);
    if (attributes) await this.#gatherContent(tree, path, status, content.length, size, 'zeros');
    await this.#gatherContent(tree, path, status, size, Number.POSITIVE_INFINITY, 'nothing');
  }

  async #gatherContent(
    tree: FileTree,
    path: RawPath,
    status: ObjectStatus | undefined,
    from: number,
    to: number,
    content: NewContent,
  ): Promise<void> {
    if (status?.kind !== 'file') return;
    const object = this.#identity(status);
    if (this.#touch.isBorn(object)) return;
    await this.#gatherObject(tree, path, status);
    const touched = this.#touch.object(object);
    assert(touched, 'an object that was just recorded is known');
    if (from >= touched.size) return;
    const file = await tree.open(path, 'read');
    try {
      await gatherOldContent(file, { object, touched, from, to, content }, (record) => this.#receive(record));
    } finally {
      await file.close();
    }
    if (content === 'nothing') touched.blocks.addAllFrom(Math.ceil(from / blockBytes));
  }

  async #receive(record: UndoRecord): Promise<void> {
    this.#touch.note(record);
    this.#pending.push(record);
    this.#pendingBytes += record.type === 'bytes' ? record.data.length + 64 : 128;
    if (record.type !== 'born') this.#unsynced = true;
    if (this.#pendingBytes < gatheredBytesMax) return;
    await this.#append();
  }

  async #append(): Promise<void> {
    const records = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (records.length > 0) await this.#write((writer) => writer.append(records));
  }

  async #write(action: (writer: SegmentWriter) => Promise<void>): Promise<void> {
    const { storage, folder } = this.#options;
    try {
      this.#writer ??= await SegmentWriter.open(storage, folder, this.#segment(), 0);
      await action(this.#writer);
    } catch (error) {
      this.#brokenAt = this.#writer?.durableBytes ?? 0;
      throw error;
    }
  }

  /** After a failure to write, goes on from what is durable. */
  async #mend(): Promise<void> {
    if (this.#brokenAt !== undefined) await this.continueWith(this.#segments, this.#brokenAt);
  }

  async #close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.close();
  }

  #segment(): number {
    const segment = this.#segments.at(-1);
    assert(segment !== undefined, 'the undo journal is written to only while a snapshot is held');
    return segment;
  }

  #identity(status: ObjectStatus): Identity {
    return this.#options.fileSystems.identityOf(status);
  }

  #tree(root: number): FileTree {
    const tree = this.#options.trees[root];
    assert(tree !== undefined, `the job has no root ${root}`);
    return tree;
  }
}

function rangeEnd(operation: WriteOperation | HoleOperation): number {
  return operation.offset + (operation.kind === 'write' ? operation.data.length : operation.length);
}

function namesToRead(operation: ChangeOperation): RawPath[] {
  return operation.kind === 'rename' ? [operation.path, operation.to] : [operation.path];
}
