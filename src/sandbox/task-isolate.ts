// Runs one task's script in its own isolate: compiles it, runs it to its end, passes its calls on and returns the
// answers. The isolate runs on its own thread, so that this thread can receive answers and notice the end of the
// server. There is no time limit here: the server and the kernel end the process.
import process from 'node:process';
import ivm from 'isolated-vm';
import {
  type FromSandbox,
  type ScriptProblem,
  type StartMessage,
  sandboxLimits,
  type TaskText,
  type ToSandbox,
} from '../base/sandbox-protocol.ts';
import { prelude } from './prelude.ts';

type Ended = Extract<FromSandbox, { readonly type: 'ended' }>;
type Answer = Extract<ToSandbox, { readonly type: 'answer' }>;

/** The file name in error positions. The line before the body is not part of it, so the offset is -1. */
const origin = { filename: 'task', lineOffset: -1 };
const checkMemoryMiB = 64;

export class TaskIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #message: StartMessage;
  readonly #send: (message: FromSandbox) => void;
  readonly #ended = Promise.withResolvers<Ended>();
  #settle: ivm.Reference | undefined;

  constructor(message: StartMessage, send: (message: FromSandbox) => void) {
    this.#isolate = new ivm.Isolate({ memoryLimit: message.memoryMiB, onCatastrophicError: () => process.abort() });
    this.#message = message;
    this.#send = send;
  }

  /** Never rejects. */
  run(): Promise<Ended> {
    this.#begin().catch((thrown) => this.#broke(thrown));
    return this.#ended.promise;
  }

  async #begin(): Promise<void> {
    const { task, values } = this.#message;
    const context = await this.#isolate.createContext();
    const offered = (await context.evalClosure(prelude, this.#preludeArguments(), {
      result: { reference: true },
    })) as ivm.Reference;
    const enter = await offered.get('enter', { reference: true });
    this.#settle = await offered.get('settle', { reference: true });
    const script = await this.#isolate.compileScript(functionText(task), origin);
    const body = await script.run(context, { reference: true });
    await enter.apply(undefined, [body.derefInto(), JSON.stringify(values)]);
  }

  /** The isolate threw instead of ending by a message: it ran out of memory, or the script does not parse. */
  #broke(thrown: unknown): void {
    if (this.#isolate.isDisposed) this.#ended.resolve({ type: 'ended', outcome: 'memory' });
    else this.#ended.resolve({ type: 'ended', outcome: 'failed', problem: syntaxProblem(thrown) });
  }

  answer(answer: Answer): void {
    this.#settle
      ?.apply(undefined, [answer.call, JSON.stringify(answer)])
      .catch((thrown: unknown) => this.#broke(thrown));
  }

  #preludeArguments(): unknown[] {
    const { about, mayRun } = this.#message;
    return [
      new ivm.Callback((text: string) => this.#send({ type: 'log', text }), { sync: true }),
      new ivm.Callback((call: number, text: string) => this.#call(call, text), { sync: true }),
      new ivm.Callback((text: string) => this.#end(text), { sync: true }),
      JSON.stringify(about),
      mayRun,
      JSON.stringify(sandboxLimits),
    ];
  }

  #end(text: string): void {
    const end = JSON.parse(text);
    if ('result' in end) this.#ended.resolve({ type: 'ended', outcome: 'finished', result: end.result });
    else this.#ended.resolve({ type: 'ended', outcome: 'failed', problem: runtimeProblem(end.message, end.stack) });
  }

  #call(call: number, text: string): void {
    const request = JSON.parse(text);
    this.#send({ type: 'call', call, program: request.program, arguments: request.arguments });
  }
}

/** Finds what is wrong with a task's text, without running any of it. */
export function checkTask(task: TaskText): ScriptProblem | null {
  const isolate = new ivm.Isolate({ memoryLimit: checkMemoryMiB });
  try {
    isolate.compileScriptSync(functionText(task), origin);
    return null;
  } catch (thrown) {
    return syntaxProblem(thrown);
  } finally {
    if (!isolate.isDisposed) isolate.dispose();
  }
}

function functionText({ names, body }: TaskText): string {
  return `(async (${names.join(', ')}) => { 'use strict';\n${body}\n})`;
}

/** V8's message ends with the position, which may lie outside the body: `Unexpected token ';' [task:1:6]`. */
function syntaxProblem(thrown: unknown): ScriptProblem {
  const whole = thrown instanceof Error ? thrown.message : String(thrown);
  const [, message = whole, file, line, column] = /^(.*) \[(\S+):(\d+):(\d+)\]$/s.exec(whole) ?? [];
  return file === origin.filename
    ? { message, line: Number(line), column: Number(column) }
    : { message, line: 0, column: 0 };
}

function runtimeProblem(message: string, stack: string): ScriptProblem {
  const [, line = 0, column = 0] = /\btask:(\d+):(\d+)/.exec(stack) ?? [];
  return { message: message.replace(/^Error: /, ''), line: Number(line), column: Number(column) };
}
