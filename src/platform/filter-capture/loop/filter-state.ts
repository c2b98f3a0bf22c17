// What the handlers of requests share: the request and its reply, the nodes, and the calls that look at an object.
//
// A handler returns `done` after it has finished the reply, `unanswered` when there is none, or else the kernel's error number, which
// becomes the reply. All of it happens on one thread, one request at a time.
import type { RawPath } from '../../../base/raw-path.ts';
import { joinRaw } from '../../../base/raw-path.ts';
import type { ObjectStatus } from '../../../model/stream/attributes.ts';
import { atEmptyPath, atSymlinkNoFollow } from '../../kernel/libc.ts';
import { type Address, emptyName } from '../../kernel/memory-address.ts';
import type { ChangedName, ChangeListener } from '../change-listener.ts';
import { errno, statx } from '../kernel/file-calls.ts';
import type { Keeper } from '../nodes/keeper.ts';
import type { NodeJournal } from '../nodes/node-journal.ts';
import { access, foreverLookups, type Node, NodeTable } from '../nodes/node-table.ts';
import { Places } from '../nodes/places.ts';
import { restoreTable } from '../nodes/table-restoring.ts';
import type { WaitingKind } from '../nodes/waiting-slots.ts';
import { errorNumber } from '../protocol/opcodes.ts';
import type { ReplyView } from '../protocol/reply-view.ts';
import type { RequestView } from '../protocol/request-view.ts';
import { basicStatistics, birthTime, StatusView } from '../protocol/status-view.ts';
import { Caller } from './caller.ts';

export const done = 0;
export const unanswered = -1;

/** The clock of a file system may lag so much behind (coarse_nsec of the kernel: a tick). */
const clockGrainMs = 20;

export type Handler = (state: FilterState) => number;

export interface StateParts {
  readonly request: RequestView;
  readonly reply: ReplyView;
  /** Descriptors of the folders, opened before anything was mounted over them; of directories that can be listed. */
  readonly rootDescriptors: readonly number[];
  readonly listener: ChangeListener | undefined;
  /** What the last process of this filter has left behind is in it; empty for the first one. */
  readonly journal: NodeJournal;
  readonly keeper: Keeper | undefined;
  readonly durable: Durable;
  /** When the present request began to make something, in memory that outlives the process: milliseconds since the epoch, or 0. */
  readonly begunMs: Float64Array;
}

/** Makes what was written to a descriptor durable. Returns as a handler does; @param written How much the request wrote, when it is a write. */
export interface Durable {
  sync(state: FilterState, descriptor: number, kind: WaitingKind, written?: number): number;
}

export class FilterState {
  readonly request: RequestView;
  readonly reply: ReplyView;
  readonly listener: ChangeListener | undefined;
  readonly status = new StatusView();
  readonly places = new Places();
  readonly caller = new Caller();
  readonly table: NodeTable;
  readonly journal: NodeJournal;
  readonly keeper: Keeper | undefined;
  readonly durable: Durable;
  /** Whether the last process of the filter had begun the present request, and may have done what it asks for. */
  isRepeated = false;
  readonly #begunMs: Float64Array;
  /** The nodes that the reply tells the kernel of, so many from the beginning. */
  readonly #told: Node[] = [];
  #toldCount = 0;

  constructor({ request, reply, rootDescriptors, listener, journal, keeper, durable, begunMs }: StateParts) {
    this.request = request;
    this.reply = reply;
    this.listener = listener;
    this.journal = journal;
    this.keeper = keeper;
    this.durable = durable;
    this.#begunMs = begunMs;
    const [first = -1] = rootDescriptors;
    statx(first, emptyName, atEmptyPath, basicStatistics, this.status.address);
    this.table = new NodeTable(this.status.device);
    for (const [root, descriptor] of rootDescriptors.entries()) {
      this.lookAt(descriptor, emptyName);
      this.table.tell(this.table.top, String(root), this.status, root).lookups = foreverLookups;
    }
    restoreTable(this.table, journal);
    for (const node of this.table.all()) node.mappers = node.opens;
    this.table.journal = journal;
    for (const [root, descriptor] of rootDescriptors.entries()) {
      const node = this.table.top.children?.get(String(root));
      if (node === undefined) continue;
      node.descriptor = descriptor;
      node.access = access.read;
    }
    this.table.onDropped = (node) => {
      if (node.isKept) this.keeper?.drop(node.id);
      this.places.release(node);
    };
  }

