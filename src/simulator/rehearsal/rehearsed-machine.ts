// The machine of a rehearsed script, and of each simulated server that runs a block: it has what the scenario says and nothing
// else. What the scenario does not say fails, with the line that would say it; nothing of the real machine is looked at.
import { Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Allowance } from '../../runtime/machine/allowance.ts';
import type { OwnMachine } from '../../runtime/machine/own-machine.ts';
import type { Scenario } from './scenario.ts';

/** A rehearsal has no flags: the script may reach all that its scenario has. */
const everything: Allowance = { read: 'any', environment: 'any', programs: 'any', by: 'flags' };

export class RehearsedMachine implements OwnMachine {
  readonly allowance = everything;
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  async readText(path: string): Promise<string> {
    const operation = 'read the file';
    const text = this.#scenario.files.get(path);
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
    const value = this.#scenario.environment.get(name);
    if (value !== undefined) return value === 'missing' ? undefined : value.text;
    const line = `ENVIRONMENT ${name} "value", or ENVIRONMENT ${name} MISSING`;
    throw unsaid('read the variable of the environment', name, 'what it is', line);
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
