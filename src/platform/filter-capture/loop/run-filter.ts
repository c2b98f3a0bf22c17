// The filter's process from its start to its end. It ends with code 0 when the mounts are gone.
import { closeSync, writeSync } from 'node:fs';
import { asFailure, Failure } from '../../../base/failure.ts';
import type { ChangeListener } from '../change-listener.ts';
import { RecordService } from '../control/record-service.ts';
import { type FilterSettings, inherited } from '../guard-messages.ts';
import { endProcess } from '../kernel/file-calls.ts';
import { mapLastingMemory } from '../kernel/lasting-memory.ts';
import { Keeper } from '../nodes/keeper.ts';
import { begunMsAt, journalAt, lastingBytes, replyAt, requestAt, slotsAt } from '../nodes/lasting-layout.ts';
import { NodeJournal } from '../nodes/node-journal.ts';
import { ReplyView } from '../protocol/reply-view.ts';
import { RequestView } from '../protocol/request-view.ts';
import { FilterState } from './filter-state.ts';
import { answerLate } from './late-answer.ts';
import { RequestLoop } from './request-loop.ts';
import { WaitingCalls } from './waiting-calls.ts';

const journalFull = {
  code: 'FILTER-TOO-LARGE',
  operation: 'go on with a filter',
  subject: 'its folders',
  reason: 'the kernel knew more files of them than can be kept in mind when a filter ends',
} as const;

/** @param listen Makes the listener, or none, from the parameter that the filter was mounted with. Called once, before the first request. */
export function runFilter(listen: (parameter: string) => ChangeListener | undefined): void {
  try {
    const { rootCount, parameter, isAgain, kept, hasSocket } = JSON.parse(process.argv[2] ?? '') as FilterSettings;
    const memory = mapLastingMemory(inherited.memory, lastingBytes);
    const request = new RequestView(memory, requestAt);
    const reply = new ReplyView(memory, replyAt);
    const journal = new NodeJournal(memory, journalAt);
    if (isAgain && journal.isFull) throw new Failure(journalFull);
    // A request that was not finished is done again from its beginning.
    if (isAgain && reply.length === 0) journal.rollBack();
    const keeper = new Keeper(inherited.keeper);
    const rootDescriptors = Array.from({ length: rootCount }, (_, root) => inherited.firstRoot + root);
    const socket = inherited.firstRoot + rootCount + kept.length;
    const service = hasSocket ? new RecordService(socket, rootDescriptors) : undefined;
    const listener = service ?? listen(parameter);
    const durable = new WaitingCalls(memory, slotsAt);
    const begunMs = new Float64Array(memory, begunMsAt, 1);
    const state = new FilterState({ request, reply, rootDescriptors, listener, journal, keeper, durable, begunMs });
    for (const [index, node] of kept.entries()) {
      const descriptor = inherited.firstRoot + rootCount + index;
      if (state.adopt(node, descriptor)) continue;
      closeSync(descriptor);
      keeper.drop(node);
    }
    const loop = new RequestLoop(inherited.device, state, memory);
    if (isAgain) {
      durable.resume(state, answerLate(inherited.device));
      loop.resume();
    }
    loop.serve(service);
    endProcess(0);
  } catch (thrown) {
    const failure = asFailure(thrown, 'filter folders', 'the filter');
    writeSync(2, `${failure.code} ${failure.message}\n`);
    endProcess(1);
  }
}
