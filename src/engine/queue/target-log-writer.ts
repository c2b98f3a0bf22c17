// The logs of a target's queue on disk (format and reasons: DESIGN.md): it begins them, appends batches and marks, cuts back
// what found no space, and deletes. It knows what each log holds as far as that is durable. Which batches are written, and
// when, the queue decides; it makes one call after the other, and a call that throws is the last.
import { assert } from '../../base/failure.ts';
import type { StreamPosition } from '../../model/stream/position.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';
import { type DiskUse, isNoSpace } from './disk-use.ts';
import { encodeLogHeader, type LogHeader, putEntries } from './log-format.ts';
import type { PendingBatch } from './pending-batches.ts';
import { markDue, noteMark, sequenceAt, type TargetLog, targetLogName } from './target-log.ts';

/** What is written at once is put together in memory that is kept, up to this size. */
const keptBytes = 2 * 1024 * 1024;

export class TargetLogWriter {
  readonly #storage: Storage;
  readonly #folder: string;
  readonly #disk: DiskUse;
  /** Oldest first. The last is the one that is written to; there is none before the first `begin`. */
  readonly #logs: TargetLog[];
  #handle: AppendLog | undefined;
  #released: number;
  #kept: Buffer | undefined;

  /** `logs`: what was recovered, oldest first; `reopenLast` is the next call. */
  constructor(place: { readonly storage: Storage; readonly folder: string }, disk: DiskUse, logs: TargetLog[]) {
    this.#storage = place.storage;
    this.#folder = place.folder;
    this.#disk = disk;
    this.#logs = logs;
    this.#released = (logs[0]?.header.firstIndex ?? 1) - 1;
    for (const log of logs) disk.add(log.size);
  }

  /** Opens the last log, if there is one, for what comes behind it. */
  async reopenLast(): Promise<void> {
    const { last } = this;
    if (last !== undefined) this.#handle = await this.#storage.openLog(last.name);
  }

  get last(): TargetLog | undefined {
    return this.#logs.at(-1);
  }

  /** Index of the last durable record; 0 when there was none. */
  get head(): number {
    return this.last?.lastIndex ?? 0;
  }

  /** The last durable place; undefined when the queue belongs to no stream. */
  position(): StreamPosition | undefined {
    const { last } = this;
    if (last === undefined || last.header.streamId === '') return undefined;
    const sequence = sequenceAt(last, last.lastIndex);
    return { streamId: last.header.streamId, sequence, checksum: last.checksumAfter };
  }

  /** The log that holds the record with this index, or will hold it. */
  logWith(index: number): TargetLog | undefined {
    return this.#logs.findLast((log) => log.header.firstIndex <= index);
  }

  /** Everything up to this index was released. */
  get released(): number {
    return this.#released;
  }

  /** Says that everything up to this index is needed no more. Nothing is deleted before `deleteReleased`. */
  release(index: number): void {
    this.#released = index;
  }

