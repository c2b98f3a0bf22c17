// Small JSON files in the home folder, with a version, changed by one process at a time.
//
// A change is a read, a decision and an atomic replacement, all under a lock; the lock is the new content on its way:
// `NAME.lock`, made exclusively, written, synced and renamed over `NAME`. Readers need no lock: they see the old file or
// the new one. Files are made with mode 0600.
//
// What may go wrong: `FILE-NEWER` (written by a newer version of this program), `FILE-DAMAGED` (not JSON, or not of the
// expected shape), `FILE-LOCKED` (another process is changing it, or died while it did), and errno names.
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';

/** `schema` describes the whole file, its field `version` included. */
export interface HomeFileFormat<Content> {
  /** What the file holds, as in `read the trusted servers`. */
  readonly contents: string;
  readonly version: number;
  readonly schema: z.ZodType<Content>;
}

const versioned = z.object({ version: z.int().positive() });
const lockRetryMs = 20;
const lockRetriesMax = 100;

/** The file's content, or undefined when there is no file. */
export async function readHomeFile<Content>(
  path: string,
  format: HomeFileFormat<Content>,
): Promise<Content | undefined> {
  const operation = `read ${format.contents}`;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw asSystemFailure(error, operation, path);
  }
  const damaged = (reason: string): Failure =>
    new Failure({ code: 'FILE-DAMAGED', operation, subject: path, reason, hint: 'restore the file from a backup' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('the file is not JSON');
  }
  const stamp = versioned.safeParse(value);
  if (stamp.success && stamp.data.version > format.version) {
    throw new Failure({
      code: 'FILE-NEWER',
      operation,
      subject: path,
      reason: `the file has version ${stamp.data.version}, this program knows versions up to ${format.version}`,
      hint: 'use the newer version of understudy that wrote it',
    });
  }
  const parsed = format.schema.safeParse(value);
  if (!parsed.success)
    throw damaged(
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; '),
    );
  return parsed.data;
}

/**
 * Replaces the file's content by what `change` makes of it (undefined: no file, before or after) and resolves when the new
 * content is on disk. When `change` throws, nothing is changed.
 */
export async function updateHomeFile<Content>(
  path: string,
  format: HomeFileFormat<Content>,
  change: (current: Content | undefined) => Content | undefined,
): Promise<void> {
  const operation = `write ${format.contents}`;
  const lockPath = `${path}.lock`;
  const lock = await openLock(lockPath, operation);
  let locked = true;
  try {
    const next = change(await readHomeFile(path, format));
    if (next === undefined) {
      await rm(path, { force: true });
    } else {
      await lock.writeFile(`${JSON.stringify(next, null, 2)}\n`);
      await lock.sync();
      await rename(lockPath, path);
      // From here on that name may be the lock of another process.
      locked = false;
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw asSystemFailure(error, operation, path);
  } finally {
    await lock.close();
    if (locked) await rm(lockPath, { force: true });
  }
}

async function openLock(lockPath: string, operation: string): Promise<FileHandle> {
  for (let attempt = 0; attempt < lockRetriesMax; attempt += 1) {
    try {
      return await open(lockPath, 'wx', 0o600);
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw asSystemFailure(error, operation, lockPath);
      await delay(lockRetryMs);
    }
  }
  throw new Failure({
    code: 'FILE-LOCKED',
    operation,
    subject: lockPath,
    reason: 'another process is changing the file, or ended while it did',
    hint: `when no understudy process uses this home folder: rm ${lockPath}`,
    retryable: true,
  });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** An error of a system call as a Failure; anything else is passed on as it is. */
export function asSystemFailure(error: unknown, operation: string, subject: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof Failure) return error;
  return new Failure({ code: String(error.code), operation, subject, reason: error.message });
}
