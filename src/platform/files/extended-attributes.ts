// Extended attributes of an object that is open for its path alone. The calls go through the kernel's own link to the
// object (/proc/self/fd), so they reach a symbolic link itself and never what it points at.
import { Failure } from '../../base/failure.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { type ExtendedAttribute, liveMarkName } from '../../model/stream/attributes.ts';
import { cString, descriptorPath, errnoName, getxattr, listxattr, removexattr, setxattr } from '../kernel/libc.ts';

/** The kernel's own limits for all names of an object, and for one value (linux/limits.h); shared between calls. */
const names = Buffer.alloc(65_536);
const value = Buffer.alloc(65_536);

/**
 * Namespaces that mean the same on another machine. The rest of `system.` (cifs_acl, ntfs_attrib, …) and file systems' own
 * (btrfs, …) are views of something the kernel keeps elsewhere.
 */
function isPortable(name: string): boolean {
  return name !== liveMarkName && /^(user|trusted|security)\.|^system\.posix_acl_(access|default)$/.test(name);
}

/** What the process may read, sorted by name. */
export function readExtended(descriptor: number, subject: string): ExtendedAttribute[] {
  const operation = 'read the extended attributes';
  const path = cString(descriptorPath(descriptor));
  const length: number = listxattr(path, names, names.length);
  if (length === 0) return [];
  if (length < 0) {
    const code = errnoName();
    if (code === 'EOPNOTSUPP') return [];
    throw systemFailure(code, operation, subject);
  }
  const found: ExtendedAttribute[] = [];
  for (const name of names.toString('latin1', 0, length - 1).split('\0')) {
    if (!isPortable(name)) continue;
    const valueLength: number = getxattr(path, cString(name), value, value.length);
    if (valueLength >= 0) {
      found.push({ name, value: Buffer.from(value.subarray(0, valueLength)) });
      continue;
    }
    const code = errnoName();
    // Gone meanwhile, or not for this process to read.
    if (!['ENODATA', 'EACCES', 'EPERM', 'EOPNOTSUPP'].includes(code)) throw systemFailure(code, operation, subject);
  }
  return found.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** undefined when the object has none, or its file system keeps none. */
export function readLiveMark(descriptor: number, subject: string): string | undefined {
  const path = cString(descriptorPath(descriptor));
  const length: number = getxattr(path, cString(liveMarkName), value, value.length);
  if (length >= 0) return value.toString('utf8', 0, length);
  const code = errnoName();
  if (code === 'ENODATA' || code === 'EOPNOTSUPP') return undefined;
  throw systemFailure(code, 'read the live mark', subject);
}

export function writeLiveMark(descriptor: number, text: string | undefined, subject: string): void {
  try {
    write(descriptor, liveMarkName, text === undefined ? undefined : Buffer.from(text), subject);
  } catch (thrown) {
    if (text !== undefined || !(thrown instanceof Failure) || thrown.code !== 'EOPNOTSUPP') throw thrown;
  }
}

/** Sets an attribute, or removes it when there is no value; one that is not there is then success. */
export function writeExtended(descriptor: number, name: string, bytes: Uint8Array | undefined, subject: string): void {
  if (name === liveMarkName) throw systemFailure('EOPNOTSUPP', `set the extended attribute ${name}`, subject);
  write(descriptor, name, bytes, subject);
}

function write(descriptor: number, name: string, bytes: Uint8Array | undefined, subject: string): void {
  const path = cString(descriptorPath(descriptor));
  const result: number =
    bytes === undefined
      ? removexattr(path, cString(name))
      : setxattr(path, cString(name), bytes.length === 0 ? null : bytes, bytes.length, 0);
  if (result === 0) return;
  const code = errnoName();
  if (bytes === undefined && code === 'ENODATA') return;
  throw systemFailure(code, `set the extended attribute ${name}`, subject);
}
