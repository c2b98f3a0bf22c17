// A server's own durable files, below its home folder: queue logs, undo journals, job files. Names are plain text with
// `/` between components, each of [a-z0-9._-]; folders come and go with their files. Names ending in `.tmp` are the
// adapter's own.
//
// Failure semantics
//   - Failures carry the errno name as code, as in files.ts.
//   - `replace` is atomic and durable: after a crash at any moment the name holds the old or the new bytes, whole.
//   - Appended bytes are durable when a `sync` called after the append has resolved. A crash may keep any part of later
//     bytes, torn anywhere, so records need checksums. When `sync` or `append` rejects, the log is dead: every later
//     call rejects, and bytes appended since the last successful sync must not be trusted.
import { assert } from '../base/failure.ts';

export interface AppendLog {
  readonly name: string;
  /** Bytes in the log, those not yet durable included. */
  readonly size: number;
  /** Writes the chunks one after the other at the end. */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Storage {
  /** The bytes of a whole file; undefined when there is none. */
  read(name: string): Promise<Buffer | undefined>;
  /** Part of a file; shorter at its end, empty behind it. `ENOENT` when there is none. */
  readRange(name: string, offset: number, length: number): Promise<Buffer>;
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Opens a log for appending, and makes it when there is none; cuts it to `truncateTo` bytes first when that is given.
   */
  openLog(name: string, options?: { readonly truncateTo?: number }): Promise<AppendLog>;
  /** Durable. Nothing there is success. */
  remove(name: string): Promise<void>;
  /** Full names of all files below a folder, sorted; the empty name stands for the home. Empty for a missing folder. */
  list(folder: string): Promise<string[]>;
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
}

/** Names come only from our own code, so a bad name is a defect. They are checked because they become paths. */
export function assertStorageName(name: string): void {
  const good = name
    .split('/')
    .every((part) => /^[a-z0-9._-]+$/.test(part) && part !== '.' && part !== '..' && !part.endsWith('.tmp'));
  assert(good, `not a storage name: ${name}`);
}
