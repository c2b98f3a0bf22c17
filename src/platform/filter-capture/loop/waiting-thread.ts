// A thread that makes calls which wait for a disk, and answers their requests (waiting-calls.ts).
//
// Nothing may import this file: the loop starts it as a thread.
import { workerData } from 'node:worker_threads';
import { inherited } from '../guard-messages.ts';
import { close, errno, fdatasync, fsync } from '../kernel/file-calls.ts';
import { mapLastingMemory } from '../kernel/lasting-memory.ts';
import { lastingBytes, slotsAt } from '../nodes/lasting-layout.ts';
import { SlotLocks, WaitingSlots, waitingKind } from '../nodes/waiting-slots.ts';
import { answerLate } from './late-answer.ts';

const slots = new WaitingSlots(mapLastingMemory(inherited.memory, lastingBytes), slotsAt);
const locks = new SlotLocks(workerData as SharedArrayBuffer);
const answer = answerLate(inherited.device);
locks.begin();
// It ends with its process.
for (;;) {
  const slot = locks.take();
  const waiting = slots.get(slot);
  if (waiting !== undefined) {
    const { kind, descriptor, unique, written } = waiting;
    const number = (kind === waitingKind.all ? fsync(descriptor) : fdatasync(descriptor)) < 0 ? errno() : 0;
    close(descriptor);
    answer(unique, number, written);
    slots.free(slot);
  }
  locks.release(slot);
}
