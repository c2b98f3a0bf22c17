// Requests that look for names, make them, and take them away.
import { rawBytes } from '../../../base/raw-path.ts';
import type { ObjectKind } from '../../../model/stream/attributes.ts';
import { atRemoveDirectory, openFlags } from '../../kernel/libc.ts';
import { type Address, addressOf, emptyName } from '../../kernel/memory-address.ts';
import { kindOf } from '../../kernel/object-kind.ts';
import {
  close,
  linkat,
  mkdirat,
  mknodat,
  openat,
  readlinkat,
  renameat2,
  symlinkat,
  unlinkat,
} from '../kernel/file-calls.ts';
import { access, type Node, topNode } from '../nodes/node-table.ts';
import { errorNumber } from '../protocol/opcodes.ts';
import { entryBytes, openedBytes, openedFlag } from '../protocol/reply-view.ts';
import { field, type NameAt, nameAt } from '../protocol/request-view.ts';
import { canMap } from './file-requests.ts';
import { done, type FilterState, lost } from './filter-state.ts';

const exchangeFlag = 2; // RENAME_EXCHANGE
const noReplaceFlag = 1; // RENAME_NOREPLACE
const regularType = 0o100000; // S_IFREG
const linkType = 0o120000; // S_IFLNK

export function lookup(state: FilterState): number {
  const folder = state.node;
  if (folder === undefined) return lost;
  const name = state.request.lastName(nameAt.plain);
  if (folder.id === topNode) return lookupRoot(state, name);
  const at = state.places.openFolder(folder);
  if (at < 0) return state.places.failure;
  const failure = state.lookAt(at, state.request.nameAddress(nameAt.plain));
  if (failure === errorNumber.ENOENT) {
    const before = folder.children?.get(name);
    if (before !== undefined) state.table.removeName(folder, name, before);
    // A node of 0 says that there is nothing, and that this lasts.
    state.status.words.fill(0);
    state.reply.entry(16, 0, state.status, true);
    state.reply.finish(entryBytes);
    return done;
  }
  if (failure !== 0) return failure;
  state.entry(folder, name);
  state.reply.finish(entryBytes);
  return done;
}

/** The roots are the only names in the folder above them. */
function lookupRoot(state: FilterState, name: string): number {
  const root = state.table.top.children?.get(name);
  if (root === undefined) return errorNumber.ENOENT;
  const failure = state.look(root);
  if (failure !== 0) return failure;
  state.reply.entry(16, root.id, state.status, true);
  state.reply.finish(entryBytes);
  return done;
}

export function create(state: FilterState): number {
  const { request, places } = state;
  const folder = state.node;
  if (folder === undefined) return lost;
  const at = places.openFolder(folder);
  if (at < 0) return places.failure;
  state.caller.become(request.userId, request.groupId);
  state.caller.setUmask(request.word(field.createUmask));
  const asked = request.word(field.openFlags);
  const mode = request.word(field.createMode) & 0o7777;
  const nameAddress = request.nameAddress(nameAt.node);
  const flags = openFlags.readWrite | openFlags.noFollow | openFlags.closeOnExec | openFlags.nonBlocking;
  state.beginMaking();
  let descriptor = openat(at, nameAddress, flags | openFlags.create | openFlags.exclusive, mode);
  let isNew = descriptor >= 0;
  if (!isNew && state.failed() === errorNumber.EEXIST) {
    isNew = state.isMadeBefore(at, nameAddress);
    if (!isNew && (asked & openFlags.exclusive) !== 0) return errorNumber.EEXIST;
    descriptor = openat(at, nameAddress, flags | (asked & openFlags.truncate), 0);
  }
  if (descriptor < 0) return state.failed();
  const failure = state.lookAt(descriptor, emptyName);
  if (failure !== 0) {
    close(descriptor);
    return failure;
  }
  const node = state.entry(folder, request.lastName(nameAt.node));
  node.isWithoutCapability = isNew;
  places.adopt(node, descriptor, access.readWrite);
  state.table.opened(node);
  if (canMap(asked)) node.mappers++;
  if (isNew) state.listening(node)?.created(node, state.objectStatus(), undefined);
  else if ((asked & openFlags.truncate) !== 0) state.listening(node)?.resized(node, 0);
  state.reply.opened(16 + entryBytes, openedFlag.keepCache);
  state.reply.finish(entryBytes + openedBytes);
  return done;
}

