// One session of a server with a filter: what it records of some folders, as a CaptureSession (ports/capture.ts, mode
// `operations`). The filter lives longer than the server, and a filter may be started again below its guard.
//
//   filter --socket: records and words--> RecordSplitter --batches--> listener
//
// While the listener waits nothing is read, so that the filter's pipe fills; what happens then is said in record-pipe.ts.
import type { Socket } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { rootPath } from '../../base/raw-path.ts';
import { Signal } from '../../base/waiting/signal.ts';
import type { CaptureMode } from '../../model/promise.ts';
import {
  type CapturedChange,
  type CaptureRequest,
  type CaptureSession,
  type HeldFile,
  recordBatchBytes,
  writersHeldMs,
} from '../../ports/capture.ts';
import { type EarlyUser, earlyUsers, usersText } from './early-users.ts';
import { decodeWord, encodeWord, type FilterWord, isWord } from './records/filter-words.ts';
import { RecordSplitter } from './records/record-splitter.ts';

/** A filter over the roots of a request. */
export interface OpenFilter {
  /** Absolute, without symbolic links. */
  readonly roots: readonly string[];
  /** For each root the folder's number in the filter. */
  readonly folders: readonly number[];
  readonly socket: string;
  readonly guardProcess: number;
}

/** Connects to a filter; `take` gets what it says, in memory that is used again. */
export type FilterCall = (take: (bytes: Buffer) => void) => Promise<Socket>;

export class FilterSession implements CaptureSession {
  readonly mode = 'operations';
  readonly #roots: readonly string[];
  readonly guardProcess: number;
  #early: readonly EarlyUser[] = [];
  readonly #socket: Socket;
  readonly #request: CaptureRequest;
  readonly #splitter = new RecordSplitter();
  readonly #flushes = new Map<number, () => void>();
  #flushCount = 0;
  /** Arrived, and not delivered yet. */
  readonly #arrived: (CapturedChange | FilterWord)[] = [];
  #isDelivering = false;
  #state: 'opening' | 'recording' | 'over' = 'opening';
  readonly #changed = new Signal();

