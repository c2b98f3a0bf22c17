// The entry to the language: checks a text, runs a checked script, describes its parameters. Nothing runs before the
// whole text is parsed and checked, and a check reports all its diagnostics at once.
//
//   const { script, diagnostics } = checkScript(new SourceText(file, text));
//   if (script !== undefined) const outcome = await runScript(script, { host, clock, signal });
import type { Diagnostic } from '../base/diagnostic.ts';
import type { ScriptProblem, TaskText } from '../base/sandbox-protocol.ts';
import type { Clock } from '../base/waiting/clock.ts';
import { propertiesBehind } from './catalogue/definition/handle-properties.ts';
import { checkBlock, type KnownNames, noKnownNames } from './checker/check-script.ts';
import { checkPermissions, type RefusalOf } from './checker/commands/check-literals.ts';
import { checkPatterns } from './checker/expressions/check-patterns.ts';
import type { StaticType } from './checker/expressions/known-types.ts';
import { checkScripts } from './checker/statements/check-task.ts';
import { describeParameters, type ParameterDescription, readParameters } from './checker/statements/parameters.ts';
import { DiagnosticSink } from './diagnostics/diagnostics.ts';
import { compileProgram, type ProgramText } from './interpreter/compile/compile-program.ts';
import { tooDeep } from './interpreter/compile/compile-statement.ts';
import { type Budgets, defaultBudgets, Execution, ExitRequest, ScriptFailure, Stop } from './interpreter/execution.ts';
import type { Execute } from './interpreter/frame.ts';
import { Planning, type PlanObserver } from './interpreter/planning.ts';
import { type FunctionEntry, Scope } from './interpreter/scope.ts';
import { parseProgram, type ReadIncluded } from './parser/include.ts';
import type { PropertyPlace } from './reading/completion.ts';
import { withoutQuotedSecrets } from './reading/secret-ranges.ts';
import { SourceText } from './tree/source-text.ts';
import type { Host } from './values/host.ts';
import { isHandleType, release, type Value } from './values/value.ts';

/** A text without errors. It may be run any number of times. */
export interface Script extends ProgramText {
  readonly parameters: readonly ParameterDescription[];
}

export interface CheckedScript {
  /** Absent when a diagnostic is an error. */
  readonly script?: Script;
  /** In the order of the text; warnings do not keep a script from running. */
  readonly diagnostics: readonly Diagnostic[];
  /** The tasks in JavaScript that the text defines; only `problemOf` has checked that they are JavaScript. */
  readonly tasks: readonly TaskText[];
  /** The regular expressions that the text writes out; only `patternProblemOf` has checked them. */
  readonly patterns: readonly string[];
}

/** Tells what is wrong with a script in JavaScript, or null; the language itself cannot parse JavaScript. */
export type ProblemOf = (task: TaskText) => ScriptProblem | null;

/** Tells what is wrong with a regular expression, or null; the library that knows is loaded only where one is. */
export type PatternProblemOf = (pattern: string) => string | null;

export interface CheckOptions {
  readonly patternProblemOf?: PatternProblemOf;
  readonly problemOf?: ProblemOf;
  /** Judges what the script names of the machine on which it is to run; without it that is left to the run. */
  readonly refusalOf?: RefusalOf;
  /** Variables that have values when the script starts, such as those a schedule kept. */
  readonly variables?: Iterable<string>;
  /** Reads the files that INCLUDE names; without it INCLUDE is refused. */
  readonly read?: ReadIncluded;
}

export function checkScript(source: SourceText, options: CheckOptions = {}): CheckedScript {
  const known = { ...noKnownNames, variables: new Set(options.variables) };
  return checkAgainst(source, known, options.read, options.problemOf, options.patternProblemOf, options.refusalOf);
}

/** Checks a text in which names of earlier texts are known; the prompt uses it line by line. */
export function checkAgainst(
  source: SourceText,
  known: KnownNames,
  read?: ReadIncluded,
  problemOf: ProblemOf = () => null,
  patternProblemOf: PatternProblemOf = () => null,
  refusalOf?: RefusalOf,
): CheckedScript {
  const sink = new DiagnosticSink(source);
  const block = parseProgram(sink, read);
  const bound = checkBlock(block, sink, known);
  if (refusalOf !== undefined) checkPermissions(block, bound, refusalOf, sink);
  const tasks = checkScripts(block, sink, problemOf);
  const patterns = checkPatterns(block, sink, patternProblemOf);
  // First the diagnostics of the script, then those of the files that it includes, each in the order of its text.
  const files = [source.file, ...source.included.map((one) => one.file)];
  const diagnostics = sink.found
    .sort(
      (one, other) =>
        files.indexOf(one.span.file) - files.indexOf(other.span.file) ||
        one.span.start - other.span.start ||
        one.span.end - other.span.end,
    )
    .map((one) => withoutQuotedSecrets(one, source));
  if (diagnostics.some((one) => one.severity === 'error')) return { diagnostics, tasks, patterns };
  return { script: { source, block, bound, parameters: describeParameters(block) }, diagnostics, tasks, patterns };
}

/**
 * The names of the properties at a place of a text that may be unfinished, as far as its check knows them: none of a
 * variable that holds no handle. Undefined where only a value can tell.
 */
