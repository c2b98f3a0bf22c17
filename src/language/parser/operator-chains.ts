// Makes a tree of operands and operators, by precedence, from loosest:
//   OR,  AND,  NOT,  = <> < <= > >=,  + -,  * / %
// A chain of operators of one precedence is one flat node, and nothing here recurses, so a long sum is not a deep tree.
import { trimmed } from '../../base/trimmed-list.ts';
import type { OperatorKind, TokenKind } from '../lexer/token.ts';
import type { BinaryOperator, ChainExpression, Expression, UnaryExpression } from '../tree/ast.ts';

const operatorOf: Readonly<Record<OperatorKind, { readonly operator: BinaryOperator; readonly level: number }>> = {
  or: { operator: 'or', level: 0 },
  and: { operator: 'and', level: 1 },
  same: { operator: '=', level: 2 },
  'not-equal': { operator: '<>', level: 2 },
  less: { operator: '<', level: 2 },
  'at-most': { operator: '<=', level: 2 },
  greater: { operator: '>', level: 2 },
  'at-least': { operator: '>=', level: 2 },
  plus: { operator: '+', level: 3 },
  minus: { operator: '-', level: 3 },
  times: { operator: '*', level: 4 },
  divide: { operator: '/', level: 4 },
  modulo: { operator: '%', level: 4 },
};
const comparisonLevel = 2;
const tightestLevel = 4;

/** A NOT or a minus before an operand. */
export type Prefix = Pick<UnaryExpression, 'operator' | 'start'>;

interface OpenChain {
  readonly first: Expression;
  readonly rest: ChainExpression['rest'][number][];
  operator: BinaryOperator;
}

export class OperatorChains {
  /** The chains that are not ended, by level. */
  readonly #open: (OpenChain | undefined)[] = [];
  /** The NOTs before the comparison that is not ended. */
  #negations: readonly Prefix[] = [];
  #comparisons = 0;
  #isLoose = true;
  #last: Expression | undefined;

  /**
   * Where a comparison begins, NOT binds looser than it: NOT $a = $b is NOT ($a = $b). Elsewhere, and behind a minus, it
   * binds to its operand alone.
   */
  operand(prefixes: readonly Prefix[], operand: Expression): void {
    const minus = prefixes.findIndex((one) => one.operator === 'minus');
    const areLoose = this.#isLoose && prefixes.length > 0 && minus !== 0;
    const looseEnd = minus < 0 ? prefixes.length : minus;
    if (areLoose) this.#negations = prefixes.slice(0, looseEnd);
    this.#last = prefixed(areLoose ? prefixes.slice(looseEnd) : prefixes, operand);
  }

  /** Takes the operator behind an operand; true when it is a second comparison, and these are not chained. */
  operator(kind: OperatorKind): boolean {
    const { operator, level } = operatorOf[kind];
    const left = this.#ended(level);
    const open = this.#open[level];
    if (open === undefined) this.#open[level] = { first: left, rest: [], operator };
    else {
      open.rest.push({ operator: open.operator, operand: left });
      open.operator = operator;
    }
    this.#isLoose = level < comparisonLevel;
    if (this.#isLoose) this.#comparisons = 0;
    else if (level === comparisonLevel) this.#comparisons++;
    return level === comparisonLevel && this.#comparisons === 2;
  }

  finish(): Expression {
    return this.#ended(-1);
  }

  /** Ends all chains that bind tighter than a level; what they make is an operand of that level. */
  #ended(level: number): Expression {
    let left = this.#last;
    if (left === undefined) throw new Error('an operator without an operand before it');
    for (let tighter = tightestLevel; tighter > level; tighter--) {
      const open = this.#open[tighter];
      if (open !== undefined) {
        open.rest.push({ operator: open.operator, operand: left });
        left = { kind: 'chain', first: open.first, rest: trimmed(open.rest), start: open.first.start, end: left.end };
        this.#open[tighter] = undefined;
      }
      if (tighter === comparisonLevel) left = this.#negated(left);
    }
    return left;
  }

  #negated(operand: Expression): Expression {
    const [first] = this.#negations;
    const isNegated = this.#negations.length % 2 === 1;
    this.#negations = [];
    if (first === undefined || !isNegated) return operand;
    return { kind: 'unary', operator: 'not', operand, start: first.start, end: operand.end };
  }
}

/** Two minuses or two NOTs cancel each other, so that a million of them stay a flat tree. */
function prefixed(prefixes: readonly Prefix[], operand: Expression): Expression {
  let expression = operand;
  for (const { operator, start } of prefixes.toReversed()) {
    if (expression.kind === 'unary' && expression.operator === operator) expression = expression.operand;
    else expression = { kind: 'unary', operator, operand: expression, start, end: expression.end };
  }
  return expression;
}

export function isOperator(kind: TokenKind): kind is OperatorKind {
  return Object.hasOwn(operatorOf, kind);
}
