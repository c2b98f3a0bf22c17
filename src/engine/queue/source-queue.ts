// The queue of a source: records of one stream, from the moment they are captured until the target has them durably.
//
// Where records lie, oldest first (guide, ch. 10):
//   resident    in memory; only these are given out by `read`
//   logs        on disk; the oldest is read back into memory as room appears, and deleted
//   unwritten   in memory, on their way to disk
// New records become resident while there is room and nothing lies behind; otherwise they go to disk until all logs are
// gone. One task at a time does what has to be done on disk, reading back before writing; what has not been written when
// the last log is gone becomes resident without ever touching the disk, so a fast reader gets out of the logs again.
//
// Memory is shared by all queues of the server (memory/queue-memory.ts). A queue takes no more than there is, and leaves half
// of its floor to what is resident and half to what is unwritten, so that it can always write a log and read one back;
// without a disk all of it is resident. A disk so slow that the memory for unwritten records fills up is, to a queue that
// cannot stop its workload, the same as one that is full. A caller that can wait (a mirror, a filter that holds up the
// writer) calls `waitForRelief` before it appends.
//
// The logs are no promise: a source that crashes begins a new stream, so nothing is synced, and
// what an earlier run left is removed. When a limit is reached or a log cannot be written or read back, everything is
// dropped and `ended` says so; the owner disconnects, and a new stream begins with a mirror.
import { asFailure, assert, Failure } from '../../base/failure.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import { advance } from '../../wire/stream-checksum.ts';
import { DiskUse, isNoSpace } from './disk-use.ts';
import { decodeLogHeader, encodeEntries, encodeLogHeader, scanEntries, unreadableLog } from './log-format.ts';
import type { MemoryShare, QueueMemory } from './memory/queue-memory.ts';
import { RecordWindow, recordOverheadBytes } from './memory/record-window.ts';
import { assertLimits, type QueueEvents, type QueueLimits } from './queue-limits.ts';

export interface SourceQueueOptions {
  readonly storage: Storage;
  /** Of this queue alone; whatever lies in it is removed at opening. Names the target and the connection (guide, ch. 10). */
  readonly folder: string;
  readonly streamId: string;
  readonly limits: QueueLimits;
  /** Of all queues of the server. */
  readonly memory: QueueMemory;
  readonly events: QueueEvents;
}

export interface SourceQueueState {
  /** Sequence of the last record appended; 0 when there was none. */
  readonly head: number;
  /** Everything up to this sequence was acknowledged and is gone. */
  readonly acknowledged: number;
  readonly operations: number;
  /** Of the records still queued. */
  readonly bytes: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** False once the queue is over: exhausted, failed or closed. */
  readonly open: boolean;
}

/** One transaction log. */
interface SpooledLog {
  readonly name: string;
  readonly checksumBefore: bigint;
  /** Open while it is the newest and has room. */
  handle: AppendLog | undefined;
  lastSequence: number;
  size: number;
  /** What its records will take in memory, more than its size. A log ends by this, since it must fit back into memory. */
  memoryBytes: number;
}

export class SourceQueue {
  readonly streamId: string;
  readonly #options: SourceQueueOptions;
  readonly #disk: DiskUse;
  readonly #share: MemoryShare;
  #resident = new RecordWindow(1, 0n);
  #unwritten = new RecordWindow(1, 0n);
  #logs: SpooledLog[] = [];
  readonly #more = new Signal();
  readonly #relief = new Signal();
  #head = 0;
  #acknowledged = 0;
  /** The rolling checksum after the record `head`. */
  #checksum = 0n;
  #bytes = 0;
  #open = true;
  /** Whether the task runs that moves records between memory and disk, and its end. */
  #isMoving = false;
  /** Whether something came or went since the task last looked for what to move; it must not end without having looked. */
  #lookAgain = false;
  #moved: Promise<void> = Promise.resolve();

  /** Removes what an earlier run left in the folder. */
  static async open(options: SourceQueueOptions): Promise<SourceQueue> {
    assertLimits(options.limits);
    for (const name of await options.storage.list(options.folder)) await options.storage.remove(name);
    return new SourceQueue(options);
  }