export function makeFolder(state: FilterState): number {
  const mode = state.request.word(field.makeFolderMode) & 0o7777;
  return make(state, nameAt.folder, field.makeFolderUmask, (at, name) => mkdirat(at, name, mode));
}

export function makeNode(state: FilterState): number {
  const mode = state.request.word(field.makeNodeMode);
  // Packed as mknod(2) takes it: both have 12 bits of major and 20 of minor number.
  const device = state.request.word(field.makeNodeDevice);
  return make(state, nameAt.node, field.makeNodeUmask, (at, name) => mknodat(at, name, mode, device));
}

export function symlink(state: FilterState): number {
  const { name, next } = state.request.firstName(nameAt.plain);
  const target = state.request.lastName(next);
  const text = rawBytes(`${target}\0`);
  return makeNamed(state, name, target, state.request.nameAddress(nameAt.plain), (at, link) =>
    symlinkat(addressOf(text), at, link),
  );
}

type Making = (at: number, name: Address) => number;

function make(state: FilterState, where: NameAt, umaskField: number, making: Making): number {
  state.caller.setUmask(state.request.word(umaskField));
  return makeNamed(state, state.request.lastName(where), undefined, state.request.nameAddress(where), making);
}

function makeNamed(
  state: FilterState,
  name: string,
  target: string | undefined,
  nameAddress: Address,
  making: Making,
): number {
  const folder = state.node;
  if (folder === undefined) return lost;
  const at = state.places.openFolder(folder);
  if (at < 0) return state.places.failure;
  state.caller.become(state.request.userId, state.request.groupId);
  state.beginMaking();
  if (making(at, nameAddress) < 0) {
    const number = state.failed();
    if (number !== errorNumber.EEXIST || !state.isMadeBefore(at, nameAddress)) return number;
  }
  const failure = state.lookAt(at, nameAddress);
  if (failure !== 0) return failure;
  const node = state.entry(folder, name);
  state.listening(node)?.created(node, state.objectStatus(), target);
  state.reply.finish(entryBytes);
  return done;
}

export function link(state: FilterState): number {
  const { request, places } = state;
  const folder = state.node;
  const node = state.table.get(request.word(field.linkNode));
  if (folder === undefined || node === undefined) return lost;
  const at = places.openFolder(folder);
  if (at < 0) return places.failure;
  const { folder: nodeFolder } = node;
  // Nothing leads back from an object that has lost its last name.
  if (nodeFolder === undefined) return errorNumber.ENOENT;
  const from = places.openFolder(nodeFolder);
  if (from < 0) return places.failure;
  places.setName(node.name);
  const nameAddress = request.nameAddress(nameAt.folder);
  state.caller.become(request.userId, request.groupId);
  const linkFailure = linkat(from, places.name, at, nameAddress, 0) < 0 ? state.failed() : 0;
  if (linkFailure !== 0 && !state.isRepeated) return linkFailure;
  const failure = state.lookAt(at, nameAddress);
  if (failure !== 0) return linkFailure || failure;
  if (linkFailure !== 0 && state.table.keyOf(state.status) !== node.key) return linkFailure;
  const name = request.lastName(nameAt.folder);
  const told = state.entry(folder, name);
  state.listener?.linked(told, state.nameIn(folder, name));
  state.reply.finish(entryBytes);
  return done;
}

export function unlink(state: FilterState): number {
  return remove(state, 0);
}

export function removeFolder(state: FilterState): number {
  return remove(state, atRemoveDirectory);
}

