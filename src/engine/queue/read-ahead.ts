// Reads the logs of a target's queue for a reader that is behind: some records more than it asks for, so that a log is read
// in few pieces and in order. What it gives was proven against the rolling checksum again.
import type { Storage } from '../../ports/storage.ts';
import { recordBytesMax } from '../../wire/records/operation-codec.ts';
import { scanEntries, unreadableLog } from './log-format.ts';
import { RecordWindow } from './memory/record-window.ts';
import type { TargetLog } from './target-log.ts';

export class ReadAhead {
  readonly #storage: Storage;
  readonly #chunkBytes: number;
  #log: TargetLog | undefined;
  #window = new RecordWindow(1, 0n);
  /** Where in the log the record after the window's last begins. */
  #offset = 0;

  /** `chunkBytes`: how much is read at a time; more only for a record that is larger. */
  constructor(storage: Storage, chunkBytes: number) {
    this.#storage = storage;
    this.#chunkBytes = chunkBytes;
  }

  get memoryBytes(): number {
    return this.#window.memoryBytes;
  }

  forget(): void {
    this.#log = undefined;
    this.#window = new RecordWindow(1, 0n);
  }

  /** What is kept up to this index is not needed any more. */
  release(index: number): void {
    this.#window.dropThrough(index);
  }

  /** A window that holds the record `index`, which must lie in this log. Throws `QUEUE-UNREADABLE`. One call at a time. */
  async windowWith(log: TargetLog, index: number): Promise<RecordWindow> {
    this.#window.dropThrough(index - 1);
    if (this.#log !== log || this.#window.first > index || this.#window.last < index - 1) {
      this.#log = log;
      this.#window = new RecordWindow(log.header.firstIndex, log.header.checksumBefore, true);
      this.#offset = log.headerBytes;
    }
    while (!this.#window.holds(index)) {
      await this.#readChunk(log);
      this.#window.dropThrough(index - 1);
    }
    return this.#window;
  }

  /** Adds the next entries of the log to the window, at least one. */
  async #readChunk(log: TargetLog): Promise<void> {
    const checksum = this.#window.checksumAt(this.#window.last) ?? 0n;
    for (let chunkBytes = this.#chunkBytes; ; chunkBytes *= 2) {
      const length = Math.min(chunkBytes, log.size - this.#offset);
      const bytes = await this.#storage.readRange(log.name, this.#offset, length);
      const entries = scanEntries(bytes, 0, checksum);
      if (entries.records.length > 0) {
        for (const [place, record] of entries.records.entries()) {
          this.#window.push(record, entries.checksums[place] ?? 0n);
        }
        this.#offset += entries.end;
        return;
      }
      if (bytes.length < chunkBytes || chunkBytes > recordBytesMax * 2) {
        throw unreadableLog(log.name, `it is damaged from byte ${this.#offset} on`);
      }
    }
  }
}
