// Requests for the entries of a folder. The kernel opens folders without asking (FUSE_NO_OPENDIR_SUPPORT) and keeps what it has read
// of them until something in them changes; so a request names the folder, and the offset after which to go on is the one
// that the file system beneath gave (d_off), which stays good whatever happens to other entries.
//
// One folder's entries are read ahead of the request. A request for another folder, or another offset, begins again there.

import { type Address, addressOf } from '../../kernel/memory-address.ts';
import { errno, getdents64, lseek } from '../kernel/file-calls.ts';
import type { Node } from '../nodes/node-table.ts';
import { entryBytes, replyHeaderBytes } from '../protocol/reply-view.ts';
import { field } from '../protocol/request-view.ts';
import { done, type FilterState, lost } from './filter-state.ts';

/** struct linux_dirent64: ino, off, reclen (2 bytes), type (1 byte), name. */
const listed = { offset: 8, length: 16, type: 18, name: 19 } as const;
/** struct fuse_dirent: ino, off, namelen, type, name. */
const direntBytes = 24;
const listingBytes = 32_768;

/** What was read ahead. */
class Listing {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly #address: Address;
  node: Node | undefined;
  /** The offset after which the entry at `at` stands, as two words. */
  low = 0;
  high = 0;
  at = 0;
  end = 0;

  constructor() {
    const memory = new ArrayBuffer(listingBytes);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
    this.#address = addressOf(this.bytes);
  }

  /** Makes sure that the next entry after an offset is at `at`, unless there is none (`at === end`). 0, or the error. */
  fill(node: Node, descriptor: number, low: number, high: number): number {
    const isNext = this.node === node && this.low === low && this.high === high;
    // A listing from the beginning is always read anew: what was read ahead is older than the request.
    if (isNext && this.at < this.end && (low !== 0 || high !== 0)) return 0;
    const offset = high === 0 ? low : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
    this.node = undefined;
    if (lseek(descriptor, offset, 0) === -1) return errno();
    return this.more(node, descriptor, low, high);
  }

  /** Reads on where the descriptor stands, which is after the given offset. */
  more(node: Node, descriptor: number, low: number, high: number): number {
    const count = getdents64(descriptor, this.#address, listingBytes);
    if (count < 0) return errno();
    this.node = node;
    this.low = low;
    this.high = high;
    this.at = 0;
    this.end = count;
    return 0;
  }

  /** Passes over the entry at `at`. */
  step(): void {
    const first = this.at >> 2;
    this.low = this.words[first + 2] as number;
    this.high = this.words[first + 3] as number;
    this.at += this.bytes.readUInt16LE(this.at + listed.length);
  }
}

const listing = new Listing();

export function readFolder(state: FilterState): number {
  return list(state, 0);
}

export function readFolderPlus(state: FilterState): number {
  return list(state, entryBytes);
}

/** @param ahead Bytes before each entry: a struct fuse_entry_out, or none. */
function list(state: FilterState, ahead: number): number {
  const node = state.node;
  if (node === undefined) return lost;
  const descriptor = state.places.openFolder(node);
  if (descriptor < 0) return state.places.failure;
  const { request, reply } = state;
  const size = request.word(field.size);
  const failure = listing.fill(node, descriptor, request.word(field.offset), request.word(field.offset + 1));
  if (failure !== 0) return failure;
  let at = replyHeaderBytes;
  for (;;) {
    if (listing.at >= listing.end) {
      // The end is only known when nothing more is given. With something in the reply, the kernel asks again.
      if (at > replyHeaderBytes || listing.end === 0) break;
      const moreFailure = listing.more(node, descriptor, listing.low, listing.high);
      if (moreFailure !== 0) return moreFailure;
      continue;
    }
    const nameEnd = listing.bytes.indexOf(0, listing.at + listed.name);
    const nameLength = nameEnd - listing.at - listed.name;
    const entryLength = (ahead + direntBytes + nameLength + 7) & ~7;
    if (at + entryLength > replyHeaderBytes + size) break;
    if (ahead > 0) putEntry(state, node, descriptor, at, nameLength);
    putName(state, at + ahead, nameLength);
    at += entryLength;
    listing.step();
  }
  reply.finish(at - replyHeaderBytes);
  return done;
}

function putName({ reply }: FilterState, at: number, nameLength: number): void {
  const from = listing.at >> 2;
  const to = at >> 2;
  for (let word = 0; word < 4; word++) reply.words[to + word] = listing.words[from + word] as number;
  reply.words[to + 4] = nameLength;
  reply.words[to + 5] = listing.bytes[listing.at + listed.type] as number;
  // Zeros up to the next multiple of eight.
  const last = (direntBytes + nameLength) & ~7;
  if (last !== direntBytes + nameLength) reply.setNumber64(at + last, 0);
  const nameFrom = listing.at + listed.name;
  listing.bytes.copy(reply.bytes, at + direntBytes, nameFrom, nameFrom + nameLength);
}

/** An entry with its node, as if the kernel had looked it up; of 0 for what it must look up by itself. */
function putEntry(state: FilterState, folder: Node, descriptor: number, at: number, nameLength: number): void {
  const nameFrom = listing.at + listed.name;
  const name = listing.bytes.toString('latin1', nameFrom, nameFrom + nameLength);
  state.status.words.fill(0);
  let id = 0;
  if (name !== '.' && name !== '..') {
    state.places.setName(name);
    if (state.lookAt(descriptor, state.places.name) === 0) {
      id = state.tell(folder, name).id;
    } else state.status.words.fill(0);
  }
  state.reply.entry(at, id, state.status, true);
}
