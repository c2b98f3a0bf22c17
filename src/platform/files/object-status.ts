// What statx(2) says of an object, as an ObjectStatus (model/stream/attributes.ts). One buffer serves all calls: it is filled and
// read without a turn of the event loop in between.
import type { FolderIdentity } from '../../model/folder-place.ts';
import type { ObjectStatus } from '../../model/stream/attributes.ts';
import { atEmptyPath, atSymlinkNoFollow, emptyPath, statx } from '../kernel/libc.ts';
import { kindOf } from '../kernel/object-kind.ts';
import { withVirtualMark } from './virtual-folders.ts';

const buffer = Buffer.alloc(256);
const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
const basicStatistics = 0x7ff;
const birthTime = 0x800;
/** STATX_ATTR_MOUNT_ROOT of <linux/stat.h> (Linux 5.8): something is mounted here. */
const isMountRoot = 0x2000;

/**
 * The status of `name` in a directory, or with `atEmptyPath` and an empty name of the descriptor's own object. Undefined
 * when the call failed: `errnoName` says why. `name` is one component, so that nothing is followed on the way.
 */
export function readStatus(descriptor: number, name: Uint8Array, flags: number): ObjectStatus | undefined {
  if (statx(descriptor, name, flags | atSymlinkNoFollow, basicStatistics, buffer) < 0) return undefined;
  const fileMode = view.getUint16(28, true);
  const status: ObjectStatus = {
    kind: kindOf(fileMode),
    mode: fileMode & 0o7777,
    userId: view.getUint32(20, true),
    groupId: view.getUint32(24, true),
    size: readNumber(40),
    allocatedBytes: readNumber(48) * 512,
    modifiedNs: readTime(112),
    changedNs: readTime(96),
    device: packDevice(view.getUint32(136, true), view.getUint32(140, true)),
    inode: view.getBigUint64(32, true),
    links: view.getUint32(16, true),
    specialDevice: packDevice(view.getUint32(128, true), view.getUint32(132, true)),
  };
  const isMounted = status.kind === 'directory' && (view.getUint32(8, true) & isMountRoot) !== 0;
  return isMounted ? withVirtualMark(status) : status;
}

/** Which folder a descriptor stands for; undefined when the call failed. */
export function readIdentity(descriptor: number): FolderIdentity | undefined {
  if (statx(descriptor, emptyPath, atEmptyPath, basicStatistics | birthTime, buffer) < 0) return undefined;
  const keepsBirth = (view.getUint32(0, true) & birthTime) !== 0;
  // Where an old inode has no room for it the time is 0.
  const bornNs = keepsBirth ? readTime(80) : 0n;
  return {
    device: packDevice(view.getUint32(136, true), view.getUint32(140, true)),
    inode: String(view.getBigUint64(32, true)),
    bornNs: bornNs === 0n ? null : String(bornNs),
  };
}

/** A device number as mknod(2) takes it, from the packed form of ObjectStatus. */
export function systemDevice(packed: number): bigint {
  const major = BigInt(Math.floor(packed / 2 ** 20));
  const minor = BigInt(packed % 2 ** 20);
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}

function packDevice(major: number, minor: number): number {
  return major * 2 ** 20 + minor;
}

function readNumber(offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}

/** struct statx_timestamp: signed seconds, then nanoseconds that always count forward. */
function readTime(offset: number): bigint {
  return view.getBigInt64(offset, true) * 1_000_000_000n + BigInt(view.getUint32(offset + 8, true));
}
