// Programs without processes: what was started is remembered, and a test decides how each ends.
import { Failure } from '../../base/failure.ts';
import { wholeCharacters } from '../../base/text/whole-characters.ts';
import type { ProgramEnd, ProgramRequest, Programs, RunningProgram } from '../../ports/programs.ts';

export type ProgramRefusal = 'PROGRAM-MISSING' | 'PROGRAM-NOT-EXECUTABLE' | 'ACCOUNT-UNKNOWN' | 'ACCOUNT-NOT-PERMITTED';

export class MemoryProgram implements RunningProgram {
  readonly request: ProgramRequest;
  readonly processId: number;
  readonly ended: Promise<ProgramEnd>;
  killed = false;
  readonly #settle: (end: ProgramEnd) => void;

  constructor(request: ProgramRequest, processId: number) {
    this.request = request;
    this.processId = processId;
    const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
    this.ended = promise;
    this.#settle = resolve;
  }

  /** The program comes to its end; only the first end counts. */
  end(end: Partial<ProgramEnd> = {}): void {
    const { exitCode = 0, signal = null, output = '', error = '' } = end;
    const { outputBytesMax } = this.request;
    if (outputBytesMax === undefined) {
      this.#settle({ exitCode, signal, output });
      return;
    }
    const [kept, keptError] = [output, error].map((text) => beginningOf(text, outputBytesMax));
    const cutBytes = Buffer.byteLength(output + error) - Buffer.byteLength(`${kept}${keptError}`);
    this.#settle({ exitCode, signal, output: kept ?? '', error: keptError ?? '', cutBytes });
  }

  kill(): void {
    this.killed = true;
    this.end({ exitCode: null, signal: 'SIGKILL' });
  }
}

function beginningOf(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= bytesMax ? text : wholeCharacters(bytes.subarray(0, bytesMax)).toString();
}

export class MemoryPrograms implements Programs {
  /** Everything that was started, in order. */
  readonly started: MemoryProgram[] = [];
  /** Called with each program as it starts; ends it or keeps it for later. Without it programs run until a test ends them. */
  onStart: ((program: MemoryProgram) => void) | undefined;
  readonly #refusals = new Map<string, ProgramRefusal>();

  /** From now on this program does not start. */
  refuse(program: string, code: ProgramRefusal): void {
    this.#refusals.set(program, code);
  }

  /** Ends `refuse`. */
  allow(program: string): void {
    this.#refusals.delete(program);
  }

  async start(request: ProgramRequest): Promise<RunningProgram> {
    const code = this.#refusals.get(request.program);
    if (code !== undefined) {
      const reason = code.toLowerCase().replaceAll('-', ' ');
      throw new Failure({ code, operation: 'start the program', subject: request.program, reason });
    }
    const program = new MemoryProgram(request, 1000 + this.started.length);
    this.started.push(program);
    this.onStart?.(program);
    return program;
  }

  /** No process is ever left running. */
  async endLeft(_label: string): Promise<number> {
    return 0;
  }
}
