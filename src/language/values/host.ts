// The host of a running script: it carries out commands, reads live properties of handles, prints lines. The runtime
// implements it; the language knows nothing else about servers.
//
// Failure semantics: `execute` and `property` reject with a Failure (the world refused; reason and hint are shown) or
// with a CommandError (one of the documented negative codes). Anything else that is thrown is a defect. When the signal
// is aborted the host stops what it is doing as soon as it can and rejects; what it rejects with then does not matter.
import type { Span } from '../../base/diagnostic.ts';
import type { HandleValue, RecordValue, Value } from './value.ts';

/** One of the branches of a PARALLEL, which run at once. */
export interface Branch {
  /** The branch in which its PARALLEL stands. */
  readonly parent: Branch | undefined;
}

/** One command, checked and with its arguments evaluated. */
export interface CommandRequest {
  /**
   * The catalogue's id, such as `repset.rule.add`; or `task.run`, for the call of a TASK: its arguments are `name`,
   * `script`, `names` and `values` (lists of the same length), and the result is what the script gave back.
   */
  readonly command: string;
  /**
   * The arguments by their names in the catalogue. An argument that was not given and has no default is absent. The
   * argument types of the catalogue define the shape of each value.
   */
  readonly arguments: Readonly<Record<string, Value>>;
  readonly span: Span;
  /** Set where the command is a statement of its own: its result goes nowhere. */
  readonly isAlone?: boolean;
  /** What a branch says of itself (SOURCE, TARGET, the connection it made last) is no matter of the others. */
  readonly branch?: Branch;
}

/** The events for which `ON event FROM …` waits. */
export interface EventRequest {
  /** The number of the event (catalogue/definition/event-names.ts). */
  readonly event: number;
  readonly name: string;
  /** A connection, its number, or a server; absent: all servers that the script has named, now or later. */
  readonly from?: Value;
  readonly span: Span;
}

export interface Host {
  /** Carries out a command and resolves with its result: a handle, a number, a record with `code`, or none. */
  execute(request: CommandRequest, signal: AbortSignal): Promise<Value>;
  /** A live property: `$con.mirror.percent` asks for `['mirror', 'percent']`. */
  property(handle: HandleValue, path: readonly string[], span: Span): Promise<Value>;
  /**
   * Calls `deliver` for each such event that happens from the moment this resolves until the signal is aborted, in the
   * order in which they happened, over all watches of the host. The record has `name`, `id`, `severity`, `message`,
   * `time`, `server` and, for an event of a connection, `connection`. Resolves with a function that delivers every
   * event which has happened by the time of its call. Rejects like `execute` when `from` has no events.
   */
  watch(
    request: EventRequest,
    deliver: (event: RecordValue) => void,
    signal: AbortSignal,
  ): Promise<() => Promise<void>>;
  /**
   * Prints one line of a script's output; the text has no line end of its own at the end. `row` is what the line shows of a
   * table, for a program that reads the output.
   */
  write(line: string, row?: TableRow): void;
}

/** A line of WRITE TABLE: the record, with the columns that are shown. */
export type TableRow = 'heading' | RecordValue;

/** The documented return codes (reference manual of DTCL, return values). */
export const commandErrorCodes = {
  unknown: -1,
  invalidParameter: -101,
  invalidCommand: -102,
  noSourceModule: -103,
  noSource: -104,
  noTargetModule: -105,
} as const;

/** The meaning of each code. A positive code is success; only LOGIN returns 0, which means no access. */
export const commandErrorMeanings: Readonly<Record<keyof typeof commandErrorCodes, string>> = {
  unknown: 'it failed, and no other code says why; `name` does',
  invalidParameter: 'a value that was given is not possible: there is nothing of that name, or it does not fit',
  invalidCommand: 'not a command, or not in this form; found when a script is checked',
  noSourceModule: 'the machine named as source is no server that is known here',
  noSource: 'no source has been identified',
  noTargetModule: 'the machine named as target is no server that is known here',
};

/** A command failed with one of the documented codes. Any other Failure counts as -1. */
export class CommandError extends Error {
  /** Negative. */
  readonly code: number;
  readonly hint: string | undefined;

  constructor(code: number, message: string, hint?: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.hint = hint;
  }
}

/** What was given cannot be meant. */
export function invalidParameter(message: string, hint?: string): CommandError {
  return new CommandError(commandErrorCodes.invalidParameter, message, hint);
}
