// The queue of a target: records from the moment they are received until they are applied for good. Always durable, in
// transaction logs (target-log-writer.ts; format: DESIGN.md); memory is a cache. What was acknowledged survives any crash.
//
//   append   collects batches; all that arrive while a sync runs share the next one (group commit). A log ends between two
//            batches, and one sync makes every batch since the last durable. A mark behind them says so to the recovery of
//            the log; nobody waits for it.
//   read     gives durable records only. The newest ones are kept in memory (`recent`); what is older is read ahead from
//            the logs (`ahead`). One reader at a time.
//   release  deletes logs that hold nothing that is still needed, but never the last: it knows the position.
//
// Everything on disk is done by one task after another (`#inOrder`). Memory is shared by all queues of the server
// (memory/queue-memory.ts): batches that are not yet durable take what they need, and `recent` makes room for them; half of
// the queue's floor is left to `ahead`. When a limit is reached nothing is lost: `append` says `full`, and the owner keeps
// the batch and stops taking more. A failed write or sync ends the queue (`ended`); opened again, it holds what
// is durable. Only for a volume without space the log is cut back to what is durable, and the answer is `full` as well.
import { asFailure, assert, type Failure } from '../../base/failure.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { StreamPosition } from '../../model/stream/position.ts';
import type { Storage } from '../../ports/storage.ts';
import type { RecordBatch } from '../../wire/operations-frame.ts';
import { DiskUse } from './disk-use.ts';
import { markBytes, unreadableLog } from './log-format.ts';
import type { MemoryShare, QueueMemory } from './memory/queue-memory.ts';
import { RecordWindow } from './memory/record-window.ts';
import { type AppendAnswer, followingBatch, type PendingBatch, PendingBatches } from './pending-batches.ts';
import { assertLimits, type QueueEvents, type QueueLimits } from './queue-limits.ts';
import { ReadAhead } from './read-ahead.ts';
import { markDue, sequenceAt, type TargetLog } from './target-log.ts';
import { TargetLogWriter } from './target-log-writer.ts';
import { recoverLogs } from './target-recovery.ts';

export interface TargetQueueOptions {
  readonly storage: Storage;
  /** Of this queue alone. Names the source and the connection (guide, ch. 10). */
  readonly folder: string;
  /** `none` for the disk means: no more on disk than memory would hold, since a target's queue is always durable. */
  readonly limits: QueueLimits;
  /** Of all queues of the server. */
  readonly memory: QueueMemory;
  readonly events: QueueEvents;
}

/** Consecutive records of one stream, as they lie in the queue. */
export interface QueuedBatch extends RecordBatch {
  readonly streamId: string;
  /**
   * Place of the first record in the queue, counted over all its streams from 1 and never used twice, also after a restart.
   * The record with `firstIndex + n` has the sequence `firstSequence + n`.
   */
  readonly firstIndex: number;
}

export interface TargetQueueState {
  /** Index of the last durable record; 0 when there was none. */
  readonly head: number;
  /** Everything up to this index was released. */
  readonly released: number;
  readonly operations: number;
  /** On disk, of the records not yet released; estimated within the log that is being released. */
  readonly bytes: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly open: boolean;
}

/** More than a header takes; keeps room for new logs within the disk limit. */
const logHeaderBytesMax = 300;
const readAheadBytesMax = 1024 * 1024;

export class TargetQueue {
  readonly #options: TargetQueueOptions;
  readonly #disk: DiskUse;
  readonly #logs: TargetLogWriter;
  readonly #recent: RecordWindow;
  readonly #ahead: ReadAhead;
  readonly #share: MemoryShare;
  readonly #pending = new PendingBatches();
  /** The place after everything that was taken, durable or not. */
  #taken: StreamPosition | undefined;
  #full = false;
  /** Whether something became free since the last `full`. */
  #roomSinceFull = false;
  #failure: Failure | undefined;
  #closed = false;
  readonly #more = new Signal();
  readonly #room = new Signal();
  /** The end of the chain of tasks on disk. */
  #lastTask: Promise<void> = Promise.resolve();
  #commitPlanned = false;
  #deletionPlanned = false;

  /**
   * Recovers what is durable. Throws `QUEUE-UNREADABLE` when durable bytes are damaged, `FORMAT-NEWER` when a newer
   * program wrote them. `released` starts just before the oldest record found; release what was applied after opening.
   */
  static async open(options: TargetQueueOptions): Promise<TargetQueue> {
    const { storage, folder, limits, events } = options;
    assertLimits(limits);
    const logs = await recoverLogs(storage, folder);
    const disk = new DiskUse(storage, limits, diskLimitBytes(limits), events);
    const writer = new TargetLogWriter(options, disk, logs);
    await writer.reopenLast();
    return new TargetQueue(options, disk, writer);
  }

