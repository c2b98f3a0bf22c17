// What is known of one file-system object besides its name and its bytes.

export type ObjectKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';

/** One extended attribute: its name as a byte string with its namespace (`user.note`, `system.posix_acl_access`), its value. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/**
 * The extended attribute in which a server that takes over a replica says so, at the replica's root (runtime/jobs/live/live-marks.ts).
 * It belongs to the folder and not to its data, so no tree shows it among the attributes or sets it as one.
 */
export const liveMarkName = 'user.understudy.live';

/** What a replica keeps of an object. A symbolic link's mode has no meaning on Linux and is ignored. */
export interface ObjectAttributes {
  /** Permission bits with set-id and sticky bits, 0 to 0o7777. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  /** Nanoseconds since the epoch; may be negative. */
  readonly modifiedNs: bigint;
  /** Sorted by name; POSIX ACLs are in here under their `system.posix_acl_*` names. */
  readonly extended: readonly ExtendedAttribute[];
}

/** Which object of a file system it is, whatever its names are. */
export type ObjectIdentity = Pick<ObjectStatus, 'device' | 'inode'>;

/** The same text for the same object, for maps and sets. */
export function objectKey({ device, inode }: ObjectIdentity): string {
  return `${device}:${inode}`;
}

export function isSameObject(one: ObjectIdentity, other: ObjectIdentity): boolean {
  return one.inode === other.inode && one.device === other.device;
}

/** What the file system says of an object without opening it. Symbolic links are never followed. */
export interface ObjectStatus {
  readonly kind: ObjectKind;
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  /** Bytes; of a symbolic link, the length of its text. */
  readonly size: number;
  /** Bytes that occupy space on the disk; less than `size` where the file has holes. */
  readonly allocatedBytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  /** Which file system: major and minor number packed as `major * 2^20 + minor`. */
  readonly device: number;
  /** With `device`, the identity of the object while it exists. */
  readonly inode: bigint;
  readonly links: number;
  /** Of a character or block device, its number, packed as `device` is; otherwise 0. */
  readonly specialDevice: number;
  /**
   * Of a folder at which a file system is mounted that only shows the kernel's own state (proc, sysfs, …): the type of it.
   * Such a folder lists as empty and its time stands still: nothing in it is data.
   */
  readonly virtualFileSystem?: string;
}
