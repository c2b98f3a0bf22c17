// map and filter call a function that they are given by its name, as a text in the script itself: so all that looks for
// the functions of a script finds it before the script runs.
import type { CallExpression, Expression } from './ast.ts';
import type { Range } from './source-text.ts';

export const applyingFunctions: ReadonlySet<string> = new Set(['map', 'filter']);

/** The function that map or filter calls; undefined for other calls, and where no name is written. */
export function appliedFunction(call: CallExpression): ({ readonly name: string } & Range) | undefined {
  if (!applyingFunctions.has(call.name)) return undefined;
  const named: Expression | undefined = call.arguments[1];
  if (named?.kind !== 'literal' || typeof named.value !== 'string') return undefined;
  return { name: named.value.toLowerCase(), start: named.start, end: named.end };
}
