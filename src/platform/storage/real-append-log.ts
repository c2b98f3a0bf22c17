// One log on a disk, opened for appending. A single loop works off what was asked for: all chunks that are waiting go out
// in one writev, then one fdatasync serves every sync that was asked for meanwhile (group commit). So appends keep their
// order, and a sync covers every append called before it.
//
// The first thing that fails kills the log: after a failed fdatasync the kernel may have dropped the pages and would
// report success the next time, so it is never asked again.
import { close, constants, fdatasync, fstat, ftruncate, open, writev } from 'node:fs';
import type { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { AppendLog } from '../../ports/storage.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';

/** writev(2) takes at most this many pieces at once (IOV_MAX). */
const piecesMax = 1024;

interface Waiting {
  /** What to append; absent for a sync. */
  readonly chunks?: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (failure: Failure) => void;
}

/** `syncName` makes the folder's entry for the log durable; a log that was there is cut to `truncateTo` bytes, durably. */
export async function openAppendLog(
  name: string,
  file: string,
  truncateTo: number | undefined,
  syncName: () => Promise<void>,
): Promise<AppendLog> {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
  const descriptor = await promised<number>((done) => open(file, flags, 0o600, done));
  try {
    const { size } = await promised<{ size: number }>((done) => fstat(descriptor, done));
    if (truncateTo === undefined || truncateTo >= size)
      return new RealAppendLog(name, file, descriptor, size, syncName);
    await promised((done) => ftruncate(descriptor, truncateTo, done));
    await promised((done) => fdatasync(descriptor, done));
    return new RealAppendLog(name, file, descriptor, truncateTo, syncName);
  } catch (error) {
    close(descriptor);
    throw error;
  }
}

class RealAppendLog implements AppendLog {
  readonly name: string;
  readonly #file: string;
  readonly #descriptor: number;
  readonly #syncName: () => Promise<void>;
  #size: number;
  #nameDurable = false;
  #death: Failure | undefined;
  #closed = false;
  #waiting: Waiting[] = [];
  /** The loop, while it runs. */
  #working: Promise<void> | undefined;

  constructor(name: string, file: string, descriptor: number, size: number, syncName: () => Promise<void>) {
    this.name = name;
    this.#file = file;
    this.#descriptor = descriptor;
    this.#size = size;
    this.#syncName = syncName;
  }

  get size(): number {
    return this.#size;
  }

  append(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#ask(chunks);
  }

  sync(): Promise<void> {
    return this.#ask(undefined);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    this.#death ??= this.#failure('EBADF', 'use the log');
    await new Promise<void>((resolve) => close(this.#descriptor, () => resolve()));
  }

  #ask(chunks: readonly Uint8Array[] | undefined): Promise<void> {
    if (this.#death) return Promise.reject(this.#death);
    if (this.#closed) return Promise.reject(this.#failure('EBADF', 'use the log'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...(chunks && { chunks }), resolve, reject });
      this.#working ??= this.#work();
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const appends = batch.filter((one) => one.chunks !== undefined);
      const syncs = batch.filter((one) => one.chunks === undefined);
      await this.#serve(appends, 'append to the log', () => this.#writeAll(appends));
      await this.#serve(syncs, 'make the log durable', () => this.#syncAll());
    }
    // At once after the last look: who asks later must find no loop, or it would wait for one that has ended.
    this.#working = undefined;
  }

  async #serve(batch: readonly Waiting[], operation: string, call: () => Promise<void>): Promise<void> {
    if (batch.length === 0) return;
    try {
      if (this.#death === undefined) await call();
    } catch (error) {
      this.#death = this.#failure(nodeErrorName(error), operation);
    }
    for (const one of batch) {
      if (this.#death) one.reject(this.#death);
      else one.resolve();
    }
  }

  async #writeAll(appends: readonly Waiting[]): Promise<void> {
    let rest = appends.flatMap((one) => one.chunks ?? []).filter((chunk) => chunk.length > 0);
    while (rest.length > 0) {
      const pieces = rest.slice(0, piecesMax);
      const written = await promised<number>((done) => writev(this.#descriptor, pieces, done));
      this.#size += written;
      rest = withoutFirst(rest, written);
    }
  }

  async #syncAll(): Promise<void> {
    await promised((done) => fdatasync(this.#descriptor, done));
    if (this.#nameDurable) return;
    await this.#syncName();
    this.#nameDurable = true;
  }

  #failure(code: string, operation: string): Failure {
    return systemFailure(code, operation, rawFromText(this.#file));
  }
}

/** What is left of the chunks when that many bytes are gone: the kernel may take only a part. */
function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let gone = bytes;
  let index = 0;
  for (let chunk = chunks[0]; chunk !== undefined && chunk.length <= gone; chunk = chunks[index]) {
    gone -= chunk.length;
    index += 1;
  }
  const [partial, ...whole] = chunks.slice(index);
  if (partial === undefined) return [];
  return [partial.subarray(gone), ...whole];
}

function promised<Result = void>(
  start: (done: (error: NodeJS.ErrnoException | null, result?: Result) => void) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
  });
}
