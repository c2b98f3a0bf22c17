// A host that records what a script asks for and answers from a table, and a clock that moves only when somebody waits.
import type { Clock } from '../../src/base/waiting/clock.ts';
import {
  type CheckedScript,
  checkScript,
  type Outcome,
  type RunOptions,
  runScript,
} from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import type { CommandRequest, EventRequest, Host } from '../../src/language/values/host.ts';
import { handle, none, type RecordValue, record, type Value } from '../../src/language/values/value.ts';

export type Answer = Value | Error | ((request: CommandRequest, signal: AbortSignal) => Promise<Value>);

export class ScriptedHost implements Host {
  readonly requests: CommandRequest[] = [];
  readonly lines: string[] = [];
  readonly properties = new Map<string, Value>([['target.state', 'OK']]);
  readonly answers = new Map<string, Answer>([['connect', handle('connection', 'job-1', 1)]]);

  async execute(request: CommandRequest, signal: AbortSignal): Promise<Value> {
    this.requests.push(request);
    const answer = this.answers.get(request.command) ?? none;
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request, signal) : answer;
  }

  readonly watched: EventRequest[] = [];
  readonly #watches: { readonly event: number; readonly deliver: (event: RecordValue) => void }[] = [];

  async watch(request: EventRequest, deliver: (event: RecordValue) => void): Promise<() => Promise<void>> {
    this.watched.push(request);
    this.#watches.push({ event: request.event, deliver });
    return async () => undefined;
  }

  /** An event as it comes from a server. */
  happen(id: number, message: string): void {
    for (const { event, deliver } of this.#watches) if (event === id) deliver(record({ id, message }));
  }

  async property(_: unknown, path: readonly string[]): Promise<Value> {
    return this.properties.get(path.join('.')) ?? none;
  }

  write(line: string): void {
    this.lines.push(line);
  }

  get commands(): string[] {
    return this.requests.map((one) => one.command);
  }
}

/** Time that passes only in timers: each runs, in order, as soon as nothing else is to do. */
export class IdleClock implements Clock {
  #nowMs = 0;
  readonly #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  wallMs(): number {
    return Date.UTC(2026, 10, 22) + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    setImmediate(() => this.#fire());
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  #fire(): void {
    this.#timers.sort((one, other) => one.atMs - other.atMs);
    const next = this.#timers.shift();
    if (next === undefined) return;
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
  }
}

export function check(text: string): CheckedScript {
  return checkScript(new SourceText('test.dtcl', text));
}

export interface Ran {
  readonly outcome: Outcome;
  readonly host: ScriptedHost;
}

/** Checks and runs a text that must check. */
export async function run(text: string, options: Partial<RunOptions> = {}, host = new ScriptedHost()): Promise<Ran> {
  const { script, diagnostics } = check(text);
  if (script === undefined)
    throw new Error(`does not check: ${diagnostics.map((one) => `${one.code} ${one.message}`).join('; ')}`);
  return { outcome: await runScript(script, { host, clock: new IdleClock(), ...options }), host };
}
