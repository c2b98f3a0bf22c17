// A stream task whose action is a JavaScript script: tells the script where it runs, keeps its log and its result, and
// runs programs for it, which end with the script.
import type { JsonValue } from '../../base/json-value.ts';
import type { JavaScriptAction } from '../../model/stream/task.ts';
import type { JavaScript, JavaScriptEnd, JavaScriptLimits } from '../../ports/javascript.ts';
import type { ProgramEnd, RunningProgram } from '../../ports/programs.ts';
import type { Ending } from './task-ending.ts';

export interface JavaScriptPolicy {
  /** Whether a script may run the programs that tasks may run. */
  readonly run: boolean;
  readonly limits: JavaScriptLimits;
}

export interface ScriptTaskParts {
  readonly javascript: JavaScript;
  readonly policy: JavaScriptPolicy;
  readonly about: Readonly<Record<string, JsonValue>>;
  /** Receives every line that the script logs; the report has these lines, too. */
  readonly log?: (line: string) => void;
  /** Rejects when the program may not run, or did not start. */
  readonly runProgram: (
    program: string,
    programArguments: readonly string[],
    started: (running: RunningProgram) => void,
  ) => Promise<ProgramEnd>;
}

export const defaultScriptLimits: JavaScriptLimits = { memoryMiB: 64, processorSeconds: 10, wallMs: 60_000 };

/** The same limit as for a program, because reports are kept and sent. */
const outputBytesMax = 4096;
const resultCharactersMax = 4096;

export class ScriptTask {
  readonly #parts: ScriptTaskParts;
  readonly #programs = new Set<RunningProgram>();
  #output = '';
  #killed = false;
  #kill: (() => void) | undefined;

  constructor(parts: ScriptTaskParts) {
    this.#parts = parts;
  }

  /** Rejects when the script could not be started. */
  async run({ names, body, values }: JavaScriptAction): Promise<Ending> {
    const { javascript, policy, about } = this.#parts;
    const running = await javascript.start({
      task: { names, body },
      values,
      about,
      limits: policy.limits,
      log: (line) => this.#log(line),
      ...(policy.run ? { run: (program, words) => this.#runProgram(program, words) } : {}),
    });
    this.#kill = () => running.kill();
    if (this.#killed) running.kill();
    const end = await running.ended;
    this.#killed = true;
    for (const program of this.#programs) program.kill();
    return { ...endingOf(end), output: this.#output };
  }

  kill(): void {
    this.#killed = true;
    this.#kill?.();
  }

  #log(line: string): void {
    this.#parts.log?.(line);
    const text = Buffer.from(`${this.#output}${line}\n`, 'utf8');
    this.#output = text.subarray(0, outputBytesMax).toString('utf8');
  }

  async #runProgram(program: string, words: readonly string[]): Promise<JsonValue> {
    let own: RunningProgram | undefined;
    const { exitCode, signal, output } = await this.#parts.runProgram(program, words, (running) => {
      own = running;
      this.#programs.add(running);
      if (this.#killed) running.kill();
    });
    if (own !== undefined) this.#programs.delete(own);
    return { exitCode, signal, output };
  }
}

function endingOf(end: JavaScriptEnd): Omit<Ending, 'output'> {
  switch (end.outcome) {
    case 'finished':
      return JSON.stringify(end.result).length <= resultCharactersMax
        ? { state: 'finished', reason: '', result: end.result }
        : { state: 'failed', reason: `its result has more than ${resultCharactersMax} characters` };
    case 'stopped':
      return { state: 'failed', reason: end.reason };
    case 'failed': {
      const { message, line } = end.problem;
      return { state: 'failed', reason: line === 0 ? message : `${message} (line ${line} of its script)` };
    }
  }
}
