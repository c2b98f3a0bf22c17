// A server's durable files below its home folder. Folders have mode 0700, files 0600: what is in them is for this account.
//
// How durability is reached
//   replace   a temporary file beside the name is written, synced and renamed over it, then the folder is synced: a crash
//             leaves the old file or the new one, and perhaps the temporary one, which the next opening of the home removes
//   remove    the folder is synced after the name is gone
//   a log     see real-append-log.ts; its name is made durable by its first sync
// A folder that is made on the way is synced into its parent at once. Making a file with its folders and removing folders
// that have become empty take turns, so that none vanishes under a file about to be made in it.
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { type AppendLog, assertStorageName, type Storage } from '../../ports/storage.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { openAppendLog } from './real-append-log.ts';

/** The names of our temporary files, which alone are cleared away: an operator may keep a file `x.tmp` in the home. */
const temporaryPattern = /(?:^|\/)understudy-(\d+)-\d+\.tmp$/;

/** Opens a home folder (UTF-8 text), made when there is none, and clears away what a crash left half done. */
export async function openRealStorage(homeFolder: string): Promise<Storage> {
  const storage = new RealStorage(resolve(homeFolder));
  await storage.prepare();
  return storage;
}

/** A temporary file that nobody is writing: another process may use the same home, such as a run beside its server. */
async function isLeftOver(file: string): Promise<boolean> {
  const processId = Number(temporaryPattern.exec(file)?.[1]);
  if (Number.isNaN(processId)) return false;
  if (processId !== process.pid) return !existsSync(`/proc/${processId}`);
  const status = await ifThere(() => stat(file));
  return status !== undefined && status.mtimeMs < performance.timeOrigin;
}

class RealStorage implements Storage {
  readonly #home: string;
  #temporaries = 0;
  #folderTurn: Promise<unknown> = Promise.resolve();

  constructor(homeFolder: string) {
    this.#home = homeFolder;
  }

  async prepare(): Promise<void> {
    await attempt('open the home folder', this.#home, async () => {
      await makeFolder(this.#home);
      for (const file of temporariesBelow(this.#home)) {
        if (await isLeftOver(file)) await rm(file, { force: true });
      }
    });
  }

  async read(name: string): Promise<Buffer | undefined> {
    const file = this.#path(name);
    return attempt('read the file', file, () => ifThere(() => readFile(file)));
  }

  async readRange(name: string, offset: number, length: number): Promise<Buffer> {
    const file = this.#path(name);
    return attempt('read the file', file, async () => {
      const opened = await open(file, 'r');
      try {
        const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, (await opened.stat()).size - offset)));
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await opened.read(bytes, filled, bytes.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } finally {
        await opened.close();
      }
    });
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#path(name);
    this.#temporaries += 1;
    const temporary = join(dirname(file), `understudy-${process.pid}-${this.#temporaries}.tmp`);
    await attempt('replace the file', file, async () => {
      const opened = await this.#makeIn(dirname(file), () => open(temporary, 'wx', 0o600));
      try {
        try {
          await opened.writeFile(bytes);
          await opened.sync();
        } finally {
          await opened.close();
        }
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(dirname(file));
    });
  }

  async openLog(name: string, options: { readonly truncateTo?: number } = {}): Promise<AppendLog> {
    const file = this.#path(name);
    const folder = dirname(file);
    return attempt('open the log', file, () =>
      this.#makeIn(folder, () => openAppendLog(name, file, options.truncateTo, () => syncFolder(folder))),
    );
  }

  async remove(name: string): Promise<void> {
    const file = this.#path(name);
    await attempt('remove the file', file, async () => {
      const removed = await ifThere(() => rm(file).then(() => true));
      if (removed === undefined) return;
      await this.#inTurn(async () => syncFolder(await removeEmptyFolders(dirname(file), this.#home)));
    });
  }

  async list(folder: string): Promise<string[]> {
    const below = folder === '' ? this.#home : this.#path(folder);
    return attempt('list the folder', below, async () => {
      const names = await namesBelow(this.#home, folder);
      return names.filter((name) => !temporaryPattern.test(name)).sort();
    });
  }

  async space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return attempt('ask for the free space of', this.#home, async () => {
      const { bavail, blocks, bsize } = await statfs(this.#home);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    });
  }

  #makeIn<Result>(folder: string, make: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      await makeFolder(folder);
      return make();
    });
  }

  #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const turn = this.#folderTurn.then(call);
    this.#folderTurn = turn.catch(() => undefined);
    return turn;
  }

  #path(name: string): string {
    assertStorageName(name);
    return join(this.#home, name);
  }
}

async function attempt<Result>(operation: string, path: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw systemFailure(nodeErrorName(error), operation, rawFromText(path));
  }
}

/** undefined when there is no such file, or a file stands where a folder would be on the way to it. */
async function ifThere<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await call();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(nodeErrorName(error))) return undefined;
    throw error;
  }
}

/**
 * The paths of all temporary files. They are looked for without waiting: every run begins with this, and a hundred folders of
 * earlier runs are read several times faster so.
 */
function temporariesBelow(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return temporariesBelow(path);
    return entry.isFile() && temporaryPattern.test(path) ? [path] : [];
  });
}

/** Empty when there is no such folder: another process may have removed it. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(nodeErrorName(error))) return [];
    throw error;
  }
}

/** Names of files relative to the home, everything below one of its folders. */
async function namesBelow(home: string, folder: string): Promise<string[]> {
  const entries = (await ifThere(() => readdir(join(home, folder), { withFileTypes: true }))) ?? [];
  // The folders of a hundred runs are read side by side.
  const names = await Promise.all(
    entries.map(async (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return namesBelow(home, name);
      return entry.isFile() ? [name] : [];
    }),
  );
  return names.flat();
}

/** Makes a folder and those above it that are missing, durably. */
/**
 * Makes a folder, and those above it, for this account alone; each is durable. One by one: where a file system makes no
 * folders, such as /proc, the recursive call of Node.js tries for ever. Rejects with what the system said.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  await makeFolder(dirname(folder));
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (nodeErrorName(error) === 'EEXIST' && (await isFolder(folder))) return;
    throw error;
  }
  await syncFolder(dirname(folder));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (nodeErrorName(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Removes folders that hold nothing any more, below the home; returns the first that stays. */
async function removeEmptyFolders(folder: string, home: string): Promise<string> {
  if (folder === home) return folder;
  try {
    await rmdir(folder);
  } catch (error) {
    if (nodeErrorName(error) !== 'ENOENT') return folder;
  }
  return removeEmptyFolders(dirname(folder), home);
}

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
