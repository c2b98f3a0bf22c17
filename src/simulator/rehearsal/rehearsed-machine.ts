// The machine of a rehearsed script, and of each simulated server that runs a block: it has what the scenario says and nothing
// else. What the scenario does not say fails, with the line that would say it; nothing of the real machine is looked at.

import { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { RunningProgram } from '../../ports/programs.ts';
import type { Allowance } from '../../runtime/machine/allowance.ts';
import type { MachineProgram, OwnMachine } from '../../runtime/machine/own-machine.ts';
import { MemoryPrograms } from '../memory/memory-programs.ts';
import { play } from './happenings.ts';
import type { ProgramOutcome, Scenario } from './scenario.ts';

/** A rehearsal has no flags: the script may reach all that its scenario has. */
const everything: Allowance = { read: 'any', environment: 'any', programs: 'any', by: 'flags' };

export interface RehearsedMachineParts {
  readonly scenario: Scenario;
  readonly clock: Clock;
  /** What the scenario has said of a program up to now. */
  readonly outcomeOf: (path: string) => ProgramOutcome | undefined;
}

export class RehearsedMachine implements OwnMachine {
  readonly allowance = everything;
  readonly #parts: RehearsedMachineParts;
  readonly #programs = new MemoryPrograms();

  constructor(parts: RehearsedMachineParts) {
    this.#parts = parts;
  }

  async readText(path: string): Promise<string> {
    const operation = 'read the file';
    const text = this.#parts.scenario.files.get(path);
    if (text === undefined)
      throw unsaid(
        operation,
        path,
        'what is in it',
        `FILE ${path} "first line" "second line", or FILE ${path} MISSING`,
      );
    if (text === 'missing') throw systemFailure('ENOENT', operation, rawFromText(path));
    return text.lines.map((line) => `${line}\n`).join('');
  }

  async variable(name: string): Promise<string | undefined> {
    const value = this.#parts.scenario.environment.get(name);
    if (value !== undefined) return value === 'missing' ? undefined : value.text;
    const line = `ENVIRONMENT ${name} "value", or ENVIRONMENT ${name} MISSING`;
    throw unsaid('read the variable of the environment', name, 'what it is', line);
  }

  async start(request: MachineProgram): Promise<RunningProgram> {
    const { program } = request;
    const { clock, outcomeOf } = this.#parts;
    const outcome = outcomeOf(program);
    if (outcome === undefined)
      throw unsaid('run the program', program, 'what it does', `PROGRAM ${program} ANSWERS "first line", or SUCCEEDS`);
    if (outcome === 'is missing') this.#programs.refuse(program, 'PROGRAM-MISSING');
    else this.#programs.allow(program);
    this.#programs.onStart = (started) => play(started, outcome, clock);
    return this.#programs.start({ ...request, outputBytesMax: Number.POSITIVE_INFINITY });
  }
}

function unsaid(operation: string, subject: string, what: string, line: string): Failure {
  return new Failure({
    code: 'REHEARSAL-UNSAID',
    operation,
    subject,
    reason: `the scenario does not say ${what}`,
    hint: `write into it: ${line}`,
  });
}