  /** Bytes of the records that were not released; estimated within the log that is being released. */
  get neededBytes(): number {
    return this.#logs.reduce((sum, log) => {
      const count = log.lastIndex - log.header.firstIndex + 1;
      const needed = Math.min(count, log.lastIndex - this.#released);
      return needed > 0 ? sum + Math.round(((log.size - log.headerBytes) * needed) / count) : sum;
    }, 0);
  }

  /** Begins a log behind all others. It is durable before anything older may be deleted, since it keeps the position. */
  async begin(header: LogHeader): Promise<void> {
    const ordinal = (this.last?.ordinal ?? 0) + 1;
    const name = targetLogName(this.#folder, ordinal);
    const bytes = encodeLogHeader(header);
    // The mark at its end becomes durable too: only the last log may have a torn tail.
    await this.#handle?.sync();
    await closeLog(this.#handle);
    this.#handle = await this.#storage.openLog(name, { truncateTo: 0 });
    await this.#handle.append([bytes]);
    await this.#handle.sync();
    this.#disk.add(bytes.length);
    this.#logs.push({
      name,
      ordinal,
      header,
      headerBytes: bytes.length,
      lastIndex: header.firstIndex - 1,
      checksumAfter: header.checksumBefore,
      size: bytes.length,
      isMarked: false,
    });
  }

  /**
   * Makes batches durable in the last log, with the mark that is due before them; `note` accounts for that. False: no space, and
   * nothing is written.
   */
  append(log: TargetLog, batches: readonly PendingBatch[]): Promise<boolean> {
    return this.#write([markDue(log), this.#entriesOf(batches)], true);
  }

  #entriesOf(batches: readonly PendingBatch[]): Buffer {
    const total = batches.reduce((sum, { entryBytes }) => sum + entryBytes, 0);
    const bytes = total > keptBytes ? Buffer.allocUnsafeSlow(total) : this.#keptMemory();
    let end = 0;
    for (const { records, checksums } of batches) end = putEntries(bytes, end, records, checksums);
    return bytes.subarray(0, end);
  }

  #keptMemory(): Buffer {
    this.#kept ??= Buffer.allocUnsafeSlow(keptBytes);
    return this.#kept;
  }

  /** Accounts for what `append` has made durable. */
  note(log: TargetLog, batches: readonly PendingBatch[]): void {
    this.#noteMark(log, markDue(log));
    for (const batch of batches) this.#noteBatch(log, batch);
  }

  /**
   * Says at the end of the last log that all before is durable, unless that is said already or there is no room for it. The
   * mark itself is durable only after the next sync.
   */
  async mark(): Promise<void> {
    const log = this.last;
    const mark = log && markDue(log);
    if (log === undefined || mark === undefined || mark.length === 0 || !this.#disk.fits(mark.length)) return;
    if (await this.#write([mark], false)) this.#noteMark(log, mark);
  }

  /** Whether a log can be deleted: all of it was released, and it is not the last. */
  get hasReleasedLog(): boolean {
    const [oldest] = this.#logs;
    return this.#logs.length > 1 && oldest !== undefined && oldest.lastIndex <= this.#released;
  }

  /** Removes the file of the oldest log; `dropOldest` accounts for that. */
  removeOldest(): Promise<void> {
    const [oldest] = this.#logs;
    assert(oldest !== undefined, 'there is a log to remove');
    return this.#storage.remove(oldest.name);
  }

  dropOldest(): void {
    const oldest = this.#logs.shift();
    this.#disk.add(-(oldest?.size ?? 0));
  }

  /** Makes the last mark durable too; whether that succeeds changes nothing for what is durable already. */
  syncMark(): Promise<void> | undefined {
    return this.#handle?.sync().catch(() => undefined);
  }

  close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    return closeLog(handle);
  }

  /** Says whether there was space; when there was not, nothing is written. */
  async #write(chunks: readonly Buffer[], durably: boolean): Promise<boolean> {
    const handle = this.#handle;
    const { last } = this;
    assert(handle !== undefined && last !== undefined, 'the last log is open while it is written to');
    try {
      await handle.append(chunks);
      if (durably) await handle.sync();
      return true;
    } catch (thrown) {
      if (!isNoSpace(thrown)) throw thrown;
      await this.#cutBack(last);
      return false;
    }
  }

  #noteMark(log: TargetLog, mark: Buffer): void {
    noteMark(log, mark);
    this.#disk.add(mark.length);
  }

  /** Accounts for a batch that has become durable. */
  #noteBatch(log: TargetLog, batch: PendingBatch): void {
    log.lastIndex += batch.records.length;
    log.checksumAfter = batch.checksums.at(-1) ?? log.checksumAfter;
    log.size += batch.entryBytes;
    log.isMarked = false;
    this.#disk.add(batch.entryBytes);
  }

  /** Cuts the last log back to what is durable, after a write found no space. */
  async #cutBack(log: TargetLog): Promise<void> {
    await closeLog(this.#handle);
    this.#handle = await this.#storage.openLog(log.name, { truncateTo: log.size });
  }
}

/** A log that died in a write may refuse to close as well; nothing depends on it, since what counts was synced. */
async function closeLog(log: AppendLog | undefined): Promise<void> {
  await log?.close().catch(() => undefined);
}
