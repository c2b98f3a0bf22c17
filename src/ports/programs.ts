// Running programs as an account, without a shell.
//
// Failure semantics: `start` rejects with a Failure when the program did not start: `PROGRAM-MISSING`,
// `PROGRAM-NOT-EXECUTABLE`, `ACCOUNT-UNKNOWN`, `ACCOUNT-NOT-PERMITTED` (this process may not become that account). Once
// it resolved, `ended` resolves exactly once.

export interface ProgramRequest {
  /** Absolute path of an executable. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Name of a local account; user, group and its supplementary groups are all taken on. Absent: this process's own. */
  readonly account?: string;
  /**
   * A unique name of the program, by which `endLeft` finds it after a crash of this process. It may have letters,
   * digits, `-` and `.`.
   */
  readonly label?: string;
  /** Given to its standard input, which then ends; absent: the input is empty. */
  readonly input?: string;
  /** Keeps the two outputs apart, each up to so many bytes; absent: the first 4 KiB of both together are kept. */
  readonly outputBytesMax?: number;
  /** The whole environment of the program but PATH, HOME, USER and LANG, which come from the account. Never secrets. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProgramEnd {
  /** Exit code, or null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The first 4 KiB of both outputs together, as they came; or the standard output, where they are kept apart. */
  readonly output: string;
  /** Where they are kept apart: the standard error, */
  readonly error?: string;
  /** and how many bytes of both were not kept. A character is kept whole or not at all. */
  readonly cutBytes?: number;
}

export interface RunningProgram {
  readonly processId: number;
  readonly ended: Promise<ProgramEnd>;
  /**
   * Ends the program and all that it started: its control group where there is one, its process group, and its label.
   */
  kill(): void;
}

export interface Programs {
  /** The system ends the program when this process dies; processes that the program started may go on. */
  start(request: ProgramRequest): Promise<RunningProgram>;
  /** Ends processes that programs with this label left running after a crash of this process; returns their number. */
  endLeft(label: string): Promise<number>;
}
