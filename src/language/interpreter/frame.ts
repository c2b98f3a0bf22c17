// The frame on which compiled closures work, and the types of their results. A closure returns a promise only when it
// really has to wait, and its result otherwise; so code without commands runs as plain calls.
import type { Value } from '../values/value.ts';
import type { Execution } from './execution.ts';
import type { Thread } from './thread.ts';

/** Variables live in numbered slots. Outside functions both arrays are the same; a function has slots of its own. */
export interface Frame {
  readonly slots: (Value | undefined)[];
  readonly globals: (Value | undefined)[];
  readonly execution: Execution;
  readonly thread: Thread;
  returned: Value | undefined;
}

export type Awaitable<Result> = Result | Promise<Result>;
export type Evaluate = (frame: Frame) => Awaitable<Value>;
export type EvaluateNow = (frame: Frame) => Value;

/** An expression's closure; an immediate one never returns a promise. */
export type Compiled =
  | { readonly immediate: true; readonly run: EvaluateNow }
  | { readonly immediate: false; readonly run: Evaluate };

/** How a statement ended. */
export const Completion = { normal: 0, break: 1, continue: 2, return: 3 } as const;
export type Completion = (typeof Completion)[keyof typeof Completion];
export type Execute = (frame: Frame) => Awaitable<Completion>;

export function now(run: EvaluateNow): Compiled {
  return { immediate: true, run };
}

export function later(run: Evaluate): Compiled {
  return { immediate: false, run };
}

/** Calls `next` with a result as soon as it is there. */
export function settle<From, To>(from: Awaitable<From>, next: (value: From) => Awaitable<To>): Awaitable<To> {
  return from instanceof Promise ? from.then(next) : next(from);
}

/** Evaluates from left to right, waiting where it must. */
export function evaluateAll(expressions: readonly Compiled[], frame: Frame): Awaitable<Value[]> {
  // As long as it will be: an array that grows takes room for seventeen.
  const values: Value[] = new Array(expressions.length);
  for (let index = 0; index < expressions.length; index++) {
    const value = (expressions[index] as Compiled).run(frame);
    if (value instanceof Promise) return evaluateRest(expressions, frame, values, value, index);
    values[index] = value;
  }
  return values;
}

async function evaluateRest(
  expressions: readonly Compiled[],
  frame: Frame,
  values: Value[],
  pending: Promise<Value>,
  at: number,
): Promise<Value[]> {
  values[at] = await pending;
  for (let index = at + 1; index < expressions.length; index++)
    values[index] = await (expressions[index] as Compiled).run(frame);
  return values;
}
