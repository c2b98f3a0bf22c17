// The command line on which every verb works: its outputs, its interruption, its environment. The program uses the real
// one and tests a recording, so a verb is a function from its request to an exit code.
import { resolve } from 'node:path';
import { AssertionFailure, Failure } from '../base/failure.ts';
import { defaultHome } from '../base/home-hints.ts';
import type { LineOutput } from './terminal/progress-line.ts';

export interface CommandLine {
  /** One line of result. */
  readonly out: (line: string) => void;
  /** One line about progress or a failure. */
  readonly note: (line: string) => void;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly interruption: AbortSignal;
  /** Takes what is said when a second signal ends the process at once: lines that must be written before it returns. */
  readonly onLeaving?: ((say: () => void) => void) | undefined;
  /** Asks a person for a secret, without showing it; absent where there is nobody to ask. */
  readonly readSecret?: ((question: string) => Promise<string>) | undefined;
  /** Asks a person for a line; undefined when the person gives up. Absent where there is nobody to ask. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
  /** A terminal that shows the notes, and on which a line can be drawn anew; absent elsewhere. */
  readonly lines?: LineOutput | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** README.md explains the exit codes. 70 is a defect of this program (sysexits.h, EX_SOFTWARE). */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  scriptInvalid: 3,
  budgetExceeded: 4,
  interrupted: 5,
  defect: 70,
} as const;

/**
 * The exit codes of `status`, for monitoring systems (Monitoring Plugins Development Guidelines, return codes): the
 * worst health of the jobs. `unknown` is also the code when the server could not be asked or the command line was
 * wrong; then standard error has a message.
 */
export const healthExitCodes = { healthy: 0, warning: 1, error: 2, unknown: 3 } as const;

/** A command line that a verb does not accept: the message is printed, and the exit code is the one for usage. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The lines of a failure: the operation, its subject, the reason, and what to do next. Never a stack. */
export function failureLines(failure: Failure): string[] {
  const hint = failure.hint === undefined ? [] : [`  next: ${failure.hint}`];
  return [`error: ${failure.message}`, ...hint];
}

/** Prints what was thrown, and returns its exit code. A defect is printed with a request to report it. */
export function reportThrown(thrown: unknown, commandLine: CommandLine): number {
  if (thrown instanceof Failure) {
    for (const line of failureLines(thrown)) commandLine.note(line);
    return exitCodes.failed;
  }
  if (thrown instanceof UsageError) {
    commandLine.note(`error: ${thrown.message}`);
    return exitCodes.usage;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const kind = error instanceof AssertionFailure ? 'something that must be true was not' : 'an unexpected error';
  commandLine.note(`understudy has a defect: ${kind}. Please report it, with what follows and what you were doing.`);
  commandLine.note(error.stack ?? error.message);
  return exitCodes.defect;
}

/** The home folder that was given, as an absolute path without dots, or the default one. */
export function homeFolder(given: string | undefined, environment: CommandLine['environment']): string {
  const home = given === undefined ? defaultHome(environment) : resolve(given);
  if (home !== undefined) return home;
  throw new Failure({
    code: 'HOME-MISSING',
    operation: 'find the home folder',
    subject: 'this account',
    reason: 'neither XDG_STATE_HOME nor HOME is set',
    hint: 'name the folder: --home DIR',
  });
}
