// From the flat list of operands and operators the grammar reads to a tree by precedence, loosest first:
//   OR,  AND,  NOT,  = <> < <= > >= (not chained),  + -,  * / %,  unary minus
// The depth of the recursion here is the number of levels, never the length of the text.
import type { IToken, TokenType } from 'chevrotain';
import type { BinaryOperator, Expression } from '../ast.ts';
import type { DiagnosticSink } from '../diagnostics.ts';
import { rangeOf } from '../lexer/tokenize.ts';
import {
  And,
  AtLeast,
  AtMost,
  Divide,
  Greater,
  Less,
  Minus,
  Modulo,
  Not,
  NotEqual,
  Or,
  Plus,
  Same,
  Times,
} from '../lexer/tokens.ts';

/** One operand with the NOTs and minuses before it, outermost first, and the operator that follows it. */
export interface Operand {
  readonly prefixes: readonly IToken[];
  readonly expression: Expression;
  readonly operator?: IToken;
}

const operatorOf: ReadonlyMap<TokenType, BinaryOperator> = new Map<TokenType, BinaryOperator>([
  [Or, 'or'],
  [And, 'and'],
  [Same, '='],
  [NotEqual, '<>'],
  [Less, '<'],
  [AtMost, '<='],
  [Greater, '>'],
  [AtLeast, '>='],
  [Plus, '+'],
  [Minus, '-'],
  [Times, '*'],
  [Divide, '/'],
  [Modulo, '%'],
]);

const levels: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  ['=', '<>', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];
const comparisonLevel = 2;

export function buildExpression(operands: readonly Operand[], sink: DiagnosticSink): Expression {
  const [only] = operands;
  // Most expressions are a single value, and a long script has very many of them.
  if (operands.length === 1 && only?.prefixes.length === 0) return only.expression;
  let at = 0;

  const operatorAt = (level: number): BinaryOperator | undefined => {
    const token = operands[at]?.operator;
    const operator = token && operatorOf.get(token.tokenType);
    return operator !== undefined && levels[level]?.includes(operator) ? operator : undefined;
  };

  /** Reads operands joined by this level or tighter. On return `at` is the operand whose operator is looser. */
  const read = (level: number, prefixFrom: number): Expression => {
    if (level === comparisonLevel) {
      // NOT binds looser than a comparison: NOT $a = $b is NOT ($a = $b).
      const prefixes = operands[at]?.prefixes ?? [];
      let nots = prefixFrom;
      while (prefixes[nots]?.tokenType === Not) nots++;
      if (nots > prefixFrom) {
        const first = prefixes[prefixFrom];
        const operand = readChain(level, nots);
        return (nots - prefixFrom) % 2 === 1
          ? { kind: 'unary', operator: 'not', operand, start: first?.startOffset ?? operand.start, end: operand.end }
          : operand;
      }
    }
    return readChain(level, prefixFrom);
  };

  const readChain = (level: number, prefixFrom: number): Expression => {
    if (level === levels.length) return withPrefixes(operands[at], prefixFrom);
    const first = read(level + 1, prefixFrom);
    const rest: { operator: BinaryOperator; operand: Expression }[] = [];
    for (let operator = operatorAt(level); operator !== undefined; operator = operatorAt(level)) {
      const token = operands[at]?.operator;
      if (level === comparisonLevel && rest.length === 1 && token) sink.report(rangeOf(token), 'U0207', {});
      at++;
      rest.push({ operator, operand: read(level + 1, 0) });
    }
    return rest.length === 0
      ? first
      : { kind: 'chain', first, rest, start: first.start, end: rest[rest.length - 1]?.operand.end ?? first.end };
  };

  return read(0, 0);
}

function withPrefixes(operand: Operand | undefined, from: number): Expression {
  let expression: Expression = operand?.expression ?? { kind: 'error', start: 0, end: 0 };
  // Two minuses or two NOTs are none, so that a million of them stay a flat tree.
  for (const prefix of (operand?.prefixes.slice(from) ?? []).reverse()) {
    const operator = prefix.tokenType === Not ? 'not' : 'minus';
    if (expression.kind === 'unary' && expression.operator === operator) expression = expression.operand;
    else expression = { kind: 'unary', operator, operand: expression, start: prefix.startOffset, end: expression.end };
  }
  return expression;
}
