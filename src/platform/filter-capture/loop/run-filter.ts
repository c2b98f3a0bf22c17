// The filter's process from its start to its end. It ends with code 0 when the mounts are gone.
import { asFailure } from '../../../base/failure.ts';
import type { ChangeListener } from '../change-listener.ts';
import { RecordService } from '../control/record-service.ts';
import { type FilterSettings, inherited } from '../guard-messages.ts';
import { ReplyView, replyBytesMax } from '../protocol/reply-view.ts';
import { RequestView, requestBytesMax } from '../protocol/request-view.ts';
import { FilterState } from './filter-state.ts';
import { serve } from './request-loop.ts';

/** @param listen Makes the listener, or none, from the parameter that the filter was mounted with. Called once, before the first request. */
export function runFilter(listen: (parameter: string) => ChangeListener | undefined): void {
  try {
    const { rootCount, parameter, hasSocket } = JSON.parse(process.argv[2] ?? '') as FilterSettings;
    const rootDescriptors = Array.from({ length: rootCount }, (_, root) => inherited.firstRoot + root);
    const service = hasSocket ? new RecordService(inherited.firstRoot + rootCount, rootDescriptors) : undefined;
    const state = new FilterState({
      request: new RequestView(new ArrayBuffer(requestBytesMax)),
      reply: new ReplyView(new ArrayBuffer(replyBytesMax)),
      rootDescriptors,
      listener: service ?? listen(parameter),
    });
    serve(inherited.device, state, service);
    process.exit(0);
  } catch (thrown) {
    const failure = asFailure(thrown, 'filter folders', 'the filter');
    process.stderr.write(`${failure.code} ${failure.message}\n`);
    process.exit(1);
  }
}
