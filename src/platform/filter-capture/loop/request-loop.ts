// The loop: reads a request, acts on the folder beneath, tells the listener, replies. One thread and one request at a time, so that
// the order of the calls to the listener is the order of the changes.
//
// It ends when the last mount of its folders is gone and nobody uses a file of it any more.
import { Failure } from '../../../base/failure.ts';
import { errnoNameOf } from '../../kernel/errno.ts';
import { errno, read, setBlocking, write } from '../kernel/file-calls.ts';
import { answeredAt } from '../nodes/lasting-layout.ts';
import { rewriteJournal } from '../nodes/table-restoring.ts';
import { agree } from '../protocol/agreement.ts';
import { errorNumber, opcode } from '../protocol/opcodes.ts';
import { field, requestBytesMax } from '../protocol/request-view.ts';
import {
  extendedStatus,
  getAttributes,
  getExtended,
  listExtended,
  removeExtended,
  setAttributes,
  setExtended,
  statfs,
} from './attribute-requests.ts';
import {
  allocate,
  open,
  read as readFile,
  release,
  seek,
  sync,
  syncFileSystem,
  write as writeFile,
} from './file-requests.ts';
import { done, type FilterState, type Handler, unanswered } from './filter-state.ts';
import { readFolder, readFolderPlus } from './folder-requests.ts';
import {
  create,
  link,
  lookup,
  makeFolder,
  makeNode,
  readSymlink,
  removeFolder,
  rename,
  rename2,
  symlink,
  unlink,
} from './name-requests.ts';

/** A request that is not here is answered with ENOSYS, which the kernel keeps in mind for most of them. */
const handlers: Readonly<Partial<Record<keyof typeof opcode, Handler>>> = {
  lookup,
  forget,
  getAttributes,
  setAttributes,
  readSymlink,
  symlink,
  makeNode,
  makeFolder,
  unlink,
  removeFolder,
  rename,
  link,
  open,
  read: readFile,
  write: writeFile,
  statfs,
  release,
  fsync: sync,
  setExtended,
  getExtended,
  listExtended,
  removeExtended,
  init,
  readFolder,
  fsyncFolder: sync,
  create,
  interrupt: () => unanswered,
  destroy: finishEmpty,
  ioctl: () => errorNumber.ENOTTY,
  batchForget,
  allocate,
  readFolderPlus,
  rename2,
  seek,
  syncFileSystem,
  statx: extendedStatus,
};

const byNumber: (Handler | undefined)[] = [];
for (const [name, number] of Object.entries(opcode)) byNumber[number] = handlers[name as keyof typeof opcode];

/** Who else is to be heard on the loop's thread. */
export interface Attendant {
  /** Nobody is there, so the loop may sleep in the device; whoever comes then asks for a name in a folder, which wakes it. */
  readonly isIdle: boolean;
  /** Hears whoever has something to say. Waits only when a server holds up the programs. */
  attend(): void;
  /** Sleeps until the device has a request or somebody has something to say, and hears it. */
  sleep(device: number): void;
}

/** Under load others are heard after so many requests. */
const attendEach = 64;

/** The length of the reply to a request that has none, once it is done. */
const doneUnanswered = 1;

export class RequestLoop {
  readonly #device: number;
  readonly #state: FilterState;
  readonly #answered: Float64Array;

  /** @param device An open /dev/fuse. @param memory Where the request and its reply are. */
  constructor(device: number, state: FilterState, memory: ArrayBuffer) {
    this.#device = device;
    this.#state = state;
    this.#answered = new Float64Array(memory, answeredAt, 1);
  }

  /**
   * Ends what the last process of the filter was doing when it was killed. Its request is still in the memory, because at most one
   * is read before it is answered: not begun, begun, or finished and perhaps not answered.
   */
  resume(): void {
    const state = this.#state;
    const { request, reply } = state;
    if (request.opcode === 0) return;
    const isBegun = request.words[2] === reply.words[2] && request.words[3] === reply.words[3];
    if (isBegun && reply.length > 0) {
      // If it was answered, the kernel no longer knows the request.
      if (reply.length !== doneUnanswered) write(this.#device, reply.address, reply.length);
      return;
    }
    this.#answer(isBegun);
  }

  /** Serves until the mount is gone. Throws a Failure when the kernel lacks what is needed. */
  serve(attendant?: Attendant): void {
    const { request, table, journal } = this.#state;
    const device = this.#device;
    let served = 0;
    // Alone it sleeps in the read; in company it must not.
    let isAlone = true;
    setBlocking(device, true);
    for (;;) {
      const length = read(device, request.address, requestBytesMax);
      if (length < 0) {
        const number = errno();
        if (number === errorNumber.ENODEV) return;
        if (number === errorNumber.EAGAIN) {
          attendant?.sleep(device);
          continue;
        }
        // The program that asked was interrupted before the request was read, or a signal came.
        if (number === errorNumber.ENOENT || number === errorNumber.EINTR) continue;
        throw broken('read a request', number);
      }
      this.#answer(false);
      if (journal.isGrown) rewriteJournal(table, journal);
      if (attendant === undefined) continue;
      served++;
      if (isAlone ? request.opcode === opcode.lookup : served % attendEach === 0) attendant.attend();
      if (attendant.isIdle === isAlone) continue;
      isAlone = attendant.isIdle;
      setBlocking(device, isAlone);
    }
  }

  /** @param isRepeated Whether the last process of the filter had begun the request. */
  #answer(isRepeated: boolean): void {
    const state = this.#state;
    const { request, reply } = state;
    state.journal.mark();
    state.begin(isRepeated);
    reply.begin(request.words);
    const result = (byNumber[request.opcode] ?? unknown)(state);
    if (result === unanswered) {
      reply.words[0] = doneUnanswered;
      return;
    }
    if (result !== done) reply.fail(result);
    this.#answered[0] = (this.#answered[0] as number) + 1;
    if (write(this.#device, reply.address, reply.length) >= 0) return;
    const number = errno();
    // The program that asked was killed.
    if (number === errorNumber.ENOENT) state.takeBackTold();
    else if (number !== errorNumber.ENODEV) throw broken('answer a request', number);
  }
}

function broken(operation: string, number: number): Failure {
  const code = errnoNameOf(number);
  return new Failure({ code, operation, subject: '/dev/fuse', reason: `the kernel refused it (${code})` });
}

function unknown(): number {
  return errorNumber.ENOSYS;
}

function init(state: FilterState): number {
  agree(state.request, state.reply);
  return done;
}

function finishEmpty({ reply }: FilterState): number {
  reply.finish(0);
  return done;
}

function forget({ request, table }: FilterState): number {
  const node = table.get(request.node);
  if (node !== undefined) table.forget(node, request.number64(field.forgetCount));
  return unanswered;
}

const forgetOneWords = 4;

function batchForget({ request, table }: FilterState): number {
  const count = request.word(field.batchCount);
  for (let one = 0; one < count; one++) {
    const at = field.batchFirst + one * forgetOneWords;
    const node = table.get(request.word(at));
    if (node !== undefined) table.forget(node, request.number64(at + 2));
  }
  return unanswered;
}
