// Requests about attributes: mode, owner, times, size, extended attributes (POSIX ACLs among them), and the file system's numbers.
import { atEmptyPath, atSymlinkNoFollow, cString } from '../../kernel/libc.ts';
import { addressOf } from '../../kernel/memory-address.ts';
import {
  errno,
  fchmodat2,
  fchownat,
  fstatfs,
  ftruncate,
  getxattr,
  lgetxattr,
  listxattr,
  llistxattr,
  lremovexattr,
  lsetxattr,
  removexattr,
  setxattr,
  statx,
  utimensat,
} from '../kernel/file-calls.ts';
import { type Node, topNode } from '../nodes/node-table.ts';
import type { PathPlace } from '../nodes/places.ts';
import { errorNumber } from '../protocol/opcodes.ts';
import { field, headerBytes } from '../protocol/request-view.ts';
import { done, type FilterState, lost } from './filter-state.ts';
import { killRights } from './kept-rights.ts';

/** Which attributes a request sets (FATTR_* of <linux/fuse.h>). */
const sets = {
  mode: 1,
  user: 2,
  group: 4,
  size: 8,
  accessed: 16,
  modified: 32,
  accessedNow: 128,
  modifiedNow: 256,
  killRights: 2048,
} as const;
const unchanged = 0xffffffff;
const timeNow = 0x3fffffff; // UTIME_NOW
const timeOmitted = 0x3ffffffe; // UTIME_OMIT
const linkFlags = atEmptyPath | atSymlinkNoFollow;

export function getAttributes(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  if (node.id === topNode) return topAttributes(state);
  const failure = state.look(node);
  if (failure !== 0) return failure;
  node.links = state.status.links;
  state.reply.attributes(state.status, true);
  return done;
}

/** The folder above the roots is nowhere on a disk. */
function topAttributes(state: FilterState): number {
  const { words } = state.status;
  words.fill(0);
  words[4] = 2;
  words[7] = 0o040755;
  words[8] = topNode;
  words[1] = 4096;
  state.reply.attributes(state.status, true);
  return done;
}

const statxSpareBytes = 32;
const statxFlagsAt = headerBytes / 4 + 4;

/** FUSE_STATX, which asks for the time of birth. struct fuse_statx is struct statx as the system call gives it. */
export function extendedStatus(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const { reply, request } = state;
  const at = state.places.find(node);
  if (at < 0) return state.places.failure;
  const mask = request.word(statxFlagsAt + 1);
  if (statx(at, state.places.name, linkFlags, mask, state.status.address) < 0) return errno();
  reply.bytes.fill(0, 16, 16 + statxSpareBytes);
  reply.setNumber64(16, 0x7fffffff);
  state.status.bytes.copy(reply.bytes, 16 + statxSpareBytes);
  reply.finish(statxSpareBytes + 256);
  return done;
}

export function setAttributes(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const valid = state.request.word(field.valid);
  const failure = ((valid & sets.size) === 0 ? 0 : setSize(state, node)) || setOthers(state, node, valid);
  if (failure !== 0) return failure;
  const lookFailure = state.look(node);
  if (lookFailure !== 0) return lookFailure;
  const isOnlySize = (valid & (sets.mode | sets.user | sets.group | sets.accessed | sets.modified)) === 0;
  if (!isOnlySize) state.listening(node)?.attributesChanged(node, state.objectStatus());
  state.reply.attributes(state.status, true);
  return done;
}

function setSize(state: FilterState, node: Node): number {
  const { request, places } = state;
  const isOpen = node.opens > 0;
  const descriptor = places.openFile(node, true);
  if (descriptor < 0) return places.failure;
  const size = request.number64(field.setSize);
  state.caller.become(request.userId, request.groupId);
  const failure = ftruncate(descriptor, size) < 0 ? errno() : 0;
  if (!isOpen && node.isNamed) places.release(node);
  if (failure !== 0) return failure;
  if ((request.word(field.valid) & sets.killRights) !== 0) killRights(state, node);
  state.listening(node)?.resized(node, size);
  return 0;
}

/** struct timespec[2]. */
const times = Buffer.alloc(32);
const timeWords = new Uint32Array(times.buffer, times.byteOffset, 8);
const timesAddress = addressOf(times);

function setOthers(state: FilterState, node: Node, valid: number): number {
  const { request, places } = state;
  const at = places.find(node);
  if (at < 0) return places.failure;
  if ((valid & (sets.user | sets.group)) !== 0) {
    const user = (valid & sets.user) === 0 ? unchanged : request.word(field.setUser);
    const group = (valid & sets.group) === 0 ? unchanged : request.word(field.setGroup);
    if (fchownat(at, places.name, user, group, linkFlags) < 0) return errno();
  }
  if ((valid & sets.mode) !== 0) {
    const mode = request.word(field.setMode) & 0o7777;
    if (fchmodat2(at, places.name, mode, linkFlags) < 0) return errno();
  }
  if ((valid & (sets.accessed | sets.modified)) !== 0) {
    timeWords.fill(0);
    putTime(state, 0, valid & sets.accessed, valid & sets.accessedNow, field.setAccessed, field.setAccessedNs);
    putTime(state, 4, valid & sets.modified, valid & sets.modifiedNow, field.setModified, field.setModifiedNs);
    if (utimensat(at, places.name, timesAddress, linkFlags) < 0) return errno();
  }
  return 0;
}

