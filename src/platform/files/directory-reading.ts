// All names in a directory with their status, in as few calls as the kernel allows: names by the buffer (getdents64), then
// one statx for each, relative to the directory. A long directory is read in stretches, between which the event loop gets its turn.
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { systemFailure } from '../../base/system-failure.ts';
import type { DirectoryEntry } from '../../ports/files.ts';
import { errnoName, getdents64 } from '../kernel/libc.ts';
import { readStatus } from './object-status.ts';

/** Shared: every stretch is worked off before anything else runs. */
const buffer = Buffer.alloc(65_536);

// struct linux_dirent64: inode 8 bytes, offset 8, length of the record 2, type 1, then the name, ending in NUL.
const recordLengthOffset = 16;
const nameOffset = 19;

export async function readEntries(descriptor: number, subject: string): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for (;;) {
    const length: number = getdents64(descriptor, buffer, buffer.length);
    if (length === 0) return entries;
    if (length < 0) {
      const code = errnoName();
      // The directory itself was removed while it was read: it has no entries any more.
      if (code === 'ENOENT') return entries;
      throw systemFailure(code, 'list the folder', subject);
    }
    for (let at = 0; at < length; at += buffer.readUInt16LE(at + recordLengthOffset)) {
      const end = buffer.indexOf(0, at + nameOffset);
      const name = buffer.toString('latin1', at + nameOffset, end);
      if (name === '.' || name === '..') continue;
      const status = readStatus(descriptor, buffer.subarray(at + nameOffset, end + 1), 0);
      if (status !== undefined) {
        entries.push({ name, status });
        continue;
      }
      const code = errnoName();
      if (code !== 'ENOENT') throw systemFailure(code, 'list the folder', subject);
    }
    await turnOfOthers();
  }
}