  /** Takes over a descriptor that the guard has kept of a node; false when it is not one of that node. */
  adopt(id: number, descriptor: number): boolean {
    const node = this.table.get(id);
    if (node === undefined || this.lookAt(descriptor, emptyName) !== 0) return false;
    if (this.table.keyOf(this.status) !== node.key) return false;
    node.isKept = true;
    this.places.adopt(node, descriptor, access.read);
    return true;
  }

  /** The node that the request is about. */
  get node(): Node | undefined {
    return this.table.get(this.request.node);
  }

  /** Fills `status` with what an object is. 0, or the error. */
  look(node: Node): number {
    const at = this.places.find(node);
    return at < 0 ? this.places.failure : this.lookAt(at, this.places.name);
  }

  /** The same by a descriptor and a name. */
  lookAt(at: number, name: Address): number {
    return statx(at, name, atEmptyPath | atSymlinkNoFollow, basicStatistics, this.status.address) < 0 ? errno() : 0;
  }

  /** To be called before a request is handled, or handled again. */
  begin(isRepeated: boolean): void {
    this.isRepeated = isRepeated;
    if (!isRepeated) this.#begunMs[0] = 0;
    this.#toldCount = 0;
  }

  /** To be called before something is made that `isMadeBefore` may be asked for. */
  beginMaking(): void {
    if (this.#begunMs[0] === 0) this.#begunMs[0] = Date.now();
  }

  /** Whether the last process of the filter made what is there, for the present request. */
  isMadeBefore(at: number, name: Address): boolean {
    if (!this.isRepeated) return false;
    const mask = basicStatistics | birthTime;
    if (statx(at, name, atSymlinkNoFollow, mask, this.status.address) < 0) return false;
    return this.status.bornMs >= (this.#begunMs[0] as number) - clockGrainMs;
  }

  /** The node with which the reply tells the kernel of what `status` was filled with. */
  tell(folder: Node, name: string): Node {
    const node = this.table.tell(folder, name, this.status, folder.root);
    this.#told[this.#toldCount++] = node;
    return node;
  }

  /** The reply did not arrive: nobody has been told anything. */
  takeBackTold(): void {
    for (let index = 0; index < this.#toldCount; index++) this.table.forget(this.#told[index] as Node, 1);
  }

  /** Begins a reply with a struct fuse_entry_out for what `status` was filled with, and tells the kernel its node. */
  entry(folder: Node, name: string): Node {
    const node = this.tell(folder, name);
    this.reply.entry(16, node.id, this.status, true);
    return node;
  }

  /** A failed call into C. */
  failed(): number {
    return errno();
  }

  /** The listener, if it can be told of a change of this object. */
  listening(node: Node): ChangeListener | undefined {
    const { listener } = this;
    if (listener === undefined || node.isNamed) return listener;
    // It has lost every name by which it is known. If it has others, nobody here knows them.
    if (node.links > 0 && !node.isUnnamedTold) {
      node.isUnnamedTold = true;
      listener.changedUnnamed(node.root);
    }
    return undefined;
  }

  /** For a listener. */
  nameIn(folder: Node, name: string): ChangedName {
    return { root: folder.root, path: joinRaw(folder.path, name) as RawPath };
  }

  objectStatus(): ObjectStatus {
    return this.status.toObjectStatus();
  }
}

/** A node that the kernel knows and the table does not: the filter has lost it. */
export const lost = errorNumber.ESTALE;