  private constructor(options: SourceQueueOptions) {
    const { storage, limits, events } = options;
    this.streamId = options.streamId;
    this.#options = options;
    this.#disk = new DiskUse(storage, limits, diskLimitBytes(limits.disk), events);
    this.#share = options.memory.join();
  }

  get state(): SourceQueueState {
    return {
      head: this.#head,
      acknowledged: this.#acknowledged,
      operations: this.#head - this.#acknowledged,
      bytes: this.#bytes,
      memoryBytes: this.#memoryBytes,
      diskBytes: this.#disk.usedBytes,
      open: this.#open,
    };
  }

  /** Takes a record; gives its sequence, or undefined when the queue is over (`ended` has said why). */
  append(record: Buffer): number | undefined {
    if (!this.#open) return undefined;
    const inMemory =
      this.#logs.length === 0 && this.#unwritten.isEmpty && this.#hasRoom(record.length + recordOverheadBytes);
    const refusal = inMemory ? undefined : this.#refusal(record);
    if (refusal !== undefined) {
      this.#end(exhausted(this.#options.folder, refusal));
      return undefined;
    }
    const checksumBefore = this.#checksum;
    this.#head += 1;
    this.#checksum = advance(checksumBefore, record);
    this.#bytes += record.length;
    if (inMemory) {
      this.#resident.push(record, this.#checksum);
      this.#more.notify();
    } else {
      if (this.#unwritten.isEmpty) this.#unwritten = new RecordWindow(this.#head, checksumBefore);
      this.#unwritten.push(record, this.#checksum);
      this.#move();
    }
    this.#account();
    return this.#head;
  }

  /**
   * Consecutive records that follow `afterSequence`, at least one, together at most `bytesMax` when more than one.
   * undefined when there is none to be had now: nothing new, or what follows waits on disk for room in memory.
   */
  read(afterSequence: number, bytesMax: number): RecordBatch | undefined {
    const slice = this.#resident.slice(afterSequence + 1, bytesMax);
    return slice && { firstSequence: afterSequence + 1, ...slice };
  }

  /** Resolves with true once `read` would give something, with false when the queue is over. */
  async waitForMore(afterSequence: number): Promise<boolean> {
    while (this.#open && !this.#resident.holds(afterSequence + 1)) await this.#more.next();
    return this.#open;
  }

  /** Whether the disk is so far behind that whoever can should wait for relief. */
  get isBehind(): boolean {
    return this.#unwritten.memoryBytes > (this.#unwritten.memoryBytes + this.#roomToWrite) / 2;
  }

  /** Whether it holds less than a quarter of the memory that it could have, so that who makes records by choice may make more. */
  get isLight(): boolean {
    const held = this.#share.heldBytes;
    return held === 0 || held < (held + this.#share.room('waiting')) / 4;
  }

  /** Resolves at once, unless the disk is behind: then when half of what may wait to be written is free again, or the queue is over. */
  async waitForRelief(): Promise<void> {
    while (this.isBehind) await this.#relief.next();
  }

  /** Lets go of everything up to this sequence, which `read` must have given out before. An older one changes nothing. */
  acknowledge(sequence: number): void {
    if (!this.#open || sequence <= this.#acknowledged) return;
    assert(this.#resident.holds(sequence), 'only what was given out can be acknowledged');
    const before = this.#resident.bytes;
    this.#resident.dropThrough(sequence);
    this.#bytes -= before - this.#resident.bytes;
    this.#acknowledged = sequence;
    this.#account();
    if (this.#logs.length > 0 || !this.#unwritten.isEmpty) this.#move();
  }

  /**
   * The rolling checksum after a record, from `acknowledged` on. undefined for one that is gone, is not there yet, or
   * `read` has never given out: a target that claims to have it does not share this history.
   */
  checksumAt(sequence: number): bigint | undefined {
    return this.#resident.checksumAt(sequence);
  }

  /** Ends the queue and removes its logs. `ended` is not called. */
  async close(): Promise<void> {
    this.#drop();
    await this.#moved;
    this.#share.leave();
    await this.#removeLogs();
  }

  /** Says how much memory the queue holds; after every change of that. */
  #account(): void {
    this.#share.hold(this.#memoryBytes);
  }

  get #memoryBytes(): number {
    return this.#resident.memoryBytes + this.#unwritten.memoryBytes;
  }

  /** Whether so many bytes more may become resident, of which `unwritten` are in memory already. */
  #hasRoom(memoryBytes: number, unwritten = 0): boolean {
    if (this.#options.limits.disk === 'none') return memoryBytes <= this.#share.room('moving');
    const kept = Math.max(0, this.#share.floorBytes / 2 - this.#unwritten.memoryBytes + unwritten);
    return memoryBytes <= this.#share.room('waiting', unwritten) - kept;
  }

  /** Memory that unwritten records may take beside what they have. */
  get #roomToWrite(): number {
    const { limits } = this.#options;
    const kept = Math.max(0, this.#share.floorBytes / 2 - this.#resident.memoryBytes);
    const most = limits.memoryBytesMax / 4 - this.#unwritten.memoryBytes;
    return Math.max(0, Math.min(this.#share.room('moving') - kept, most));
  }

  /** Why a record can go neither to memory nor to disk. */
  #refusal(record: Buffer): string | undefined {
    if (this.#options.limits.disk === 'none') return 'the memory for it is used up, and no disk queue is allowed';
    const taken = record.length + recordOverheadBytes;
    if (!this.#unwritten.isEmpty && taken > this.#roomToWrite) return 'the disk takes changes slower than they arrive';
    if (!this.#disk.fits(this.#unwritten.memoryBytes + taken)) return 'the disk space allowed for it is used up';
    return undefined;
  }

  /** Sees to it that the task runs that moves records between memory and disk. */
  #move(): void {
    this.#lookAgain = true;
    if (this.#isMoving) return;
    this.#isMoving = true;
    this.#moved = this.#moveAll();
  }

  async #moveAll(): Promise<void> {
    try {
      let moved = true;
      while (this.#open && (moved || this.#lookAgain)) {
        this.#lookAgain = false;
        moved = await this.#moveSome();
      }
    } catch (thrown) {
      const failure = asFailure(thrown, 'spool changes to disk', this.#options.folder);
      this.#end(isNoSpace(failure) ? exhausted(this.#options.folder, failure.reason) : failure);
    } finally {
      this.#isMoving = false;
    }
  }

  async #moveSome(): Promise<boolean> {
    const oldest = this.#logs[0];
    if (oldest === undefined) return this.#recall() || (await this.#spool());
    if (this.#resident.isEmpty || this.#hasRoom(oldest.memoryBytes)) {
      await this.#readBack(oldest);
      return true;
    }
    return await this.#spool();
  }

  /** Makes unwritten records resident again, as far as there is room. */
  #recall(): boolean {
    let moved = false;
    while (
      !this.#unwritten.isEmpty &&
      this.#hasRoom(this.#unwritten.firstMemoryBytes, this.#unwritten.firstMemoryBytes)
    ) {
      this.#unwritten.moveFirst(this.#resident);
      moved = true;
    }
    if (moved) this.#more.notify();
    this.#relief.notify();
    return moved;
  }

  /** Writes unwritten records to the newest log, as many as fit into it. */
  async #spool(): Promise<boolean> {
    if (this.#unwritten.isEmpty) return false;
    const log = await this.#logWithRoom();
    if (log === undefined || !this.#open) return false;
    const first = this.#unwritten.first;
    const room = this.#logBytesMax - log.memoryBytes;
    const slice = this.#unwritten.slice(first, room, undefined, recordOverheadBytes);
    if (slice === undefined) return false;
    const count = slice.records.length;
    const entries = encodeEntries(slice.records, this.#unwritten.checksums(first, count));
    await log.handle?.append([entries]);
    if (!this.#open) return false;
    const before = this.#unwritten.memoryBytes;
    this.#unwritten.dropThrough(first + count - 1);
    this.#account();
    log.memoryBytes += before - this.#unwritten.memoryBytes;
    this.#relief.notify();
    log.lastSequence += count;
    log.size += entries.length;
    this.#disk.add(entries.length);
    return true;
  }

  /** A log must fit back into memory, so it is no larger than a quarter of a floor. */
  get #logBytesMax(): number {
    return Math.min(this.#options.limits.logBytesMax, this.#share.floorBytes / 4);
  }

  /** The newest log, when the next record fits into it, or a new one; undefined when the volume has no space for one. */
  async #logWithRoom(): Promise<SpooledLog | undefined> {
    const { folder } = this.#options;
    const newest = this.#logs.at(-1);
    const needed = this.#unwritten.firstMemoryBytes;
    if (newest?.handle !== undefined) {
      if (newest.memoryBytes + needed <= this.#logBytesMax) return newest;
      await newest.handle.close();
      newest.handle = undefined;
    }
    if (!(await this.#disk.hasSpaceFor(Math.max(this.#logBytesMax, needed)))) {
      this.#end(exhausted(folder, 'the volume has no space left beside what must stay free'));
      return undefined;
    }
    return await this.#beginLog();
  }

  async #beginLog(): Promise<SpooledLog> {
    const { storage, folder } = this.#options;
    const firstSequence = this.#unwritten.first;
    const checksumBefore = this.#unwritten.checksumAt(firstSequence - 1) ?? 0n;
    const header = encodeLogHeader({
      streamId: this.streamId,
      firstIndex: firstSequence,
      firstSequence,
      checksumBefore,
    });
    // The number sorts as text; the stream's identifier keeps two queues apart that follow each other in one folder.
    const name = `${folder}/${this.streamId}.${String(firstSequence).padStart(15, '0')}.log`;
    const handle = await storage.openLog(name, { truncateTo: 0 });
    const log = { name, checksumBefore, handle, lastSequence: firstSequence - 1, size: header.length, memoryBytes: 0 };
    this.#logs.push(log);
    await handle.append([header]);
    this.#disk.add(header.length);
    return log;
  }

  /** Makes the records of the oldest log resident and deletes it. */
  async #readBack(log: SpooledLog): Promise<void> {
    const { storage } = this.#options;
    await log.handle?.close();
    log.handle = undefined;
    const bytes = await storage.readRange(log.name, 0, log.size);
    if (!this.#open) return;
    const entries = scanEntries(bytes, decodeLogHeader(bytes, log.name)?.end ?? bytes.length, log.checksumBefore);
    const count = log.lastSequence - this.#resident.last;
    if (entries.records.length !== count) {
      throw unreadableLog(log.name, `${entries.records.length} of its ${count} operations are as they were written`);
    }
    for (const [index, record] of entries.records.entries())
      this.#resident.push(record, entries.checksums[index] ?? 0n);
    this.#account();
    this.#more.notify();
    await storage.remove(log.name);
    if (!this.#open) return;
    this.#logs.shift();
    this.#disk.add(-log.size);
  }

  #end(failure: Failure): void {
    if (!this.#open) return;
    this.#drop();
    this.#options.events.ended(failure);
  }

  /** Lets go of all records and wakes who waits. Logs stay until `close`, or until the folder's next queue is opened. */
  #drop(): void {
    this.#open = false;
    this.#resident = new RecordWindow(this.#head + 1, this.#checksum);
    this.#unwritten = new RecordWindow(this.#head + 1, this.#checksum);
    this.#bytes = 0;
    this.#account();
    this.#more.notify();
    this.#relief.notify();
  }

  async #removeLogs(): Promise<void> {
    for (const log of this.#logs) {
      // A log that died in a write may refuse to close as well; it is removed in either case.
      await log.handle?.close().catch(() => undefined);
      await this.#options.storage.remove(log.name);
    }
    this.#logs = [];
    this.#disk.add(-this.#disk.usedBytes);
  }
}

function diskLimitBytes(disk: QueueLimits['disk']): number {
  if (disk === 'none') return 0;
  return disk === 'unlimited' ? Number.POSITIVE_INFINITY : disk;
}

function exhausted(folder: string, reason: string): Failure {
  return new Failure({
    code: 'QUEUE-EXHAUSTED',
    operation: 'queue a change for the target',
    subject: folder,
    reason,
    hint: 'give the queue more room (memory, disk, minimum free space), or find out why the target takes no changes',
  });
}
