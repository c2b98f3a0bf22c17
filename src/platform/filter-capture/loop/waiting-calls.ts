// Hands calls that wait for a disk to other threads, which also answer the requests: the loop goes on meanwhile. The threads are started
// when the first such call comes; until one is ready, and when there is no other way, the loop makes the call itself.
import { Worker } from 'node:worker_threads';
import { duplicateFrom, errno, fdatasync, fsync } from '../kernel/file-calls.ts';
import {
  nothingWritten,
  SlotLocks,
  slotCount,
  type WaitingKind,
  WaitingSlots,
  waitingKind,
} from '../nodes/waiting-slots.ts';
import { type Durable, done, type FilterState, unanswered } from './filter-state.ts';
import type { LateAnswer } from './late-answer.ts';

const threadsMax = 4;

export class WaitingCalls implements Durable {
  readonly #slots: WaitingSlots;
  readonly #locks = new SlotLocks();
  #threads = 0;

  /** @param memory That of the slots, from `start`. */
  constructor(memory: ArrayBuffer, start: number) {
    this.#slots = new WaitingSlots(memory, start);
  }

  /** The reply may come later, from another thread. */
  sync(state: FilterState, descriptor: number, kind: WaitingKind, written = nothingWritten): number {
    const { request, reply } = state;
    if (this.#locks.idle === 0) this.#startThread();
    const slot = this.#locks.ready === 0 ? undefined : this.#locks.reserve();
    // The loop may close its own descriptor before the call is made.
    const own = slot === undefined ? -1 : duplicateFrom(descriptor, 0);
    if (slot === undefined || own < 0) {
      if ((kind === waitingKind.all ? fsync(descriptor) : fdatasync(descriptor)) < 0) return errno();
      if (written === nothingWritten) reply.finish(0);
      else {
        reply.setNumber64(16, written);
        reply.finish(8);
      }
      return done;
    }
    const unique = [request.word(2), request.word(3)] as const;
    this.#slots.put(slot, { kind, unique, node: request.node, descriptor: own, written });
    this.#locks.offer(slot);
    return unanswered;
  }

  /** Ends the calls that the last process of the filter had handed over. One that was answered already is refused by the kernel. */
  resume(state: FilterState, answer: LateAnswer): void {
    for (let slot = 0; slot < slotCount; slot++) {
      const waiting = this.#slots.get(slot);
      if (waiting === undefined) continue;
      const node = state.table.get(waiting.node);
      const places = state.places;
      let descriptor = -1;
      if (node !== undefined) descriptor = node.isFolder ? places.openFolder(node) : places.openFile(node, false);
      const failed =
        descriptor < 0 || (waiting.kind === waitingKind.all ? fsync(descriptor) : fdatasync(descriptor)) < 0;
      answer(waiting.unique, failed ? errno() : 0, waiting.written);
      this.#slots.free(slot);
    }
  }

  #startThread(): void {
    if (this.#threads >= threadsMax || this.#threads > this.#locks.ready) return;
    this.#threads += 1;
    const worker = new Worker(new URL('./waiting-thread.ts', import.meta.url), {
      workerData: this.#locks.shared,
      execArgv: [],
      trackUnmanagedFds: false,
    });
    worker.unref();
  }
}
