// One session of a filter in memory, with the way of its records: they wait in the order in which they happened, for a while, and come
// in pieces that were cut anywhere. What waits is bounded: behind the bound the programs wait (memory-filter.ts), and when the server has
// taken nothing for `patienceMs`, what comes is not recorded until all that waits was taken; then the loss is told in its place.
import { Failure } from '../../../base/failure.ts';
import { rootPath } from '../../../base/raw-path.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import type { CaptureMode } from '../../../model/promise.ts';
import {
  type CapturedChange,
  type CaptureRequest,
  type CaptureSession,
  type HeldFile,
  recordBatchBytes,
  writersHeldMs,
} from '../../../ports/capture.ts';
import type { Chance } from '../../chance.ts';

/** What a line wants of the filter that it belongs to. */
export interface LineSurroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly counts: FilterCounts;
  /** The server's process runs, and does not stand still. */
  readonly isServerRunning: () => boolean;
  /** The files of programs that reach the folders past the filter. */
  readonly earlyFiles: () => readonly HeldFile[];
  /** Programs may have to wait, or may go on. */
  readonly roomChanged: () => void;
}

/** What was played. */
export interface FilterCounts {
  /** Records that were delivered, and how many batches they came in. */
  records: number;
  batches: number;
  /** How often programs had to wait for a server that takes too little, and how often it took nothing for too long. */
  fullLines: number;
  losses: number;
  /** How often a mirror's end held programs up. */
  holds: number;
  /** How often a program had to wait in a call. */
  waits: number;
  /** Writes past the filter. */
  earlyWrites: number;
}

export const noCounts: FilterCounts = {
  records: 0,
  batches: 0,
  fullLines: 0,
  losses: 0,
  holds: 0,
  waits: 0,
  earlyWrites: 0,
};

export function sumOf(all: readonly FilterCounts[]): FilterCounts {
  const sum = { ...noCounts };
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof FilterCounts)[]) sum[name] += counts[name];
  }
  return sum;
}

/** In its place: records are missing; or somebody waits for all that was recorded before. */
type Waiting = Buffer | 'lost' | { readonly reached: () => void };

const waitingBytesMax = 256 * 1024;
const patienceMs = 2000;
/** How late records come, milliseconds: from and to. */
const usuallyLate = [
  [0, 2],
  [0, 25],
  [0, 25],
  [20, 150],
] as const;
const longLate = [150, 700] as const;
/** A server that stands still is asked again. */
const againMs = 20;

export class FilterLine implements CaptureSession {
  readonly mode = 'operations';
  readonly #request: CaptureRequest;
  readonly #around: LineSurroundings;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #isLosing = false;
  /** Words behind a loss that is still to be told. */
  #behindLoss: Waiting[] = [];
  #isTaking = false;
  #isDue = false;
  #isOver = false;
  #isFull = false;
  #takenAtMs = 0;
  #early: readonly HeldFile[];
  #holdsUntilMs = 0;
  #readsNothingUntilMs = 0;
  readonly #unanswered = new Set<() => void>();

  constructor(request: CaptureRequest, around: LineSurroundings) {
    this.#request = request;
    this.#around = around;
    this.#early = around.earlyFiles();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Everything that happened was delivered. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#isLosing && !this.#isTaking;
  }

  /** Programs wait for this session. */
  get holdsUp(): boolean {
    return !this.#isOver && (this.#isFull || this.#holdsUntilMs > this.#around.clock.monotonicMs());
  }

  get promise(): CaptureMode {
    return this.#early.length === 0 ? 'operations' : 'changes';
  }

  get remarks(): readonly string[] {
    return this.#early.length === 0 ? [] : ['a program used the folder before its filter was mounted'];
  }

