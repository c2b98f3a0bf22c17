// Owner, mode and time of an object that is open for its path alone, whatever kind it is.
import { chmodSync } from 'node:fs';
import { systemFailure } from '../../base/system-failure.ts';
import type { AttributeChange } from '../../ports/files.ts';
import { atEmptyPath, descriptorPath, emptyPath, errnoName, fchownat, utimensat } from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';

/** chown(2): leave it as it is. */
const unchanged = 0xffff_ffff;
/** UTIME_OMIT of <sys/stat.h>: leave this time as it is. */
const omit = 0x3fff_fffen;
const nsPerSecond = 1_000_000_000n;

export function changeOwner(descriptor: number, change: AttributeChange, subject: string): void {
  const { userId = unchanged, groupId = unchanged } = change;
  if (fchownat(descriptor, emptyPath, userId, groupId, atEmptyPath) < 0) {
    throw systemFailure(errnoName(), 'change the owner', subject);
  }
}

export function changeMode(descriptor: number, mode: number, subject: string): void {
  try {
    chmodSync(descriptorPath(descriptor), mode);
  } catch (error) {
    const code = nodeErrorName(error);
    // The answer for a symbolic link, which has no mode of its own.
    if (code !== 'EOPNOTSUPP') throw systemFailure(code, 'change the mode', subject);
  }
}

export function changeTime(descriptor: number, modifiedNs: bigint, subject: string): void {
  // Nanoseconds count forward from the second below, before 1970 too.
  const nanoseconds = ((modifiedNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
  const times = Buffer.alloc(32);
  times.writeBigInt64LE(omit, 8);
  times.writeBigInt64LE((modifiedNs - nanoseconds) / nsPerSecond, 16);
  times.writeBigInt64LE(nanoseconds, 24);
  if (utimensat(descriptor, emptyPath, times, atEmptyPath) < 0) {
    throw systemFailure(errnoName(), 'change the time', subject);
  }
}
