// One run of a script: its host, clock and budgets, and the reason why it must stop, if any. Code without commands runs
// synchronously; every loop and every call uses a little fuel, and when the fuel is used up the clock is read: after 10
// ms the run yields to the event loop, so Ctrl-C and heartbeats never wait.
//
// Stopping (an interruption, a budget, a failed handler) unwinds the script with a Stop, which TRY … ON ERROR does not
// catch. FINALLY blocks still run, with a short grace of their own.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { type DiagnosticCode, diagnose, type ParametersOf } from '../diagnostics/diagnostics.ts';
import type { FunctionContext } from '../functions/function-definition.ts';
import { spendOnText, ValueProblem } from '../functions/operations.ts';
import type { Range, SourceText } from '../tree/source-text.ts';
import {
  CommandError,
  type CommandRequest,
  commandErrorCodes,
  type EventRequest,
  type Host,
  type TableRow,
} from '../values/host.ts';
import { type HandleValue, list, none, type RecordValue, record, size, type Value } from '../values/value.ts';
import { durationText, valueText } from '../values/value-text.ts';
import { EventHandlers } from './event-handlers.ts';
import type { Thread } from './thread.ts';

export interface Budgets {
  /** Rounds of loops, calls of functions and commands. */
  readonly steps: number;
  /** Wall time of the whole run. */
  readonly timeMs: number;
  /** How deep functions may call each other. */
  readonly depth: number;
  readonly outputBytes: number;
  /** The most that `memoryBytes` of the options may return. */
  readonly memoryBytes: number;
}

export const defaultBudgets: Budgets = {
  steps: 1_000_000_000,
  timeMs: Number.POSITIVE_INFINITY,
  depth: 400,
  outputBytes: 1024 ** 3,
  memoryBytes: 1024 ** 3,
};

const yieldAfterMs = 10;
const fuelMin = 64;
const fuelMax = 65_536;
/** The time that FINALLY blocks may take once the run has to stop. */
const graceMs = 10_000;
const graceSteps = 100_000;

/** A failure that a script can catch. */
export class ScriptFailure extends Error {
  readonly diagnostic: Diagnostic;
  /** Negative: a documented code of a command, or -1. */
  readonly code: number;
  /** A name for machines: the code of the failure, or of the diagnostic. */
  readonly reasonCode: string;
  /** The other failures of a PARALLEL. */
  readonly others: readonly ScriptFailure[];

  constructor(
    diagnostic: Diagnostic,
    code: number = commandErrorCodes.unknown,
    reasonCode: string = diagnostic.code,
    others: readonly ScriptFailure[] = [],
  ) {
    super(diagnostic.message);
    this.name = 'ScriptFailure';
    this.diagnostic = diagnostic;
    this.code = code;
    this.reasonCode = reasonCode;
    this.others = others;
  }

  /** The record that `ON ERROR $e` assigns. */
  toRecord(): RecordValue {
    return record({
      message: this.diagnostic.message,
      code: this.code,
      name: this.reasonCode,
      hint: this.diagnostic.fix ?? '',
      line: this.diagnostic.span.line,
      file: this.diagnostic.span.file,
      others: list(this.others.map((one) => one.toRecord())),
    });
  }
}

/** Ends the run, and no ON ERROR can catch it: an interruption, an exceeded budget, or a failed event handler. */
export class Stop extends Error {
  readonly kind: 'interrupted' | 'budget' | 'failed';
  readonly diagnostic: Diagnostic;

  constructor(kind: Stop['kind'], diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = 'Stop';
    this.kind = kind;
    this.diagnostic = diagnostic;
  }
}

/** `EXIT code`. */
export class ExitRequest extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('EXIT');
    this.exitCode = exitCode;
  }
}

export interface ExecutionOptions {
  readonly host: Host;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly budgets: Budgets;
  readonly source: SourceText;
  /** How much memory is in use; called often, so it must be cheap. Without it there is no limit for memory. */
  readonly memoryBytes?: (() => number) | undefined;
  readonly planned?: boolean | undefined;
}