export function propertiesAt(
  { file, text }: SourceText,
  { variable, steps, statement }: PropertyPlace,
  known: KnownNames = noKnownNames,
  read?: ReadIncluded,
): readonly string[] | undefined {
  // In place of the unfinished statement stands a whole one that reads the variable.
  const before = `${text.slice(0, statement)}WRITE `;
  const sink = new DiagnosticSink(new SourceText(file, `${before}$${variable}`));
  let type: StaticType = 'any';
  checkBlock(parseProgram(sink, read), sink, known, ({ start }, found) => {
    if (start === before.length) type = found;
  });
  if (type === 'any') return undefined;
  return isHandleType(type) ? propertiesBehind(type, steps) : [];
}

export interface RunOptions {
  readonly host: Host;
  readonly clock: Clock;
  /** Aborting it interrupts the script: the running command is told, FINALLY blocks still run. */
  readonly signal?: AbortSignal;
  readonly budgets?: Partial<Budgets>;
  /** How many bytes of memory are in use, for the budget of memory; cheap, because it is asked often. */
  readonly memoryBytes?: () => number;
  /** For a host that only plans (interpreter/planning.ts). */
  readonly plan?: PlanObserver;
  /** Values for PARAMs, as given on a command line, by name without the dollar. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values of the variables the check was told of. */
  readonly variables?: ReadonlyMap<string, Value>;
}

/**
 * How a run ended, with its exit code: 0 success, 1 failed, 2 usage, 4 budget, 5 interrupted. EXIT gives a code of its
 * own; `exited` is set when EXIT ended the run and not the end of the text.
 */
export type Outcome =
  | {
      readonly kind: 'completed';
      readonly exitCode: number;
      readonly exited: boolean;
      readonly diagnostics: readonly [];
    }
  | {
      readonly kind: 'failed' | 'usage' | 'budget' | 'interrupted';
      readonly exitCode: number;
      readonly diagnostics: readonly Diagnostic[];
    };

const stopCodes = { failed: 1, budget: 4, interrupted: 5 } as const;

/** Runs a script to its end. Rejects only for a defect of the language or of the host. */
export async function runScript(script: Script, options: RunOptions): Promise<Outcome> {
  const session = new Session();
  return session.run(script, options);
}

/** Variables and functions that outlive one text, for the prompt. */
export class Session {
  readonly #scope = new Scope();
  readonly #globals: (Value | undefined)[] = [];
  readonly #functions = new Map<string, FunctionEntry>();

  /** The names that a check of the next text has to know. */
  known(): KnownNames {
    const variables = [...this.#scope.names()].filter(
      (name) => this.#globals[this.#scope.slotOf(name) ?? -1] !== undefined,
    );
    return {
      variables: new Set(variables),
      functions: new Map([...this.#functions].map(([name, entry]) => [name, entry.node])),
    };
  }

  /** The value of a variable, by its name without the dollar. */
  value(name: string): Value | undefined {
    const value = this.#globals[this.#scope.slotOf(name) ?? -1];
    if (value !== undefined) release(value);
    return value;
  }

  /** Forgets a variable; the next text does not know it. */
  forget(name: string): void {
    const slot = this.#scope.slotOf(name);
    if (slot !== undefined) this.#globals[slot] = undefined;
  }

  async run(script: Script, options: RunOptions): Promise<Outcome> {
    const sink = new DiagnosticSink(script.source);
    const parameters = readParameters(script.block, options.parameters ?? {}, sink);
    if (sink.found.length > 0) return { kind: 'usage', exitCode: 2, diagnostics: sink.found };
    for (const [name, value] of [...(options.variables ?? []), ...parameters])
      this.#globals[this.#scope.declare(name)] = value;
    const plan = options.plan && new Planning(options.plan);
    const main = compileProgram(script, this.#scope, this.#functions, plan);
    while (this.#globals.length < this.#scope.size) this.#globals.push(undefined);
    const execution = new Execution({
      host: options.host,
      clock: options.clock,
      signal: options.signal ?? new AbortController().signal,
      budgets: { ...defaultBudgets, ...options.budgets },
      source: script.source,
      memoryBytes: options.memoryBytes,
      planned: plan !== undefined,
    });
    try {
      return await this.#execute(main, execution);
    } finally {
      execution.close();
    }
  }

  async #execute(main: Execute, execution: Execution): Promise<Outcome> {
    try {
      execution.throwIfStopped();
      await main({
        slots: this.#globals,
        globals: this.#globals,
        execution,
        thread: { depth: 0 },
        returned: undefined,
      });
      await execution.handleLast();
      return { kind: 'completed', exitCode: 0, exited: false, diagnostics: [] };
    } catch (caught) {
      const thrown = caught instanceof RangeError ? tooDeep(caught, { start: 0, end: 0 }, execution) : caught;
      if (thrown instanceof ExitRequest)
        return { kind: 'completed', exitCode: thrown.exitCode, exited: true, diagnostics: [] };
      if (thrown instanceof ScriptFailure) return { kind: 'failed', exitCode: 1, diagnostics: [thrown.diagnostic] };
      if (thrown instanceof Stop)
        return { kind: thrown.kind, exitCode: stopCodes[thrown.kind], diagnostics: [thrown.diagnostic] };
      throw thrown;
    }
  }
}
