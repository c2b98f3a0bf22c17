// The memory of all queues of a server, sources and targets together (guide, ch. 10, "Amount of system memory to use"):
// one limit, which no job has for itself.
//
// Each queue has a floor that no other queue can take, so that it can always work: four logs, two that are in memory to be
// sent next, two on their way to disk. Floors of two more queues are kept aside for connections that are yet to come. All memory
// beyond the floors belongs to whoever comes first. Its last part, a quarter of the limit, only takes what is on its way
// to disk: memory filled with records that wait would otherwise leave no room for a burst of changes to be written.
//
// A queue says how much it holds, not what was added or removed, so that no mistake of its own can add up.
import { assert } from '../../../base/failure.ts';

/** The floor of a queue holds so many logs. */
const floorLogs = 4;
/** For queues that are yet to come. */
const spareFloors = 2;

/** `waiting`: records that stay in memory; `moving`: records on their way to disk. */
export type MemoryUse = 'waiting' | 'moving';

export class QueueMemory {
  readonly bytesMax: number;
  readonly #logBytesMax: number;
  readonly #shares = new Set<MemoryShare>();
  #floorBytes = 0;
  #usedBytes = 0;
  /** What the queues hold beyond their floors. */
  #commonBytes = 0;

  /** Of the limits of queues: the memory of all, and where one log ends. */
  constructor({ memoryBytesMax, logBytesMax }: { readonly memoryBytesMax: number; readonly logBytesMax: number }) {
    this.bytesMax = memoryBytesMax;
    this.#logBytesMax = logBytesMax;
    this.#setFloor();
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What each queue can have whatever the others hold; less than four logs only where very many queues share a small limit. */
  get floorBytes(): number {
    return this.#floorBytes;
  }

  /** For one more queue, until it leaves. */
  join(): MemoryShare {
    const share = new MemoryShare(this);
    this.#shares.add(share);
    this.#setFloor();
    return share;
  }

  /** For `MemoryShare` alone. */
  left(share: MemoryShare): void {
    if (this.#shares.delete(share)) this.#setFloor();
  }

  /** For `MemoryShare` alone: a queue that held `before` bytes holds `now`. */
  changed(before: number, now: number): void {
    this.#usedBytes += now - before;
    this.#commonBytes += this.#beyondFloor(now) - this.#beyondFloor(before);
  }

  /** For `MemoryShare` alone: how much a queue could have beside `held` bytes, if it did not have `without` more. */
  roomFor(use: MemoryUse, held: number, without: number): number {
    const floors = this.#floorBytes * (this.#shares.size + spareFloors);
    const kept = use === 'waiting' ? this.bytesMax / 4 : 0;
    const others = this.#commonBytes - this.#beyondFloor(held + without) + this.#beyondFloor(held);
    const common = Math.max(0, this.bytesMax - floors - kept - others);
    // Floors that have come since then may be in the hands of queues that took them when they were nobody's.
    const free = Math.max(0, this.bytesMax - this.#usedBytes + without);
    return Math.min(Math.max(0, this.#floorBytes - held) + common, free);
  }

  #beyondFloor(held: number): number {
    return Math.max(0, held - this.#floorBytes);
  }

  #setFloor(): void {
    const floors = this.#shares.size + spareFloors;
    this.#floorBytes = Math.min(floorLogs * this.#logBytesMax, Math.floor(this.bytesMax / floors));
    this.#commonBytes = 0;
    for (const { heldBytes } of this.#shares) this.#commonBytes += this.#beyondFloor(heldBytes);
  }
}

/** What one queue has of the memory. */
export class MemoryShare {
  readonly #memory: QueueMemory;
  #heldBytes = 0;
  #hasLeft = false;

  constructor(memory: QueueMemory) {
    this.#memory = memory;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get floorBytes(): number {
    return this.#memory.floorBytes;
  }

  /** How many bytes the queue can have beside those that it holds; or could, if it did not hold so many of them. */
  room(use: MemoryUse, without = 0): number {
    return this.#memory.roomFor(use, this.#heldBytes - without, without);
  }

  /** The queue holds so many bytes now. It asks `room` before it takes more; one that holds nothing may take one record. */
  hold(bytes: number): void {
    if (bytes === this.#heldBytes || this.#hasLeft) return;
    assert(bytes >= 0, 'a queue cannot hold less than nothing');
    const before = this.#heldBytes;
    this.#heldBytes = bytes;
    this.#memory.changed(before, bytes);
  }

  /** The queue is over and holds nothing any more; what it says later does not count. */
  leave(): void {
    this.hold(0);
    this.#hasLeft = true;
    this.#memory.left(this);
  }
}