  private constructor(socket: Socket, filter: OpenFilter, request: CaptureRequest) {
    this.#socket = socket;
    this.#request = request;
    this.#roots = filter.roots;
    this.guardProcess = filter.guardProcess;
    socket.on('error', () => undefined);
    socket.once('close', () => this.#end('the filter has ended the connection'));
  }

  /**
   * Resolves once everything that happens in the folders is recorded.
   * @param call Calls the filter.
   * @param wake Makes the filter look who has called.
   */
  static async open(
    call: FilterCall,
    filter: OpenFilter,
    request: CaptureRequest,
    wake: () => Promise<void>,
  ): Promise<FilterSession> {
    let session: FilterSession | undefined;
    // It says nothing before it is asked to record.
    const socket = await call((bytes) => {
      if (session !== undefined) session.#take(bytes);
    });
    session = new FilterSession(socket, filter, request);
    socket.write(encodeWord({ type: 'record', folders: [...filter.folders] }), () => void wake());
    await session.#changed.until(() => session.#state !== 'opening');
    if (session.#state === 'over') throw noLongerThere('begin to record');
    await session.#findEarly();
    return session;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get promise(): CaptureMode {
    return this.#early.length === 0 ? 'operations' : 'changes';
  }

  get remarks(): readonly string[] {
    return this.#early.length === 0 ? [] : [earlyText(this.#early)];
  }

  /**
   * Of programs that were there before the filter. Whoever has let go of everything once cannot get past it again. What they did until
   * then may have been seen by nobody, so when the last of them lets go an overflow is delivered.
   */
  async heldFiles(): Promise<readonly HeldFile[]> {
    // A look at all processes takes a while, and a task that is placed in the stream waits for it.
    if (this.#early.length > 0) await this.#findEarly();
    return this.#early.flatMap(({ files }) => files);
  }

  async #findEarly(): Promise<void> {
    const found = await earlyUsers(this.#roots, this.guardProcess);
    const isLast = this.#early.length > 0 && found.length === 0;
    this.#early = found;
    if (!isLast || this.#state === 'over') return;
    this.#arrived.push(...this.#loss());
    if (!this.#isDelivering) void this.#deliver();
  }

  flush(): Promise<void> {
    return this.#ask((id) => ({ type: 'flush', id }));
  }

  async holdWriters(): Promise<() => void> {
    await this.#ask((id) => ({ type: 'hold', id, limitMs: writersHeldMs }));
    return () => this.#say({ type: 'goOn' });
  }

  async stop(): Promise<void> {
    this.#state = 'over';
    this.#changed.notify();
    this.#socket.destroy();
  }

  /** Resolves when the filter has said that everything up to this word is delivered. */
  async #ask(wordOf: (id: number) => FilterWord): Promise<void> {
    this.#flushCount += 1;
    const id = this.#flushCount;
    let isDone = false;
    this.#flushes.set(id, () => {
      isDone = true;
    });
    this.#say(wordOf(id));
    await this.#changed.until(() => isDone || this.#state === 'over');
    if (!isDone) throw noLongerThere('wait for what happened');
  }

  #say(word: FilterWord): void {
    if (this.#state !== 'over') this.#socket.write(encodeWord(word));
  }

  #take(bytes: Buffer): void {
    try {
      for (const framed of this.#splitter.push(bytes)) {
        this.#arrived.push(isWord(framed) ? decodeWord(framed) : { kind: 'operation', record: framed });
      }
    } catch (thrown) {
      this.#end(thrown instanceof Error ? thrown.message : String(thrown));
      return;
    }
    if (!this.#isDelivering) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#isDelivering = true;
    while (this.#arrived.length > 0 && this.#state !== 'over') {
      const [first] = this.#arrived;
      if (first !== undefined && 'type' in first) {
        this.#arrived.shift();
        this.#hear(first);
        continue;
      }
      const room = this.#request.listener(this.#takeBatch());
      if (room === undefined) continue;
      this.#socket.pause();
      await room;
      this.#socket.resume();
    }
    this.#isDelivering = false;
  }

  /** The changes up to the next word, as far as they make one batch. */
  #takeBatch(): CapturedChange[] {
    let bytes = 0;
    let count = 0;
    for (const next of this.#arrived) {
      if ('type' in next) break;
      if (next.kind === 'operation') bytes += next.record.length;
      if (bytes > recordBatchBytes && count > 0) break;
      count += 1;
    }
    return this.#arrived.splice(0, count) as CapturedChange[];
  }

  #hear(word: FilterWord): void {
    switch (word.type) {
      case 'recording':
        this.#state = 'recording';
        break;
      case 'flushed':
        this.#flushes.get(word.id)?.();
        this.#flushes.delete(word.id);
        break;
      case 'lost':
        this.#arrived.unshift(...this.#loss());
        return;
      default:
        this.#end('the filter says what only a server says');
    }
    this.#changed.notify();
  }

  #loss(): readonly CapturedChange[] {
    return this.#request.roots.map((_, root) => ({ kind: 'overflow', root, path: rootPath }));
  }

  #end(reason: string): void {
    if (this.#state === 'over') return;
    const wasRecording = this.#state === 'recording';
    this.#state = 'over';
    this.#socket.destroy();
    if (wasRecording) this.#request.listener([{ kind: 'failed', reason }]);
    this.#changed.notify();
  }
}

function earlyText(users: readonly EarlyUser[]): string {
  return (
    `${usersText(users)} used the folder before its filter was mounted, and what they write reaches the replica ` +
    'later and not in order; start them anew to have every write captured'
  );
}

function noLongerThere(operation: string): Failure {
  return new Failure({
    code: 'CAPTURE-ENDED',
    operation,
    subject: 'the filter',
    reason: 'it was stopped, or has ended the connection',
    retryable: true,
  });
}