export class Execution implements FunctionContext {
  readonly host: Host;
  readonly clock: Clock;
  readonly source: SourceText;
  /** Nothing happens, and values may be unknown (planning.ts). */
  readonly planned: boolean;
  /** Counted down by loops and calls; below 0 they call `refuel`. */
  fuel = fuelMin;
  #steps = 0;
  #stepsMax: number;
  #chunk = fuelMin;
  #outputBytes = 0;
  #lastYieldMs: number;
  #lastReadMs: number;
  #controller = new AbortController();
  #stop: Stop | undefined;
  /** What aborted the last signal. In a grace nothing stops, but a call from before it must not seem to have failed. */
  #aborted: Stop | undefined;
  /** How many FINALLY blocks run although the run has to stop; only branches of a PARALLEL can be several. */
  #graces = 0;
  #endGrace = (): void => undefined;
  readonly handlers = new EventHandlers();
  readonly #budgets: Budgets;
  readonly #watches = new AbortController();
  readonly #catchUps: (() => Promise<void>)[] = [];
  #memoryBytes: (() => number) | undefined;
  readonly #release: () => void;
  /** The statement that runs now: the place of a stop that no statement caused, such as an interruption. */
  #place: Range = { start: 0, end: 0 };

  constructor(options: ExecutionOptions) {
    this.host = options.host;
    this.clock = options.clock;
    this.source = options.source;
    this.planned = options.planned ?? false;
    this.#budgets = options.budgets;
    this.#memoryBytes = options.memoryBytes;
    this.#stepsMax = options.budgets.steps;
    this.#lastYieldMs = this.#lastReadMs = options.clock.monotonicMs();
    const interrupt = (): void => this.#halt(new Stop('interrupted', this.#diagnose('U0902', {})));
    const cancelTimer = Number.isFinite(options.budgets.timeMs)
      ? options.clock.after(options.budgets.timeMs, () =>
          this.#halt(new Stop('budget', this.#diagnose('U0802', { limit: durationText(options.budgets.timeMs) }))),
        )
      : undefined;
    options.signal.addEventListener('abort', interrupt);
    if (options.signal.aborted) interrupt();
    this.#release = () => {
      options.signal.removeEventListener('abort', interrupt);
      cancelTimer?.();
    };
  }

  /** Must be called when the run has ended. */
  close(): void {
    this.#watches.abort();
    this.#release();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #diagnose<Code extends DiagnosticCode>(code: Code, parameters: ParametersOf<Code>): Diagnostic {
    return diagnose(this.source, this.#place, code, parameters);
  }

  #halt(stop: Stop): void {
    this.#stop ??= stop;
    this.#aborted ??= stop;
    this.#controller.abort();
  }

  throwIfStopped(): void {
    if (this.#stop !== undefined) throw this.#stop;
  }

  /**
   * Called when the fuel is used up. Returns undefined when the run may go on at once, or a promise to wait for first.
   */
  refuel(): Promise<0> | undefined {
    this.#steps += this.#chunk - Math.min(this.fuel + 1, 0);
    this.#checkSteps();
    this.#checkMemory();
    this.throwIfStopped();
    const now = this.clock.monotonicMs();
    const took = now - this.#lastReadMs;
    this.#lastReadMs = now;
    if (took > 4) this.#chunk = Math.max(fuelMin, this.#chunk >> 1);
    else if (took < 2) this.#chunk = Math.min(fuelMax, this.#chunk * 2);
    this.fuel = this.#chunk;
    return now - this.#lastYieldMs < yieldAfterMs ? undefined : this.#yield();
  }

  #checkSteps(): void {
    if (this.#steps > this.#stepsMax) {
      this.#halt(new Stop('budget', this.#diagnose('U0801', { limit: this.#budgets.steps })));
      this.throwIfStopped();
    }
  }

  #checkMemory(): void {
    const { memoryBytes } = this.#budgets;
    if (this.#memoryBytes === undefined || this.#memoryBytes() <= memoryBytes) return;
    this.#halt(new Stop('budget', this.#diagnose('U0805', { limit: valueText(size(memoryBytes)) })));
  }

  /** For long work within one call: what to wait for, so that others of this process get their turn. */
  pause(): Promise<0> | undefined {
    this.throwIfStopped();
    return this.clock.monotonicMs() - this.#lastYieldMs < yieldAfterMs ? undefined : this.#yield();
  }

  wallMs(): number {
    return this.clock.wallMs();
  }

  /**
   * Uses fuel for work with a large value, so that memory is checked before many such values fill it. Work that goes on
   * for long without a loop of the script is checked here, where the run cannot yield.
   */
  spend(steps: number): void {
    this.fuel -= steps;
    if (this.fuel >= -fuelMax) return;
    this.#steps -= this.fuel;
    this.fuel = 0;
    this.#checkSteps();
    this.#checkMemory();
    this.throwIfStopped();
  }

  async #yield(): Promise<0> {
    await new Promise<void>((resolve) => {
      this.clock.after(0, resolve);
    });
    this.#lastYieldMs = this.#lastReadMs = this.clock.monotonicMs();
    this.throwIfStopped();
    return 0;
  }

  #step(place: Range): void {
    this.#place = place;
    this.throwIfStopped();
    this.#steps++;
    this.#checkSteps();
  }

  async execute(request: CommandRequest, place: Range): Promise<Value> {
    this.#step(place);
    this.#spendOn(...Object.values(request.arguments));
    const result = await this.#await(() => this.host.execute(request, this.signal), place);
    this.#spendOn(result);
    return result;
  }

  /** Texts of a command, or of its result, may be large. */
  #spendOn(...values: readonly Value[]): void {
    for (const value of values) {
      if (typeof value === 'string') spendOnText(value.length, this);
      else if (typeof value === 'object' && value.kind === 'record') this.#spendOn(...value.fields.values());
    }
  }

  /** Executes a command that does nothing but wait: event handlers run meanwhile. */
  async executeWaiting(request: CommandRequest, place: Range): Promise<Value> {
    this.#step(place);
    const leaving = new AbortController();
    const signal = AbortSignal.any([this.signal, leaving.signal]);
    return this.#await(() => this.handlers.during(this.host.execute(request, signal)), place).finally(() =>
      leaving.abort(),
    );
  }

  /** Runs `handler` for each event that matches the request, until the run ends. */
  async watch(request: EventRequest, handler: (event: RecordValue) => Promise<void>, place: Range): Promise<void> {
    this.#step(place);
    await this.#await(async () => {
      const deliver = (event: RecordValue): void => this.handlers.add((one) => this.#handle(handler, one), event);
      this.#catchUps.push(await this.host.watch(request, deliver, this.#watches.signal));
      return none;
    }, place);
  }

  /** An error that a handler does not catch ends the run; a TRY around the interrupted statement does not catch it. */
  async #handle(handler: (event: RecordValue) => Promise<void>, event: RecordValue): Promise<void> {
    try {
      await handler(event);
    } catch (thrown) {
      if (thrown instanceof ScriptFailure) this.#halt(new Stop('failed', thrown.diagnostic));
      this.throwIfStopped();
      throw thrown;
    }
  }

  /** Handles the events that have happened until now, at the end of the script. */
  async handleLast(): Promise<void> {
    for (const catchUp of this.#catchUps) await this.#await(async () => catchUp().then(() => none), this.#place);
    await this.handlers.runLast();
  }

  async property(handle: HandleValue, path: readonly string[], place: Range): Promise<Value> {
    this.#step(place);
    return this.#await(() => this.host.property(handle, path, this.source.span(place)), place);
  }

  #throwIfAborted(signal: AbortSignal): void {
    if (signal.aborted && this.#aborted !== undefined) throw this.#aborted;
    this.throwIfStopped();
  }

  async #await(work: () => Promise<Value>, place: Range): Promise<Value> {
    const { signal } = this;
    try {
      const value = await work();
      this.#throwIfAborted(signal);
      return value;
    } catch (thrown) {
      this.#throwIfAborted(signal);
      throw this.#asScriptFailure(thrown, place);
    } finally {
      this.#lastYieldMs = this.#lastReadMs = this.clock.monotonicMs();
    }
  }

  #asScriptFailure(thrown: unknown, place: Range): unknown {
    if (thrown instanceof Failure) {
      const diagnostic = diagnose(this.source, place, 'U0901', {
        message: thrown.message,
        suggestion: thrown.hint ?? '',
      });
      return new ScriptFailure(diagnostic, commandErrorCodes.unknown, thrown.code);
    }
    if (thrown instanceof CommandError) {
      return new ScriptFailure(
        diagnose(this.source, place, 'U0901', {
          message: `${thrown.message} (${thrown.code})`,
          suggestion: thrown.hint ?? '',
        }),
        thrown.code,
      );
    }
    return thrown;
  }

  /** Waits, at most until the run has to stop. */
  async wait(delayMs: number, place: Range): Promise<void> {
    this.#step(place);
    const { signal } = this;
    let finish = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      finish = (): void => {
        cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = this.clock.after(Math.max(0, delayMs), finish);
      signal.addEventListener('abort', finish);
    });
    await this.handlers.during(passed).finally(finish);
    this.#lastYieldMs = this.#lastReadMs = this.clock.monotonicMs();
    this.#throwIfAborted(signal);
  }

  write(line: string, place: Range, row?: TableRow): void {
    this.#place = place;
    spendOnText(line.length, this);
    this.#outputBytes += Buffer.byteLength(line) + 1;
    if (this.#outputBytes > this.#budgets.outputBytes) {
      this.#halt(new Stop('budget', this.#diagnose('U0804', { limit: valueText(size(this.#budgets.outputBytes)) })));
      this.throwIfStopped();
    }
    this.host.write(line, row);
  }

  enter(thread: Thread, place: Range): void {
    if (++thread.depth > this.#budgets.depth) {
      this.#place = place;
      this.#halt(new Stop('budget', this.#diagnose('U0803', { limit: this.#budgets.depth })));
      this.throwIfStopped();
    }
  }

  /** Turns a ValueProblem into the failure at its place; returns anything else unchanged. */
  fail(thrown: unknown, place: Range): unknown {
    if (!(thrown instanceof ValueProblem)) return thrown;
    const parameters = thrown.parameters as ParametersOf<DiagnosticCode>;
    return new ScriptFailure(diagnose(this.source, place, thrown.code, parameters));
  }

  /**
   * Runs a FINALLY block although the run has to stop: with a signal of its own, a fresh allowance of steps, and ten
   * seconds. Afterwards the stop is in force again. Blocks of branches that run at once share the ten seconds.
   */
  async withGrace<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#graces === 0) {
      if (this.#stop === undefined) return work();
      this.#endGrace = this.#beginGrace(this.#stop);
    }
    this.#graces++;
    try {
      return await this.handlers.hold(work);
    } finally {
      if (--this.#graces === 0) this.#endGrace();
    }
  }

  /** Returns what ends the grace. */
  #beginGrace(stop: Stop): () => void {
    const [controller, stepsMax, memoryBytes] = [this.#controller, this.#stepsMax, this.#memoryBytes];
    this.#stop = undefined;
    this.#controller = new AbortController();
    this.#stepsMax = this.#steps + graceSteps;
    // The memory is still as full as it was, so the limit is lifted.
    this.#memoryBytes = undefined;
    const cancel = this.clock.after(graceMs, () => this.#halt(stop));
    return () => {
      cancel();
      this.#stop = stop;
      this.#controller = controller;
      this.#stepsMax = stepsMax;
      this.#memoryBytes = memoryBytes;
    };
  }
}
