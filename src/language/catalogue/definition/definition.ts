// The shape of a command's declaration: its words with their shortest abbreviations, its arguments with their types,
// help and examples. Parser, checker, completion, HELP and the reference all read it, so a command is declared once.
//
// A word shows its shortest form in capitals: `ONTRANSmit` may be cut to ONTRANS, `QueueTASK` to QTASK. Each run of small
// letters may be cut short at its end.
//
// A command, an option or a choice that is not implemented yet has `availability`: a script may use it and is checked,
// but running it fails with NOT-AVAILABLE. Whoever implements it adds the handler and removes that field.
import type { HandleType, ValueType } from '../../values/value.ts';
import type { GroupName } from './groups.ts';

/** Why something cannot be carried out yet, and what to do instead; both are sentences without a final dot. */
export interface Availability {
  readonly missing: string;
  readonly instead: string;
}

export interface Choice {
  /** One or more words, each with its capitals: `ATTRibutes WHOLE`. */
  readonly words: string;
  /** What the host receives. */
  readonly value: string;
  readonly availability?: Availability;
}

/**
 * The type of an argument, and the value the host receives for it:
 *   name, path, address, server, text   a string; a bare word will do
 *   integer                             an integer
 *   rate                                a rate
 *   duration                            a duration; a bare number is seconds, as everywhere in DTCL
 *   moment                              a time of day, or an instant
 *   timeout                             a duration, or the string `forever`; a bare number is seconds (DTCL reference,
 *                                       QUEUETASK)
 *   secret                              a secret; a string given here becomes one
 *   text or secret                      a string or a secret; an integer becomes a string
 *   value                               any value
 *   connection, snapshot, monitor, …    a handle, or its name (a string); for a connection also its number (an integer)
 *   stream task                         the same for a task that was queued
 *   choice                              the string of the chosen entry
 *   mapping                             the string `exact`, or a record { source, target } of paths
 *   task                                a record { program, arguments: list of strings }, or
 *                                       { command: id, arguments: record }; for DO … END { body, bindings } as for a
 *                                       command with a block; for the call of a TASK { name, script, names, values }
 *   words                               a list of strings: all bare words that follow
 */
export type ArgumentType =
  | 'name'
  | 'path'
  | 'address'
  | 'server'
  | 'text'
  | 'integer'
  | 'duration'
  | 'rate'
  | 'moment'
  | 'timeout'
  | 'secret'
  | 'text or secret'
  | 'value'
  | 'mapping'
  | 'task'
  | 'words'
  | 'stream task'
  | Exclude<HandleType, 'task' | 'server'>
  | { readonly choice: readonly Choice[] };

/** What a value must be beside its type; the checker refuses a literal that is not, the run every other value. */
export type ArgumentRule = 'cron' | 'time zone' | 'interval' | 'count' | 'absolute path' | 'compression level';

/** What the operator of the machine on which a script runs must allow by name. */
export type Permission = 'read' | 'environment' | 'program';

export interface Argument {
  /** The key in CommandRequest.arguments. */
  readonly name: string;
  /** The words before the value; an argument without words is known by its position, or by the words of its choice. */
  readonly words?: string;
  readonly type: ArgumentType;
  readonly required?: true;
  /** The argument is optional when this other one is given. */
  readonly unless?: string;
  /** May be given any number of times; the host receives a list. */
  readonly repeatable?: true;
  readonly rule?: ArgumentRule;
  /** What the argument names must be allowed where the script runs. */
  readonly permission?: Permission;
  readonly default?: string | number | boolean;
  /** The value when the words of the argument stand without one; absent: they need a value. */
  readonly bare?: string | number;
  readonly help: string;
  readonly availability?: Availability;
}

/** Something that a person has to mean: it is asked for at the prompt and on a command line, and not in a script. */
export interface Danger {
  /** What it does that cannot simply be taken back, as a sentence without a final dot. */
  readonly effect: string;
  /** Only a connection that has failed over, whose replica is a live copy, is asked about. */
  readonly only?: 'live copy';
  /** Only where one of these arguments is given. */
  readonly given?: readonly string[];
}

/** What of a connection's report shows how far a command is, and on which of its two servers. */
export interface ProgressPlace {
  readonly shows: 'mirror' | 'verification' | 'queue' | 'revert';
  readonly at: 'source' | 'target';
}

export interface CommandDefinition {
  /** What the host receives: `repset.rule.add`. */
  readonly id: string;
  readonly words: string;
  /** Another way to write the words. */
  readonly alias?: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  /** At least one of these arguments must be given. */
  readonly oneOf?: readonly string[];
  /** Takes DO … END; the host receives its text as `body` and the variables it uses as the record `bindings`. */
  readonly block?: true;
  /** Does nothing but wait, so event handlers may run meanwhile. */
  readonly waits?: true;
  /** `any` when the type depends on the arguments. */
  readonly result: ValueType | 'any';
  /** The result may be nobody else's business: journals, timelines and reports of results tell only how long it is. */
  readonly confidential?: true;
  /** Describes the result of a command that returns more than success; without it the result is the code 1. */
  readonly returns?: string;
  readonly group: GroupName;
  readonly examples: readonly string[];
  readonly danger?: Danger;
  /** Of a command that lasts. */
  readonly progress?: ProgressPlace;
  readonly availability?: Availability;
}
