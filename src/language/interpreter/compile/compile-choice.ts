// Compiles IF … THEN … ELSE … in brackets. Only the value that is chosen is evaluated; a plan that does not know the
// condition goes all ways, because a value may call a function that carries out commands.
import type { Range } from '../../tree/source-text.ts';
import { isUnknown, none, unknown, type Value } from '../../values/value.ts';
import {
  type Awaitable,
  type Compiled,
  Completion,
  type EvaluateNow,
  type Frame,
  later,
  now,
  settle,
} from '../frame.ts';
import type { Planning } from '../planning.ts';
import type { Scope } from '../scope.ts';

interface Branch {
  /** Where the condition is written. */
  readonly title: Range;
  readonly condition: Compiled;
  readonly value: Compiled;
}

export function compileChoice(
  branches: readonly Branch[],
  otherwise: Compiled,
  place: Range,
  { plan, scope }: { readonly plan?: Planning | undefined; readonly scope: Scope },
): Compiled {
  if (plan !== undefined) return later((frame) => planned(branches, otherwise, place, frame, plan, scope));
  if ([...branches.flatMap((one) => [one.condition, one.value]), otherwise].every((one) => one.immediate)) {
    const ways = branches.map(({ condition, value }) => [condition.run, value.run] as [EvaluateNow, EvaluateNow]);
    const last = otherwise.run as EvaluateNow;
    return now((frame) => {
      for (const [condition, value] of ways) if (condition(frame) === true) return value(frame);
      return last(frame);
    });
  }
  const from = (index: number, frame: Frame): Awaitable<Value> => {
    const branch = branches[index];
    if (branch === undefined) return otherwise.run(frame);
    return settle(branch.condition.run(frame), (chosen) =>
      chosen === true ? branch.value.run(frame) : from(index + 1, frame),
    );
  };
  return later((frame) => from(0, frame));
}

async function planned(
  [branch, ...others]: readonly Branch[],
  otherwise: Compiled,
  place: Range,
  frame: Frame,
  plan: Planning,
  scope: Scope,
): Promise<Value> {
  if (branch === undefined) return otherwise.run(frame);
  const chosen = await branch.condition.run(frame);
  if (chosen === true) return branch.value.run(frame);
  if (!isUnknown(chosen)) return planned(others, otherwise, place, frame, plan, scope);
  const found: Value[] = [];
  const { source } = frame.execution;
  const span = source.span(branch.title);
  const way = (title: string, run: (inner: Frame) => Awaitable<Value>) => ({
    title,
    span,
    run: async (inner: Frame): Promise<Completion> => {
      found.push(await run(inner));
      return Completion.normal;
    },
  });
  const ways = [
    way(`if ${source.slice(branch.title).replaceAll(/\s+/g, ' ').trim()}`, (inner) => branch.value.run(inner)),
    way('otherwise', (inner) => planned(others, otherwise, place, inner, plan, scope)),
  ];
  await plan.fork(frame, ways, () => unknown(source.slice(place)));
  const [first = none, second] = found;
  const isSame = typeof first !== 'object' && first === second;
  return isSame ? first : unknown(source.slice(place));
}
