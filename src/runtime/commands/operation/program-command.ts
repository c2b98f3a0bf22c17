// RUN PROGRAM: starts an allowed program on the machine of the script, and answers what it said. No shell comes in between.
// However the command ends, the program and what it started have been told to end with it.
//
// The program's exit code is an answer where the script takes the result. A command that stands alone fails for another
// code than 0, because nobody would look at it, and prints what the program said.
import { Failure } from '../../../base/failure.ts';
import { pause } from '../../../base/waiting/clock.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { record, size, typeOf, type Value, withArticle } from '../../../language/values/value.ts';
import type { ProgramEnd, RunningProgram } from '../../../ports/programs.ts';
import { requireAllowed } from '../../machine/allowance.ts';
import { closedMachine } from '../../machine/own-machine.ts';
import type { CommandArguments } from '../command-arguments.ts';
import type { CommandContext, CommandHandlers } from '../command-context.ts';
import { absolutePath } from './machine-commands.ts';

const operation = 'run the program';
/** A killed program ends soon, unless it waits in the kernel; the script waits no longer than this. */
const killMs = 5000;
const saidLengthMax = 200;

export const programHandlers: CommandHandlers = {
  'run.program': async (given, context) => {
    const { machine = closedMachine, write, isAlone } = context;
    const program = absolutePath(given, 'program');
    requireAllowed(machine.allowance, 'program', program);
    const input = given.value('input');
    const running = await machine.start({
      program,
      arguments: given.list('words').map((word) => plainText(word, 'a word for the program')),
      ...(input === undefined ? {} : { input: plainText(input, 'INPUT') }),
    });
    const end = await endOf(running, program, given, context);
    const { exitCode, signal, output, error = '', cutBytes = 0 } = end;
    if (exitCode === null) throw failure('PROGRAM-KILLED', program, `it was ended by ${signal}`);
    if (cutBytes > 0) write(`warning: ${program} wrote ${cutBytes} bytes more than are kept`);
    if (isAlone) {
      for (const text of [output, error]) for (const line of linesOf(text)) write(line);
      if (exitCode !== 0) throw failure('PROGRAM-FAILED', program, `exit code ${exitCode}${lastSaid(error, output)}`);
    }
    return record({ exitcode: exitCode, output, error, cut: size(cutBytes) });
  },
};

/** Kills the program when its time has passed or the script is interrupted; then it may still take a moment to end. */
async function endOf(
  running: RunningProgram,
  program: string,
  given: CommandArguments,
  { clock, signal }: CommandContext,
): Promise<ProgramEnd> {
  const timeoutMs = given.timeoutMs('timeout');
  const kill = (): void => running.kill();
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    if (timeoutMs === null) return await running.ended;
    const wait = pause(clock, timeoutMs);
    const end = await Promise.race([running.ended, wait.done]).finally(wait.end);
    if (end !== undefined) return end;
    kill();
    const last = pause(clock, killMs);
    await Promise.race([running.ended, last.done]).finally(last.end);
    throw failure('PROGRAM-TIMEOUT', program, `it was ended after its timeout of ${timeoutMs / 1000} s`);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** A secret is given to the program in plain text. */
function plainText(value: Value, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value.kind === 'secret') return value.reveal();
  const message = `${what} must be a text or a secret, and this is ${withArticle(typeOf(value))}`;
  throw new CommandError(commandErrorCodes.invalidParameter, message);
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function lastSaid(error: string, output: string): string {
  const last = linesOf(error).at(-1) ?? linesOf(output).at(-1) ?? '';
  return last === '' ? '' : `: ${last.slice(0, saidLengthMax)}`;
}

function failure(code: string, subject: string, reason: string): Failure {
  return new Failure({ code, operation, subject, reason });
}
