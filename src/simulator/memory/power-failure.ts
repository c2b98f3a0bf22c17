// What a power failure takes from a disk in memory. It acts as a journalling file system: names and attributes become durable
// in the order in which they were changed, call by call, and so a failure leaves those of some moment since the last sync; of
// each block of bytes it leaves either what that moment had or what was durable.
import type { DiskWatcher, MemoryDisk, MemoryObject } from './memory-disk.ts';
import { blockBytes, type KeptBytes } from './sparse-bytes.ts';

interface Before {
  readonly object: MemoryObject;
  readonly fields: Pick<MemoryObject, 'mode' | 'userId' | 'groupId' | 'modifiedNs' | 'changedNs' | 'links'>;
  readonly entries: ReadonlyMap<string, MemoryObject>;
  readonly extended: ReadonlyMap<string, Buffer>;
  readonly content: KeptBytes;
}

export class PowerFailure implements DiskWatcher {
  readonly #disk: MemoryDisk;
  /** By call since the last sync: what each changed object was before it. */
  #calls: Map<MemoryObject, Before>[] = [];
  /** The durable bytes of every file that has changed since they were made durable. */
  readonly #durable = new Map<MemoryObject, KeptBytes>();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    disk.watcher = this;
  }

  begins(): void {
    this.#calls.push(new Map());
  }

  changes(object: MemoryObject): void {
    const call = this.#calls.at(-1);
    if (call === undefined || call.has(object)) return;
    const { mode, userId, groupId, modifiedNs, changedNs, links } = object;
    const content = object.content.keep();
    call.set(object, {
      object,
      fields: { mode, userId, groupId, modifiedNs, changedNs, links },
      entries: new Map(object.entries),
      extended: new Map(object.extended),
      content,
    });
    if (object.kind === 'file' && !this.#durable.has(object)) this.#durable.set(object, content);
  }

  /** Everything is durable as it is now. */
  synced(): void {
    this.#calls = [];
    this.#durable.clear();
  }

  /** All names and attributes are durable, and the bytes of this file. */
  fileSynced(object: MemoryObject): void {
    this.#calls = [];
    this.#durable.delete(object);
  }

  /**
   * The system could not write and says so, once: of each block of bytes that was waiting, either it was written all the same
   * or it holds again what was durable, and nobody will be told of it a second time.
   */
  syncFailed(choose: (count: number) => number): void {
    for (const [object, durable] of this.#durable) this.#mix(object, durable, choose);
    this.#durable.clear();
  }

  /** `choose(n)` gives a number from 0 to n - 1. */
  strike(choose: (count: number) => number): void {
    const kept = choose(this.#calls.length + 1);
    for (const call of this.#calls.slice(kept).toReversed()) {
      for (const before of call.values()) this.#restore(before);
    }
    for (const [object, durable] of this.#durable) this.#mix(object, durable, choose);
    this.synced();
  }

  #restore({ object, fields, entries, extended, content }: Before): void {
    object.entries.clear();
    for (const [name, entry] of entries) object.entries.set(name, entry);
    object.extended.clear();
    for (const [name, value] of extended) object.extended.set(name, value);
    this.#disk.restore(object, fields, content);
  }

  #mix(object: MemoryObject, durable: KeptBytes, choose: (count: number) => number): void {
    const { size, blocks: now } = object.content.keep();
    const blocks = new Map(now);
    for (const block of new Set([...now.keys(), ...durable.blocks.keys()])) {
      const before = durable.blocks.get(block);
      if (before === now.get(block) || choose(2) === 0) continue;
      if (before === undefined || block * blockBytes >= size) blocks.delete(block);
      else blocks.set(block, upTo(before, size - block * blockBytes));
    }
    this.#disk.restore(object, {}, { size, blocks });
  }
}

/** Behind the end of a file nothing of it is left: a file that grows shows zeros there. */
function upTo(block: Buffer, bytes: number): Buffer {
  return bytes >= blockBytes ? block : Buffer.from(block).fill(0, bytes);
}
