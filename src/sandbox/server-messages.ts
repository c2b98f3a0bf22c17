// Checks the messages of the server by hand: this process starts faster when it reads few files.
import type { JsonValue } from '../base/json-value.ts';
import type { TaskText, ToSandbox } from '../base/sandbox-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws a TypeError for anything that is not a message. */
export function parseMessage(given: unknown): ToSandbox {
  const message = fields(given);
  switch (message.type) {
    case 'start':
      return {
        type: 'start',
        task: taskText(message.task),
        values: list(message.values) as readonly JsonValue[],
        about: fields(message.about) as Readonly<Record<string, JsonValue>>,
        mayRun: message.mayRun === true,
        memoryMiB: number(message.memoryMiB),
      };
    case 'check':
      return { type: 'check', tasks: list(message.tasks).map(taskText) };
    case 'answer': {
      const call = number(message.call);
      if (message.refused !== undefined) return { type: 'answer', call, refused: text(message.refused) };
      return { type: 'answer', call, value: message.value as JsonValue };
    }
    default:
      throw new TypeError('an unknown message');
  }
}

function taskText(given: unknown): TaskText {
  const { names, body } = fields(given);
  return { names: list(names).map(text), body: text(body) };
}

function fields(given: unknown): Fields {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new TypeError('not an object');
  return given as Fields;
}

function list(given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) throw new TypeError('not a list');
  return given;
}

function text(given: unknown): string {
  if (typeof given !== 'string') throw new TypeError('not a text');
  return given;
}

function number(given: unknown): number {
  if (typeof given !== 'number') throw new TypeError('not a number');
  return given;
}