  private constructor(options: TargetQueueOptions, disk: DiskUse, logs: TargetLogWriter) {
    const { storage, memory } = options;
    this.#options = options;
    this.#disk = disk;
    this.#logs = logs;
    this.#recent = new RecordWindow(logs.head + 1, logs.last?.checksumAfter ?? 0n, true);
    this.#share = memory.join();
    // Small records take several times their bytes in memory, so that a chunk is well below half of the floor.
    this.#ahead = new ReadAhead(storage, Math.min(readAheadBytesMax, Math.floor(this.#share.floorBytes / 16)));
    this.#taken = this.position();
  }

  get state(): TargetQueueState {
    return {
      head: this.#logs.head,
      released: this.#logs.released,
      operations: this.#logs.head - this.#logs.released,
      bytes: this.#logs.neededBytes,
      memoryBytes: this.#memoryBytes,
      diskBytes: this.#disk.usedBytes,
      open: this.#isOpen,
    };
  }

  /** The last durable place; undefined when the queue belongs to no stream (new, or discarded). */
  position(): StreamPosition | undefined {
    return this.#logs.position();
  }

  /** Begins a new stream behind what is queued. Resolves when that is durable. */
  begin(streamId: string): Promise<void> {
    assert(streamId !== '', 'a stream has an identifier');
    return this.#switchTo(streamId);
  }

