// Requests about the content of files. A file has one descriptor beneath, whatever the number of programs that have it open: the kernel
// has checked what each may do, and says with each request where in the file. So programs' O_APPEND and O_DIRECT mean nothing here: the kernel sends
// the offset of an appended write, and a write that the application aligned need not be aligned in the buffer of a request.
import { openFlags, seekHole } from '../../kernel/libc.ts';
import { errno, fallocate, ftruncate, lseek, pread, pwrite, syncfs } from '../kernel/file-calls.ts';
import { waitingKind } from '../nodes/waiting-slots.ts';
import { errorNumber } from '../protocol/opcodes.ts';
import { openedBytes, openedFlag } from '../protocol/reply-view.ts';
import { field, writeDataAt } from '../protocol/request-view.ts';
import { done, type FilterState, lost } from './filter-state.ts';
import { killRights, killRightsUnlessMaySet } from './kept-rights.ts';

const accessBits = 3; // O_ACCMODE
const syncDataFlag = 0o10000; // O_DSYNC
const syncFlag = 0o4000000; // __O_SYNC, which comes with O_DSYNC
const killRightsOnWrite = 4; // FUSE_WRITE_KILL_SUIDGID
const killRightsOnOpen = 1; // FUSE_OPEN_KILL_SUIDGID
const dataOnlyFlag = 1; // FUSE_FSYNC_FDATASYNC
const keepSize = 1; // FALLOC_FL_KEEP_SIZE
const punchHole = 2; // FALLOC_FL_PUNCH_HOLE
const zeroRange = 16; // FALLOC_FL_ZERO_RANGE

export function open(state: FilterState): number {
  const { request } = state;
  const node = state.node;
  if (node === undefined) return lost;
  const flags = request.word(field.openFlags);
  const isCut = (flags & openFlags.truncate) !== 0;
  const descriptor = state.places.openFile(node, (flags & accessBits) !== 0 || isCut);
  if (descriptor < 0) return state.places.failure;
  if (isCut) {
    state.caller.become(request.userId, request.groupId);
    if (ftruncate(descriptor, 0) < 0) return errno();
    if ((request.word(field.openExtra) & killRightsOnOpen) !== 0) killRights(state, node);
    state.listening(node)?.resized(node, 0);
  }
  state.table.opened(node);
  if (canMap(flags)) node.mappers++;
  state.reply.opened(16, openedFlag.keepCache);
  state.reply.finish(openedBytes);
  return done;
}

/** Whether what is opened with these flags can be changed by a shared map. */
export function canMap(flags: number): boolean {
  return (flags & accessBits) === openFlags.readWrite;
}

export function release(state: FilterState): number {
  const node = state.node;
  state.reply.finish(0);
  if (node === undefined) return done;
  const flags = state.request.word(field.releaseFlags);
  if (canMap(flags)) node.mappers = Math.max(0, node.mappers - 1);
  if ((flags & accessBits) !== 0 && node.isNamed) state.listener?.closedAfterWriting(node);
  // What has no name is found by its descriptor alone, until the kernel forgets it.
  if (node.opens <= 1 && node.isNamed) state.places.release(node);
  state.table.closed(node);
  node.mappers = Math.min(node.mappers, node.opens);
  return done;
}

export function read(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const descriptor = state.places.openFile(node, false);
  if (descriptor < 0) return state.places.failure;
  const { request, reply } = state;
  const count = pread(descriptor, reply.dataAddress, request.word(field.size), request.number64(field.offset));
  if (count < 0) return errno();
  reply.finish(count);
  return done;
}

export function write(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const { request, reply } = state;
  const descriptor = state.places.openFile(node, true);
  if (descriptor < 0) return state.places.failure;
  const offset = request.number64(field.offset);
  state.caller.become(request.userId, request.groupId);
  const count = pwrite(descriptor, request.writeDataAddress, request.word(field.size), offset);
  if (count < 0) return errno();
  if ((request.word(field.writeFlags) & killRightsOnWrite) !== 0) killRights(state, node);
  state.listening(node)?.wrote(node, offset, request.bytes, writeDataAt, count);
  const flags = request.word(field.writeOpenFlags);
  if ((flags & (syncDataFlag | syncFlag)) !== 0) {
    const kind = (flags & syncFlag) === 0 ? waitingKind.data : waitingKind.all;
    return state.durable.sync(state, descriptor, kind, count);
  }
  reply.setWord(16, count);
  reply.setWord(20, 0);
  reply.finish(8);
  return done;
}

export function allocate(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const { request } = state;
  const descriptor = state.places.openFile(node, true);
  if (descriptor < 0) return state.places.failure;
  const mode = request.word(field.allocateMode);
  // Others move what is in the file.
  if ((mode & ~(keepSize | punchHole | zeroRange)) !== 0) return errorNumber.EOPNOTSUPP;
  const offset = request.number64(field.offset);
  const length = request.number64(field.allocateLength);
  state.caller.become(request.userId, request.groupId);
  const listener = state.listening(node);
  const sizeBefore = listener !== undefined && state.look(node) === 0 ? state.status.size : 0;
  if (fallocate(descriptor, mode, offset, length) < 0) return errno();
  killRightsUnlessMaySet(state, node);
  if (listener !== undefined) {
    if ((mode & (punchHole | zeroRange)) !== 0 && offset < sizeBefore)
      listener.zeroed(node, offset, Math.min(length, sizeBefore - offset));
    if ((mode & keepSize) === 0 && offset + length > sizeBefore) listener.resized(node, offset + length);
  }
  state.reply.finish(0);
  return done;
}

/**
 * Where data or a hole begins. What a program stores through a shared map is not beneath until the kernel writes it, at the latest when the
 * map goes; until then every byte may be data.
 */
export function seek(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const { request, reply } = state;
  const offset = request.number64(field.offset);
  const whence = request.word(field.seekWhence);
  let at: number;
  if (node.mappers > 0) {
    const failure = state.look(node);
    if (failure !== 0) return failure;
    const { size } = state.status;
    if (offset >= size) return errorNumber.ENXIO;
    at = whence === seekHole ? size : offset;
  } else {
    const descriptor = state.places.openFile(node, false);
    if (descriptor < 0) return state.places.failure;
    at = Number(lseek(descriptor, offset, whence));
    if (at < 0) return errno();
  }
  reply.setNumber64(16, at);
  reply.finish(8);
  return done;
}

export function sync(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const descriptor = node.isFolder ? state.places.openFolder(node) : state.places.openFile(node, false);
  if (descriptor < 0) return state.places.failure;
  if (node.isNamed) state.listener?.syncAsked(node);
  const isDataOnly = (state.request.word(field.syncFlags) & dataOnlyFlag) !== 0;
  return state.durable.sync(state, descriptor, isDataOnly ? waitingKind.data : waitingKind.all);
}

export function syncFileSystem(state: FilterState): number {
  state.listener?.syncAsked(undefined);
  for (const root of state.table.top.children?.values() ?? []) if (syncfs(root.descriptor) < 0) return errno();
  state.reply.finish(0);
  return done;
}