function remove(state: FilterState, flags: number): number {
  const folder = state.node;
  if (folder === undefined) return lost;
  const at = state.places.openFolder(folder);
  if (at < 0) return state.places.failure;
  const name = state.request.lastName(nameAt.plain);
  const node = folder.children?.get(name);
  if (node !== undefined) holdForLoss(state, node);
  if (unlinkat(at, state.request.nameAddress(nameAt.plain), flags) < 0) {
    const number = state.failed();
    // It was there when the kernel asked, so it went by what the last process did.
    if (number !== errorNumber.ENOENT || !state.isRepeated) return number;
  }
  const kind: ObjectKind = node === undefined ? kindOf(flags === 0 ? 0o100000 : 0o040000) : kindOf(node.type);
  if (node !== undefined) state.table.loseName(folder, name, node);
  state.listener?.removed(state.nameIn(folder, name), kind);
  state.reply.finish(0);
  return done;
}

/**
 * Before an object loses a name, which may be the only one by which it is known. A file that is open has its descriptor; one that is not
 * is of no more use to anybody, but for a descriptor of its path alone (O_PATH), whose status is then stale. A folder may be where a
 * program works, and FIFOs and devices are opened by the kernel without asking.
 */
function holdForLoss(state: FilterState, node: Node): void {
  if (node.type !== regularType && node.type !== linkType) state.places.hold(node);
  else if (node.opens > 0 && (node.otherNames?.length ?? 0) === 0) {
    // The descriptor may have been closed with the filter's last process.
    const descriptor = state.places.openFile(node, false);
    if (descriptor < 0) return;
    node.isKept = true;
    state.keeper?.keep(node.id, descriptor);
  }
}

export function rename(state: FilterState): number {
  return move(state, nameAt.folder, 0);
}

export function rename2(state: FilterState): number {
  return move(state, nameAt.node, state.request.word(field.renameFlags));
}

function move(state: FilterState, where: NameAt, flags: number): number {
  const { request, places, table } = state;
  if ((flags & ~(exchangeFlag | noReplaceFlag)) !== 0) return errorNumber.EINVAL;
  const fromFolder = state.node;
  const toFolder = table.get(request.word(field.renameFolder));
  if (fromFolder === undefined || toFolder === undefined) return lost;
  const fromAt = places.openFolder(fromFolder);
  if (fromAt < 0) return places.failure;
  const toAt = places.openFolder(toFolder);
  if (toAt < 0) return places.failure;
  const { name: from, next } = request.firstName(where);
  const to = request.lastName(next);
  const isExchange = (flags & exchangeFlag) !== 0;
  const replaced = isExchange ? undefined : toFolder.children?.get(to);
  if (replaced !== undefined) holdForLoss(state, replaced);
  places.setName(to);
  const fromAddress = request.nameAddress(where);
  if (
    !isMovedBefore(state, fromFolder.children?.get(from), toAt) &&
    renameat2(fromAt, fromAddress, toAt, places.name, flags) < 0
  )
    return state.failed();
  if (isExchange) table.exchange(fromFolder, from, toFolder, to);
  else {
    if (replaced !== undefined) table.loseName(toFolder, to, replaced);
    table.move(fromFolder, from, toFolder, to);
  }
  state.listener?.renamed(state.nameIn(fromFolder, from), state.nameIn(toFolder, to), isExchange);
  state.reply.finish(0);
  return done;
}

/** Whether the last process of the filter had moved the object to the name in `places` already. */
function isMovedBefore(state: FilterState, node: Node | undefined, toAt: number): boolean {
  if (!state.isRepeated || node === undefined) return false;
  return state.lookAt(toAt, state.places.name) === 0 && state.table.keyOf(state.status) === node.key;
}

export function readSymlink(state: FilterState): number {
  const node = state.node;
  if (node === undefined) return lost;
  const at = state.places.find(node);
  if (at < 0) return state.places.failure;
  const length = readlinkat(at, state.places.name, state.reply.dataAddress, 4096);
  if (length < 0) return state.failed();
  state.reply.finish(length);
  return done;
}
