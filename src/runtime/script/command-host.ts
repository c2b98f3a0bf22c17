// The host of one script run or prompt: passes each command to its handler, reads each property from its report, and
// prints each line. An interrupt ends the waiting at once; a call to a server that has begun still goes on.
import type { Span } from '../../base/diagnostic.ts';
import { assert, Failure } from '../../base/failure.ts';
import type { Branch, CommandRequest, EventRequest, Host } from '../../language/values/host.ts';
import type { HandleValue, RecordValue, Value } from '../../language/values/value.ts';
import { requireAvailable } from '../commands/availability.ts';
import { CommandArguments } from '../commands/command-arguments.ts';
import type { RunParts } from '../commands/command-context.ts';
import { requireConfirmed } from '../commands/danger.ts';
import { showingProgress } from '../commands/progress.ts';
import { callScript } from '../commands/script-calls.ts';
import { commandHandlers } from '../commands/table.ts';
import { Session } from '../session/session.ts';
import { EventWatches } from './event-watch.ts';
import { readProperty } from './properties.ts';

export class CommandHost implements Host {
  readonly session: Session;
  readonly #parts: RunParts;
  readonly #watches: EventWatches;
  readonly #branches = new WeakMap<Branch, Session>();

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.session = new Session(parts.directory);
    this.#watches = new EventWatches(this.session, parts.eventTimer ?? parts.clock, parts.write);
  }

  execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    const { directory: _, ...parts } = this.#parts;
    const session = this.#sessionOf(request.branch);
    const context = { ...parts, session, signal, isAlone: request.isAlone ?? false };
    return unlessAborted(async () => {
      const { scripts, write } = parts;
      const given = new CommandArguments(request.arguments);
      if (request.command === 'task.run') return callScript(given, scripts, write, signal);
      requireAvailable(request);
      await requireConfirmed(request, context);
      const handler = commandHandlers[request.command];
      assert(handler !== undefined, `no handler for the command ${request.command}`);
      const result = await showingProgress(request, context, () => handler(given, context));
      await this.#watches.takeUpServers();
      return result;
    }, signal);
  }

  /** A branch of a PARALLEL begins with what the script has said until its first command. */
  #sessionOf(branch: Branch | undefined): Session {
    if (branch === undefined) return this.session;
    const session = this.#branches.get(branch) ?? this.#sessionOf(branch.parent).branch();
    this.#branches.set(branch, session);
    return session;
  }

  property(handle: HandleValue, path: readonly string[], _span: Span): Promise<Value> {
    return readProperty(this.session, handle, path);
  }

  watch(
    request: EventRequest,
    deliver: (event: RecordValue) => void,
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    return this.#watches.add(request, deliver, signal);
  }

  write(line: string): void {
    this.#parts.write(line);
  }
}

function unlessAborted<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      const reason = 'it was interrupted';
      reject(new Failure({ code: 'INTERRUPTED', operation: 'go on with the script', subject: 'the command', reason }));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