  /**
   * `durable`: every record survives a crash. `full`: nothing of this batch was taken, nor of any that was handed in
   * after it; append them again, in order, when `waitForRoom` resolves or after a while. Rejects with `STREAM-BROKEN`
   * when the batch does not follow on what came before (wrong sequence or checksum): nothing was taken, the link must go.
   * A batch larger than the whole disk limit never finds room.
   */
  async append(batch: RecordBatch): Promise<AppendAnswer> {
    this.#assertUsable();
    const taken = this.#taken;
    if (this.#full && taken !== undefined && batch.firstSequence > taken.sequence + 1) return 'full';
    const pending = followingBatch(batch, taken, this.#options.folder);
    if (!this.#hasRoomFor(pending)) return this.#refuse();
    this.#full = false;
    this.#taken = {
      streamId: taken?.streamId ?? '',
      sequence: batch.firstSequence + batch.records.length - 1,
      checksum: batch.checksumAfter,
    };
    this.#pending.add(pending);
    this.#account();
    this.#planCommit();
    return await pending.answer.promise;
  }

  /** Resolves when something became free since the last `full`, or the queue is over. */
  async waitForRoom(): Promise<void> {
    while (this.#isOpen && !this.#roomSinceFull) await this.#room.next();
  }

  /**
   * Durable records that follow `afterIndex`, at least one; together at most `bytesMax` when more than one. undefined when
   * there is none. Never goes beyond the end of a stream or of a log. Throws `QUEUE-UNREADABLE`, and ends the queue.
   */
  async read(afterIndex: number, bytesMax: number): Promise<QueuedBatch | undefined> {
    assert(afterIndex >= this.#logs.released, 'what was released cannot be read again');
    if (!this.#isOpen || afterIndex >= this.#logs.head) return undefined;
    const log = this.#logs.logWith(afterIndex + 1);
    assert(log !== undefined, 'every record that was not released lies in a log');
    this.#recent.dropThrough(afterIndex);
    const window = this.#recent.holds(afterIndex + 1) ? this.#recent : await this.#readBack(log, afterIndex + 1);
    this.#account();
    const slice = window.slice(afterIndex + 1, bytesMax, log.lastIndex);
    assert(slice !== undefined, 'what was read ahead holds what was asked for');
    const firstSequence = sequenceAt(log, afterIndex + 1);
    return { streamId: log.header.streamId, firstIndex: afterIndex + 1, firstSequence, ...slice };
  }

  /** Resolves with true once there is a durable record after this index, with false when the queue is over. */
  async waitForMore(afterIndex: number): Promise<boolean> {
    while (this.#isOpen && this.#logs.head <= afterIndex) await this.#more.next();
    return this.#isOpen;
  }

  /**
   * Says that everything up to this index is applied for good; logs that hold nothing else are deleted. Throws
   * `QUEUE-UNREADABLE`, and ends the queue, when it does not reach that far: then the end of its last log was lost.
   */
  release(index: number): void {
    if (index > this.#logs.head) {
      throw this.#fail(unreadableLog(this.#options.folder, `it ends at ${this.#logs.head}, and ${index} was applied`));
    }
    if (index <= this.#logs.released) return;
    this.#logs.release(index);
    this.#recent.dropThrough(index);
    this.#ahead.release(index);
    this.#account();
    if (this.#logs.hasReleasedLog && !this.#deletionPlanned && this.#isOpen) {
      this.#deletionPlanned = true;
      this.#inBackground(async () => {
        this.#deletionPlanned = false;
        await this.#deleteReleasedLogs();
      });
    }
  }

  /** Drops everything that was not released; the queue belongs to no stream until the next `begin`. Indexes go on. */
  discard(): Promise<void> {
    return this.#switchTo('');
  }

  /** Lets what was appended become durable and closes the log; the queue can be opened again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeAll();
    await this.#lastTask;
    if (this.#failure === undefined) await this.#logs.syncMark();
    this.#share.leave();
    await this.#logs.close();
  }

  get #isOpen(): boolean {
    return !this.#closed && this.#failure === undefined;
  }

  #assertUsable(): void {
    assert(!this.#closed, 'a closed queue takes nothing');
    if (this.#failure) throw this.#failure;
  }

  #hasRoomFor(batch: PendingBatch): boolean {
    if (this.#pending.memoryBytes > 0 && !this.#makeRoom(batch.memoryBytes)) return false;
    const headerBytes = (this.#pending.count + 2) * logHeaderBytesMax;
    const bytes = this.#pending.entryBytes + batch.entryBytes + headerBytes;
    return this.#disk.fits(bytes) || (this.#isDrained && this.#disk.fitsAlone(bytes));
  }

  /** Whether so many bytes fit beside the pending batches; what is kept of durable ones makes room for them. */
  #makeRoom(bytes: number): boolean {
    if (this.#pending.memoryBytes + bytes > this.#options.limits.memoryBytesMax / 2) return false;
    const needed = bytes + this.#keptForAhead;
    if (needed > this.#share.room('moving', this.#recent.memoryBytes)) return false;
    while (!this.#recent.isEmpty && needed > this.#share.room('moving')) {
      this.#recent.dropThrough(this.#recent.first);
      this.#account();
    }
    return true;
  }

  /** What reading ahead may still take of its half of the floor. */
  get #keptForAhead(): number {
    return Math.max(0, this.#share.floorBytes / 2 - this.#ahead.memoryBytes);
  }

  /** Says how much memory the queue holds; after every change of that. */
  #account(): void {
    this.#share.hold(this.#memoryBytes);
  }

  get #memoryBytes(): number {
    return this.#recent.memoryBytes + this.#ahead.memoryBytes + this.#pending.memoryBytes;
  }

  /** Whether nothing that the logs hold is still needed. */
  get #isDrained(): boolean {
    return this.#logs.released === this.#logs.head && this.#pending.entryBytes === 0;
  }

  #refuse(): 'full' {
    this.#full = true;
    this.#roomSinceFull = false;
    return 'full';
  }

  #giveRoom(): void {
    this.#roomSinceFull = true;
    this.#room.notify();
  }

  // Tasks on disk, one after the other.

  /** Runs a task after all before it. When it fails, the queue is over. */
  #inOrder(task: () => Promise<void>): Promise<void> {
    const run = this.#lastTask.then(async () => {
      if (this.#failure) throw this.#failure;
      try {
        await task();
      } catch (thrown) {
        throw this.#fail(asFailure(thrown, 'write a queue to disk', this.#options.folder));
      }
    });
    this.#lastTask = run.catch(() => undefined);
    return run;
  }

  /** As `#inOrder`, for a task nobody waits for; its failure has been told by `ended`. */
  #inBackground(task: () => Promise<void>): void {
    this.#inOrder(task).catch(() => undefined);
  }

  /** Begins a stream, or a time without one (empty identifier). Before it, batches of the old stream become durable. */
  #switchTo(streamId: string): Promise<void> {
    this.#assertUsable();
    this.#taken = undefined;
    return this.#inOrder(async () => {
      this.#refusePending();
      this.#taken = undefined;
      await this.#logs.begin({ streamId, firstIndex: this.#logs.head + 1, firstSequence: 1, checksumBefore: 0n });
      if (streamId === '') {
        this.#logs.release(this.#logs.head);
        this.#recent.dropThrough(this.#logs.head);
        this.#ahead.forget();
        this.#account();
      }
      this.#taken = this.position();
      await this.#deleteReleasedLogs();
    });
  }

  #planCommit(): void {
    if (this.#commitPlanned) return;
    this.#commitPlanned = true;
    this.#inBackground(async () => {
      this.#commitPlanned = false;
      while (this.#pending.count > 0) await this.#commit();
      await this.#logs.mark();
    });
  }

  /** Makes as many pending batches durable as the log has room for; when there is no space, none of them. */
  async #commit(): Promise<void> {
    const log = await this.#logWithRoom();
    if (log === undefined) {
      this.#refusePending();
      return;
    }
    const group = this.#pending.takeGroup(this.#options.limits.logBytesMax - log.size - markDue(log).length);
    let written = false;
    try {
      written = await this.#logs.append(log, group);
    } finally {
      if (!written) this.#pending.putBack(group);
    }
    if (!written) {
      this.#refusePending();
      return;
    }
    this.#logs.note(log, group);
    for (const batch of group) this.#keepRecent(batch);
    this.#evictRecent();
    this.#more.notify();
    this.#giveRoom();
    for (const batch of group) batch.answer.resolve('durable');
  }

  /** The last log, when the first pending batch fits into it, or a new one; undefined when the volume has no space for it. */
  async #logWithRoom(): Promise<TargetLog | undefined> {
    const { limits } = this.#options;
    const { last } = this.#logs;
    const needed = (this.#pending.first?.entryBytes ?? 0) + markBytes;
    assert(last !== undefined, 'batches are taken only after a stream has begun');
    const isEmpty = last.lastIndex < last.header.firstIndex;
    if (!isEmpty && last.size + needed <= limits.logBytesMax && this.#disk.fits(needed)) return last;
    if (!(await this.#disk.hasSpaceFor(Math.max(limits.logBytesMax, needed)))) return undefined;
    if (isEmpty) return last;
    const { streamId } = last.header;
    const firstIndex = last.lastIndex + 1;
    const firstSequence = sequenceAt(last, firstIndex);
    await this.#logs.begin({ streamId, firstIndex, firstSequence, checksumBefore: last.checksumAfter });
    await this.#deleteReleasedLogs();
    return this.#logs.last;
  }

  /** Keeps a batch that has become durable in memory. */
  #keepRecent(batch: PendingBatch): void {
    for (const [index, record] of batch.records.entries()) this.#recent.push(record, batch.checksums[index] ?? 0n);
    this.#pending.forget(batch);
  }

  #evictRecent(): void {
    const room = this.#share.room('waiting', this.#recent.memoryBytes) - this.#keptForAhead;
    const most = Math.min(this.#options.limits.memoryBytesMax / 4, room);
    while (!this.#recent.isEmpty && this.#recent.memoryBytes > most) this.#recent.dropThrough(this.#recent.first);
    this.#account();
  }

  /** Gives all pending batches back to their owners. */
  #refusePending(): void {
    this.#taken = this.position();
    if (this.#pending.count === 0) return;
    this.#refuse();
    for (const batch of this.#pending.drain()) batch.answer.resolve('full');
    this.#account();
  }

  async #deleteReleasedLogs(): Promise<void> {
    while (this.#logs.hasReleasedLog) {
      await this.#logs.removeOldest();
      this.#logs.dropOldest();
    }
    this.#giveRoom();
  }

  /** Ends the queue: everybody who waits is told, and nothing more is taken. */
  #fail(failure: Failure): Failure {
    if (this.#failure) return this.#failure;
    this.#failure = failure;
    for (const batch of this.#pending.drain()) batch.answer.reject(failure);
    this.#account();
    this.#wakeAll();
    this.#options.events.ended(failure);
    return failure;
  }

  #wakeAll(): void {
    this.#more.notify();
    this.#room.notify();
  }

  async #readBack(log: TargetLog, index: number): Promise<RecordWindow> {
    try {
      return await this.#ahead.windowWith(log, index);
    } catch (thrown) {
      throw this.#fail(asFailure(thrown, 'read back a queue from disk', log.name));
    }
  }
}

function diskLimitBytes(limits: QueueLimits): number {
  if (limits.disk === 'none') return limits.memoryBytesMax;
  return limits.disk === 'unlimited' ? Number.POSITIVE_INFINITY : limits.disk;
}
