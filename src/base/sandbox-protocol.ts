// What a server and the process of a JavaScript task (src/sandbox) say to each other, over the standard input and output of
// that process.
//
// A frame is a length (32 bits, big endian) and so many bytes of JSON in UTF-8, one message. The process says `ready`; it is then
// told to `start` one task, or to `check` several. While a task runs it sends `log` and `call`, and gets an `answer` to
// every call; the last thing it says is `ended`. Nothing but copies of JSON values crosses. Neither side trusts a length, and
// the server does not trust anything at all: what is said out of turn or too large ends the process.
import { type JsonValue, jsonDepthMax } from './json-value.ts';

export const sandboxLimits = {
  frameBytes: 1024 * 1024,
  /** Of the body of a task, in UTF-16 units. */
  bodyCharacters: 64 * 1024,
  /** Of a task's parameters together, of its result, of the arguments of one call: JSON in UTF-16 units. */
  valueCharacters: 64 * 1024,
  /** Of values: how deep they may be nested. */
  depth: jsonDepthMax,
  /** Of everything a task logs, in UTF-16 units; each line counts one more. */
  logCharacters: 64 * 1024,
  /** Calls that a task may have under way at a time. */
  pendingCalls: 16,
} as const;

export interface TaskText {
  /** Names of the parameters, which are names in JavaScript too. */
  readonly names: readonly string[];
  /** The inside of an async function. */
  readonly body: string;
}

export interface StartMessage {
  readonly type: 'start';
  readonly task: TaskText;
  /** In the order of the names. */
  readonly values: readonly JsonValue[];
  /** What the script finds in `task`. */
  readonly about: Readonly<Record<string, JsonValue>>;
  /** Whether `run` is offered. */
  readonly mayRun: boolean;
  /** Of the isolate's heap and its buffers. */
  readonly memoryMiB: number;
}

export type ToSandbox =
  | StartMessage
  | { readonly type: 'check'; readonly tasks: readonly TaskText[] }
  | { readonly type: 'answer'; readonly call: number; readonly value: JsonValue }
  | { readonly type: 'answer'; readonly call: number; readonly refused: string };

/** Where in the body something is wrong: line and column count from 1; 0 when it is not known. */
export interface ScriptProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type FromSandbox =
  | { readonly type: 'ready' }
  /** In the order of the tasks; null for what is good JavaScript. */
  | { readonly type: 'checked'; readonly problems: readonly (ScriptProblem | null)[] }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'call'; readonly call: number; readonly program: string; readonly arguments: readonly string[] }
  | { readonly type: 'ended'; readonly outcome: 'finished'; readonly result: JsonValue }
  | { readonly type: 'ended'; readonly outcome: 'failed'; readonly problem: ScriptProblem }
  | { readonly type: 'ended'; readonly outcome: 'memory' };

const headBytes = 4;

export function encodeFrame(message: ToSandbox | FromSandbox): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Turns bytes, in whatever pieces they come, into messages, of which nothing is checked but that they are JSON. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** The messages that are complete with this piece. Throws for a frame that is too long, or no JSON. */
  take(piece: Uint8Array): unknown[] {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    const messages: unknown[] = [];
    while (this.#bytes.length >= headBytes) {
      const end = headBytes + this.#bytes.readUInt32BE();
      if (end > headBytes + sandboxLimits.frameBytes) throw new RangeError('a message is too long');
      if (this.#bytes.length < end) break;
      messages.push(JSON.parse(this.#bytes.toString('utf8', headBytes, end)));
      this.#bytes = this.#bytes.subarray(end);
    }
    return messages;
  }
}
