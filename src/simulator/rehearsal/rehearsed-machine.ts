// The machine of a rehearsed script, and of each simulated server that runs a block: it has what the scenario says and nothing
// else. What the scenario does not say fails, with the line that would say it; nothing of the real machine is looked at.

import { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { NameQuestion } from '../../ports/name-lookup.ts';
import type { RunningProgram } from '../../ports/programs.ts';
import type { Allowance } from '../../runtime/machine/allowance.ts';
import type { MachineProgram, OwnMachine } from '../../runtime/machine/own-machine.ts';
import type { MemoryNameService } from '../memory/memory-name-service.ts';
import { MemoryPrograms } from '../memory/memory-programs.ts';
import { play } from './happenings.ts';
import type { ProgramOutcome, Scenario } from './scenario.ts';

/** A rehearsal has no flags: the script may reach all that its scenario has. */
const everything: Allowance = { read: 'any', environment: 'any', programs: 'any', by: 'flags' };

export interface RehearsedMachineParts {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly names: MemoryNameService;
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

  /** The name servers of the scenario are those of the machine, too; they hold what DNS UPDATE has written. */
  async lookUp({ name, type, server }: NameQuestion): Promise<string[]> {
    const { scenario, names } = this.#parts;
    const operation = 'look up the name';
    if (type !== 'A' && type !== 'PTR') throw impossible(operation, name, `${type} records are not simulated`);
    for (const one of server === undefined ? scenario.dnsServers : [server]) {
      try {
        return (await names.query(one, name, type)).map(({ value }) => value);
      } catch (thrown) {
        const isOthers = thrown instanceof Failure && thrown.code === 'DNS-REFUSED' && server === undefined;
        if (!isOthers) throw thrown;
      }
    }
    throw unsaid(operation, name, 'which name server has it', 'DNS SERVER 10.0.0.53 ZONES example');
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

function impossible(operation: string, subject: string, reason: string): Failure {
  return new Failure({ code: 'REHEARSAL-IMPOSSIBLE', operation, subject, reason });
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
