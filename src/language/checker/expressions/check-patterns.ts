// The patterns that a script writes out in calls of matches, replacepattern and the like. The library that can tell a
// wrong one is loaded only for a script that has any (program.ts, `patternProblemOf`).
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import type { Block, Expression } from '../../tree/ast.ts';
import { walkBlock } from '../../tree/ast-walk.ts';

/** Returns all patterns; reports the problem of each that `problemOf` finds. */
export function checkPatterns(
  block: Block,
  sink: DiagnosticSink,
  problemOf: (pattern: string) => string | null,
): readonly string[] {
  const patterns: string[] = [];
  const own = new Set(block.map((statement) => (statement.kind === 'function' ? statement.name : '')));
  const check = (expression: Expression): void => {
    // A function of the script comes before a built-in one.
    if (expression.kind !== 'call' || own.has(expression.name)) return;
    const place = builtinFunctions.get(expression.name)?.pattern;
    const pattern = place === undefined ? undefined : expression.arguments[place];
    if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return;
    patterns.push(pattern.value);
    const problem = problemOf(pattern.value);
    if (problem !== null) sink.report(pattern, 'U0318', { problem });
  };
  walkBlock(block, { expression: check });
  return patterns;
}
