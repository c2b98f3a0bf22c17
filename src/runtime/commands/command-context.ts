// What a command handler gets, and the type of a handler.
import type { Clock } from '../../base/waiting/clock.ts';
import type { CommandRequest } from '../../language/values/host.ts';
import type { Value } from '../../language/values/value.ts';
import type { ServerDirectory } from '../contract/server-directory.ts';
import type { OwnMachine } from '../machine/own-machine.ts';
import type { Session } from '../session/session.ts';
import type { ReplicationSetStore } from '../stores/replication-sets.ts';
import type { ServerGroupStore } from '../stores/server-groups.ts';
import type { Progress } from '../text/progress-text.ts';
import type { CommandArguments } from './command-arguments.ts';
import type { ScriptParts } from './script-calls.ts';

/** Shows what goes on, until it is over. */
export interface ProgressSink {
  show(request: CommandRequest, progress: Progress): void;
  over(request: CommandRequest): void;
}

/** What all commands of a run share. */
export interface RunParts {
  readonly directory: ServerDirectory;
  readonly replicationSets: ReplicationSetStore;
  readonly serverGroups: ServerGroupStore;
  readonly clock: Clock;
  /** Times the polls for events of the servers; absent for `clock`. */
  readonly eventTimer?: Clock;
  /** Reads a file that the operator named, such as a key; fails with the errno name as code. */
  readonly readText: (path: string) => Promise<string>;
  /** Makes a file that the operator named, readable only for its owner; fails with `EEXIST` when something is there. */
  readonly writeText: (path: string, text: string) => Promise<void>;
  /** The machine on which the script runs, as far as it may reach it; absent: nothing of it. */
  readonly machine?: OwnMachine;
  /** Prints one line of the script's output. */
  readonly write: (line: string) => void;
  /** IANA name of the time zone for schedules that name none. */
  readonly timeZone: string;
  /** Runs the JavaScript of TASKs; absent when nothing runs, as in a plan. */
  readonly scripts?: ScriptParts;
  /**
   * Asks a person whether a command with a danger is meant; rejects where nobody can be asked. Absent in a script, which
   * is never asked.
   */
  readonly confirm?: (command: string, effect: string) => Promise<boolean>;
  /** Shows how far commands are that last; absent where nobody looks. */
  readonly progress?: ProgressSink;
  /** True in an embedded run: its servers, and so its schedules, are gone when it ends. */
  readonly schedulesEndWithRun: boolean;
}

/** Without the directory: handlers get servers from the session, which limits them to what LOGIN allows. */
export interface CommandContext extends Omit<RunParts, 'directory'> {
  readonly session: Session;
  /** Aborted when the script is interrupted. */
  readonly signal: AbortSignal;
  /** Whether the command is a statement of its own, whose result goes nowhere. */
  readonly isAlone: boolean;
}

/** The result of a command that returns nothing else: a positive number (DTCL reference). */
export const success = 1;

/** Carries out one command. Rejects with a CommandError or a Failure; see language/values/host.ts. */
export type CommandHandler = (given: CommandArguments, context: CommandContext) => Promise<Value>;

export type CommandHandlers = Readonly<Record<string, CommandHandler>>;
