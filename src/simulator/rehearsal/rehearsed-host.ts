// The host of a rehearsed script: the one that carries out commands anywhere, with each command told to the timeline, and
// each call taking a little time. Without that a script that asks again and again without waiting would never see the
// time pass.
import { sleep } from '../../base/waiting/clock.ts';
import { commandText, resultText } from '../../language/catalogue/definition/command-text.ts';
import type { CommandRequest, EventRequest, Host } from '../../language/values/host.ts';
import type { HandleValue, RecordValue, Value } from '../../language/values/value.ts';
import type { ManualClock } from '../time/manual-clock.ts';

const callMs = 1;
const textLengthMax = 160;

export interface RehearsedHostParts {
  readonly host: Host;
  readonly clock: ManualClock;
  /** `begun` is what the command is, `ended` how it ended; `sameAs` tells repetitions. */
  readonly tell: (text: string, sameAs: string) => void;
}

export class RehearsedHost implements Host {
  readonly #parts: RehearsedHostParts;
  /** The places in the script, `file:offset`, of the commands that were carried out. */
  readonly carriedOut = new Set<string>();
  /** The texts of the commands that blocks of schedules and tasks have carried out: a block does not know its place. */
  readonly blockTexts = new Set<string>();

  constructor(parts: RehearsedHostParts) {
    this.#parts = parts;
  }

  async execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    const { host, clock, tell } = this.#parts;
    const { file, start, line } = request.span;
    this.carriedOut.add(`${file}:${start}`);
    const what = `line ${line}: ${shortened(commandText(request))}`;
    try {
      await sleep(clock, callMs, signal);
      const result = await host.execute(request, signal);
      tell(`${what} -> ${shortened(resultText(request, result))}`, `${start} done`);
      return result;
    } catch (thrown) {
      if (!signal.aborted) tell(`${what} FAILED: ${(thrown as Error).message}`, `${start} failed`);
      throw thrown;
    }
  }

  async property(handle: HandleValue, path: readonly string[], span: CommandRequest['span']): Promise<Value> {
    await sleep(this.#parts.clock, callMs);
    return this.#parts.host.property(handle, path, span);
  }

  watch(
    request: EventRequest,
    deliver: (event: RecordValue) => void,
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    return this.#parts.host.watch(request, deliver, signal);
  }

  write(line: string): void {
    this.#parts.host.write(line);
  }

  /** The host of a block with this text, whose commands are noted. */
  notingTexts(host: Host, body: string): Host {
    return {
      execute: (request, signal) => {
        this.blockTexts.add(body.slice(request.span.start, request.span.end));
        return host.execute(request, signal);
      },
      property: (handle, path, span) => host.property(handle, path, span),
      watch: (request, deliver, signal) => host.watch(request, deliver, signal),
      write: (line, row) => host.write(line, row),
    };
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > textLengthMax ? `${line.slice(0, textLengthMax - 1)}…` : line;
}