function putTime(
  { request }: FilterState,
  to: number,
  isSet: number,
  isNow: number,
  secondsAt: number,
  nanosecondsAt: number,
): void {
  if (isSet === 0 || isNow !== 0) {
    timeWords[to + 2] = isSet === 0 ? timeOmitted : timeNow;
    return;
  }
  timeWords[to] = request.word(secondsAt);
  timeWords[to + 1] = request.word(secondsAt + 1);
  timeWords[to + 2] = request.word(nanosecondsAt);
}

const accessListName = 'system.posix_acl_access';
const capabilityName = 'security.capability';
const killGroupRight = 1; // FUSE_SETXATTR_ACL_KILL_SGID
const setExtendedBytes = 16;
const getExtendedBytes = 8;

export function setExtended(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const { request } = state;
  const size = request.word(field.extendedSize);
  const { name, next } = request.firstName(headerBytes + setExtendedBytes);
  const value = request.bytes.subarray(next, next + size);
  const place = state.places.pathOf(node);
  if (place === undefined) return state.places.failure;
  if (name === capabilityName) node.isWithoutCapability = false;
  const call = place.isLink ? setxattr : lsetxattr;
  const flags = request.word(field.setExtendedFlags);
  if (call(place.path, cString(name), size === 0 ? null : value, size, flags) < 0) {
    const number = errno();
    if (number !== errorNumber.EEXIST || !isSetBefore(state, place, name, value)) return number;
  }
  if (name === accessListName && (request.word(field.setExtendedExtra) & killGroupRight) !== 0) killGroup(state, node);
  state.listening(node)?.extendedAttributeChanged(node, name, value);
  state.reply.finish(0);
  return done;
}

/** Whether the last process of the filter had set the attribute already. */
function isSetBefore({ isRepeated, reply }: FilterState, place: PathPlace, name: string, value: Buffer): boolean {
  if (!isRepeated) return false;
  const call = place.isLink ? getxattr : lgetxattr;
  const length: number = call(place.path, cString(name), reply.data, 65_536);
  return length === value.length && reply.data.subarray(0, length).equals(value);
}

function killGroup(state: FilterState, node: Node): void {
  if (state.look(node) !== 0 || (state.status.mode & 0o2000) === 0) return;
  const mode = state.status.mode & 0o7777 & ~0o2000;
  fchmodat2(state.places.find(node), state.places.name, mode, linkFlags);
}

export function getExtended(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const nameAt = headerBytes + getExtendedBytes;
  const isForCapability = state.request.isLastName(nameAt, capabilityName);
  if (isForCapability && node.isWithoutCapability) return errorNumber.ENODATA;
  const place = state.places.pathOf(node);
  if (place === undefined) return state.places.failure;
  const name = cString(state.request.lastName(nameAt));
  const size = state.request.word(field.extendedSize);
  const call = place.isLink ? getxattr : lgetxattr;
  const length = call(place.path, name, size === 0 ? null : state.reply.data, size);
  if (length < 0 && isForCapability && errno() === errorNumber.ENODATA) {
    node.isWithoutCapability = true;
    return errorNumber.ENODATA;
  }
  return finishExtended(state, size, length);
}

export function listExtended(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const place = state.places.pathOf(node);
  if (place === undefined) return state.places.failure;
  const call = place.isLink ? listxattr : llistxattr;
  const { data } = state.reply;
  let length: number = call(place.path, data, 65_536);
  // Only root is shown these names (capabilities(7), CAP_SYS_ADMIN); the loop always is root.
  if (length > 0 && state.request.userId !== 0) {
    const names = data.toString('latin1', 0, length).split('\0').slice(0, -1);
    const shown = names.filter((name) => !name.startsWith('trusted.')).map((name) => `${name}\0`);
    length = data.write(shown.join(''), 0, 'latin1');
  }
  const size = state.request.word(field.extendedSize);
  if (size > 0 && length > size) return errorNumber.ERANGE;
  return finishExtended(state, size, length);
}

function finishExtended({ reply }: FilterState, size: number, length: number): number {
  if (length < 0) return errno();
  if (size > 0) {
    reply.finish(length);
    return done;
  }
  reply.setWord(16, length);
  reply.setWord(20, 0);
  reply.finish(8);
  return done;
}

export function removeExtended(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const place = state.places.pathOf(node);
  if (place === undefined) return state.places.failure;
  const name = state.request.lastName(headerBytes);
  const call = place.isLink ? removexattr : lremovexattr;
  if (call(place.path, cString(name)) < 0) {
    const number = errno();
    if (number !== errorNumber.ENODATA || !state.isRepeated) return number;
  }
  state.listening(node)?.extendedAttributeChanged(node, name, undefined);
  state.reply.finish(0);
  return done;
}

/** struct statfs of 64-bit Linux: words of eight bytes. */
const fileSystem = Buffer.alloc(256);

export function statfs(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const root = state.table.top.children?.get(String(node.root));
  if (root === undefined || fstatfs(root.descriptor, fileSystem) < 0) return errno();
  const { bytes } = state.reply;
  bytes.fill(0, 16, 16 + 80);
  // blocks, bfree, bavail, files, ffree stand in the same order.
  fileSystem.copy(bytes, 16, 16, 16 + 40);
  state.reply.setWord(16 + 40, fileSystem.readUInt32LE(8));
  state.reply.setWord(16 + 44, fileSystem.readUInt32LE(64));
  state.reply.setWord(16 + 48, fileSystem.readUInt32LE(72));
  state.reply.finish(80);
  return done;
}
