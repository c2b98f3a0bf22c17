// A server's durable files in memory. Each file remembers how much of it is durable, so that `crash` can take away what a
// power failure might. Replacing and removing are durable at once, as the port promises.
import type { Failure } from '../../base/failure.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { type AppendLog, assertStorageName, type Storage } from '../../ports/storage.ts';

interface StoredFile {
  bytes: Buffer;
  /** How much of `bytes` is in use; the rest is room to grow. */
  size: number;
  durableSize: number;
  /** False until the first sync: the name itself vanishes in a crash. */
  nameDurable: boolean;
}

export class MemoryStorage implements Storage {
  readonly #files = new Map<string, StoredFile>();
  readonly #spaceBytes: number;
  /** Counts crashes: a log opened before one is dead after it. */
  #crashes = 0;
  #syncFailure: string | undefined;

  constructor(options: { readonly spaceBytes?: number } = {}) {
    this.#spaceBytes = options.spaceBytes ?? 2 ** 40;
  }

  /**
   * As a power failure: what was not synced is gone, but for the first `tornBytes` bytes of each log's tail. Logs that
   * were open are dead.
   */
  crash(tornBytes = 0): void {
    this.#endLogs((unsyncedBytes) => Math.min(unsyncedBytes, tornBytes));
  }

  /** As `crash`, with tails of any length, torn in the middle too. `choose(n)` gives a number from 0 to n - 1. */
  losePower(choose: (count: number) => number): void {
    this.#endLogs((unsyncedBytes, tail) => {
      const kept = choose(unsyncedBytes + 1);
      if (kept > 0 && choose(2) === 0) tail.fill(0, choose(kept), kept);
      return kept;
    });
  }

  /** Makes the next `sync` of any log reject with this errno name. */
  failNextSync(code: string): void {
    this.#syncFailure = code;
  }

  /** Changes one byte of a file, as a failing disk might, without a word. */
  rot(name: string, offset: number): void {
    const file = this.#files.get(name);
    if (file === undefined || offset >= file.size) return;
    file.bytes.writeUInt8(file.bytes.readUInt8(offset) ^ 0x40, offset);
  }

  /** Bytes of all files together, by the part of their names that the pattern finds. */
  sizesOf(pattern: RegExp): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>();
    for (const [name, { size }] of this.#files) {
      const part = pattern.exec(name)?.[0];
      if (part !== undefined) sizes.set(part, (sizes.get(part) ?? 0) + size);
    }
    return sizes;
  }

  async read(name: string): Promise<Buffer | undefined> {
    assertStorageName(name);
    const file = this.#files.get(name);
    return file && Buffer.from(file.bytes.subarray(0, file.size));
  }

  async readRange(name: string, offset: number, length: number): Promise<Buffer> {
    assertStorageName(name);
    const file = this.#files.get(name);
    if (file === undefined) throw systemFailure('ENOENT', 'read the file', name);
    return Buffer.from(file.bytes.subarray(Math.min(offset, file.size), Math.min(offset + length, file.size)));
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    assertStorageName(name);
    const freed = this.#files.get(name)?.size ?? 0;
    if (bytes.length - freed > this.#freeBytes()) throw systemFailure('ENOSPC', 'replace the file', name);
    this.#files.set(name, {
      bytes: Buffer.from(bytes),
      size: bytes.length,
      durableSize: bytes.length,
      nameDurable: true,
    });
  }

  async openLog(name: string, options: { readonly truncateTo?: number } = {}): Promise<AppendLog> {
    assertStorageName(name);
    const file = this.#files.get(name) ?? { bytes: Buffer.alloc(0), size: 0, durableSize: 0, nameDurable: false };
    this.#files.set(name, file);
    file.size = Math.min(file.size, options.truncateTo ?? file.size);
    file.durableSize = Math.min(file.durableSize, file.size);
    return this.#log(name, file);
  }

  async remove(name: string): Promise<void> {
    assertStorageName(name);
    this.#files.delete(name);
  }

  async list(folder: string): Promise<string[]> {
    if (folder !== '') assertStorageName(folder);
    const prefix = folder === '' ? '' : `${folder}/`;
    return [...this.#files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return { freeBytes: this.#freeBytes(), totalBytes: this.#spaceBytes };
  }

  #endLogs(keptOf: (unsyncedBytes: number, tail: Buffer) => number): void {
    this.#crashes += 1;
    for (const [name, file] of this.#files) {
      const tail = file.bytes.subarray(file.durableSize, file.size);
      file.size = file.durableSize + keptOf(tail.length, tail);
      file.durableSize = file.size;
      if (!file.nameDurable && file.size === 0) this.#files.delete(name);
      file.nameDurable = true;
    }
  }

  #freeBytes(): number {
    let used = 0;
    for (const file of this.#files.values()) used += file.size;
    return this.#spaceBytes - used;
  }

  #log(name: string, file: StoredFile): AppendLog {
    const openedBefore = this.#crashes;
    let death: Failure | undefined;
    const die = (failure: Failure): never => {
      death = failure;
      throw failure;
    };
    const assertAlive = (): void => {
      if (death) throw death;
      if (openedBefore !== this.#crashes) die(systemFailure('EBADF', 'use the log', name));
    };
    return {
      name,
      get size() {
        return file.size;
      },
      append: async (chunks) => {
        assertAlive();
        const added = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        if (added > this.#freeBytes()) die(systemFailure('ENOSPC', 'append to the log', name));
        reserve(file, file.size + added);
        for (const chunk of chunks) {
          file.bytes.set(chunk, file.size);
          file.size += chunk.length;
        }
      },
      sync: async () => {
        assertAlive();
        const code = this.#syncFailure;
        this.#syncFailure = undefined;
        if (code !== undefined) die(systemFailure(code, 'make the log durable', name));
        file.durableSize = file.size;
        file.nameDurable = true;
      },
      close: async () => {
        death ??= systemFailure('EBADF', 'use the log', name);
      },
    };
  }
}

function reserve(file: StoredFile, size: number): void {
  if (size <= file.bytes.length) return;
  const grown = Buffer.alloc(Math.max(size, file.bytes.length * 2, 4096));
  file.bytes.copy(grown, 0, 0, file.size);
  file.bytes = grown;
}
