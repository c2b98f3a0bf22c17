// Running programs as an account, without a shell.
//
// Failure semantics: `start` rejects with a Failure when the program did not start: `PROGRAM-MISSING`,
// `PROGRAM-NOT-EXECUTABLE`, `ACCOUNT-UNKNOWN`, `ACCOUNT-NOT-PERMITTED` (this process may not become that account). Once it
// resolved, `ended` resolves exactly once.

export interface ProgramRequest {
  /** Absolute path of an executable. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Name of a local account; user, group and its supplementary groups are all taken on. Absent: this process's own. */
  readonly account?: string;
  /**
   * Names the program among all that were or will be started, so that `endLeft` finds it after a crash of this process: a word of
   * letters, digits, `-` and `.`.
   */
  readonly label?: string;
  /** The whole environment of the program besides PATH, HOME, USER and LANG, which are set from the account. Never secrets. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProgramEnd {
  /** Exit code, or null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The first 4 KiB of both outputs together, as they came. */
  readonly output: string;
}

export interface RunningProgram {
  readonly processId: number;
  readonly ended: Promise<ProgramEnd>;
  /** Ends the program and everything it started: its control group where there is one, its process group, and what bears its label. */
  kill(): void;
}

export interface Programs {
  /** The program does not outlive this process: the system ends it when this process dies. What it started may. */
  start(request: ProgramRequest): Promise<RunningProgram>;
  /** Ends what programs with this label, started by a process that has died, have left running; gives the number of processes. */
  endLeft(label: string): Promise<number>;
}