  async heldFiles(): Promise<readonly HeldFile[]> {
    if (this.#early.length === 0) return [];
    this.#early = this.#around.earlyFiles();
    if (this.#early.length === 0 && !this.#isOver) this.#tellPassed();
    return this.#early;
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        reject(noLongerThere());
        return;
      }
      const ended = (): void => reject(noLongerThere());
      this.#unanswered.add(ended);
      const reached = (): void => {
        this.#unanswered.delete(ended);
        resolve();
      };
      this.#add({ reached });
    });
  }

  async holdWriters(): Promise<() => void> {
    const { clock, counts, roomChanged } = this.#around;
    counts.holds += 1;
    this.#holdsUntilMs = clock.monotonicMs() + writersHeldMs;
    clock.after(writersHeldMs, roomChanged);
    await this.flush();
    return () => {
      this.#holdsUntilMs = 0;
      roomChanged();
    };
  }

  async stop(): Promise<void> {
    this.close();
  }

  /** The server takes nothing for so long. */
  readNothing(durationMs: number): void {
    this.#readsNothingUntilMs = this.#around.clock.monotonicMs() + durationMs;
  }

  /** A change has happened. */
  record(record: Buffer): void {
    this.#add(record);
  }

  /** Changes have happened of which it is not known what they are. */
  lose(): void {
    this.#add('lost');
  }

  /** The server is gone, or does not want more. */
  close(): void {
    this.#isOver = true;
    this.#waiting = [];
    for (const ended of this.#unanswered) ended();
    this.#unanswered.clear();
    this.#around.roomChanged();
  }

  /** The filter has ended the connection. What was on the way at that moment may arrive before the server sees it. */
  fail(reason: string): void {
    if (this.#isOver) return;
    const { chance, isServerRunning } = this.#around;
    if (isServerRunning() && !this.#isTaking) this.#deliver(chance.below(this.#waiting.length + 1));
    if (this.#isOver) return;
    this.close();
    this.#request.listener([{ kind: 'failed', reason }]);
  }

  /** What programs did past the filter until they let go was seen by nobody. */
  #tellPassed(): void {
    this.#waiting.unshift('lost');
    if (this.#isTaking) return;
    this.#deliver(1);
  }

  #add(waiting: Waiting): void {
    if (this.#isOver) return;
    if (this.#isLosing) {
      if (!(waiting instanceof Buffer) && waiting !== 'lost') this.#behindLoss.push(waiting);
      return;
    }
    this.#waiting.push(waiting);
    this.#bytes += bytesOf(waiting);
    if (this.#bytes > waitingBytesMax && !this.#isFull) this.#becomeFull();
    this.#comeLater();
  }

  #becomeFull(): void {
    const { clock, counts } = this.#around;
    counts.fullLines += 1;
    this.#isFull = true;
    this.#takenAtMs = clock.monotonicMs();
    const look = (): void => {
      if (!this.#isFull || this.#isOver) return;
      const leftMs = this.#takenAtMs + patienceMs - clock.monotonicMs();
      if (leftMs > 0) {
        clock.after(leftMs, look);
        return;
      }
      counts.losses += 1;
      this.#isLosing = true;
      this.#isFull = false;
      this.#around.roomChanged();
    };
    clock.after(patienceMs, look);
  }

  #comeLater(): void {
    if (this.#isDue || this.#isTaking) return;
    const { clock, chance, isServerRunning } = this.#around;
    this.#isDue = true;
    const [least, most] = chance.percent(3) ? longLate : chance.oneOf(usuallyLate);
    const come = (): void => {
      if (!this.#isOver && (!isServerRunning() || clock.monotonicMs() < this.#readsNothingUntilMs)) {
        clock.after(againMs, come);
        return;
      }
      this.#isDue = false;
      const isCut = chance.percent(40);
      this.#deliver(isCut ? 1 + chance.below(Math.max(1, this.#waiting.length)) : this.#waiting.length);
      if (this.#waiting.length > 0) this.#comeLater();
    };
    clock.after(chance.between(least, most), come);
  }

  /** The first so many of what waits, up to a moment when the server takes no more. */
  #deliver(count: number): void {
    for (let left = count; left > 0 && this.#waiting.length > 0 && !this.#isOver && !this.#isTaking; ) {
      const [first] = this.#waiting;
      if (typeof first === 'object' && 'reached' in first) {
        this.#waiting.shift();
        left -= 1;
        first.reached();
        continue;
      }
      const taken = this.#waiting.splice(0, Math.min(left, batchLength(this.#waiting)));
      left -= taken.length;
      this.#take(taken);
    }
    if (this.#isOver) return;
    if (this.#isLosing && this.#waiting.length === 0) {
      this.#isLosing = false;
      for (const waiting of ['lost' as const, ...this.#behindLoss.splice(0)]) this.#add(waiting);
    }
  }

  #take(taken: readonly Waiting[]): void {
    const { clock, counts, roomChanged } = this.#around;
    counts.batches += 1;
    counts.records += taken.length;
    for (const one of taken) this.#bytes -= bytesOf(one);
    this.#takenAtMs = clock.monotonicMs();
    const room = this.#request.listener(taken.flatMap((one) => this.#changesOf(one)));
    if (this.#isFull && this.#bytes <= waitingBytesMax) {
      this.#isFull = false;
      roomChanged();
    }
    if (room === undefined) return;
    this.#isTaking = true;
    void room.then(() => {
      this.#isTaking = false;
      if (this.#waiting.length > 0 || this.#isLosing) this.#comeLater();
    });
  }

  #changesOf(waiting: Waiting): CapturedChange[] {
    if (waiting instanceof Buffer) return [{ kind: 'operation', record: waiting }];
    if (waiting !== 'lost') return [];
    return this.#request.roots.map((_, root) => ({ kind: 'overflow', root, path: rootPath }));
  }
}

function bytesOf(waiting: Waiting): number {
  return waiting instanceof Buffer ? waiting.length : 0;
}

/** How many of those that wait, up to the next word, make one batch. */
function batchLength(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const end = waiting.findIndex((one, index) => {
    bytes += bytesOf(one);
    return (typeof one === 'object' && 'reached' in one) || (bytes > recordBatchBytes && index > 0);
  });
  return end < 0 ? waiting.length : end;
}

function noLongerThere(): Failure {
  return new Failure({
    code: 'CAPTURE-ENDED',
    operation: 'wait for what happened',
    subject: 'the filter',
    reason: 'it was stopped, or has ended the connection',
    retryable: true,
  });
}
