// The tree of a script. Every node has the offsets of its text. A node stands for the written text; the checker and the
// compiler give it its meaning. `ErrorExpression` stands where the parser found no expression and has reported that.
import type { Value } from '../values/value.ts';
import type { Range } from './source-text.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
/** That of `+=` and its like. */
export type ChangeOperator = '+' | '-' | '*' | '/';
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | 'and' | 'or';

export interface LiteralExpression extends Range {
  readonly kind: 'literal';
  readonly value: Value;
}

/** A bare word of a command: text, or a keyword where the catalogue has one. */
export interface WordExpression extends Range {
  readonly kind: 'word';
  readonly text: string;
}

export type TemplatePiece = string | Expression;

export interface TemplateExpression extends Range {
  readonly kind: 'template';
  readonly pieces: readonly TemplatePiece[];
}

export interface VariableExpression extends Range {
  readonly kind: 'variable';
  readonly name: string;
}

export type PathStep =
  | ({ readonly kind: 'field'; readonly name: string } & Range)
  | ({ readonly kind: 'index'; readonly index: Expression } & Range);

export interface PathExpression extends Range {
  readonly kind: 'path';
  readonly base: Expression;
  readonly steps: readonly PathStep[];
}

export interface ListExpression extends Range {
  readonly kind: 'list';
  readonly items: readonly Expression[];
}

export interface RecordExpression extends Range {
  readonly kind: 'record';
  readonly fields: readonly { readonly name: string; readonly value: Expression }[];
}

/** Operands joined by operators of one precedence, from the left; flat, so that a long sum is not a deep tree. */
export interface ChainExpression extends Range {
  readonly kind: 'chain';
  readonly first: Expression;
  readonly rest: readonly { readonly operator: BinaryOperator; readonly operand: Expression }[];
}

export interface UnaryExpression extends Range {
  readonly kind: 'unary';
  readonly operator: 'not' | 'minus';
  readonly operand: Expression;
}

export interface CallExpression extends Range {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Expression[];
}

/** `IF c THEN a ELSE IF d THEN b ELSE e` in brackets. */
export interface ChoiceExpression extends Range {
  readonly kind: 'choice';
  readonly branches: readonly { readonly condition: Expression; readonly value: Expression }[];
  readonly otherwise: Expression;
}

export interface ErrorExpression extends Range {
  readonly kind: 'error';
}

export type Expression =
  | LiteralExpression
  | WordExpression
  | TemplateExpression
  | VariableExpression
  | PathExpression
  | ListExpression
  | RecordExpression
  | ChainExpression
  | UnaryExpression
  | CallExpression
  | ChoiceExpression
  | ErrorExpression;

/** `=` between an option and its value; the binder drops it. */
export interface EqualsPart extends Range {
  readonly kind: 'equals';
}

/** DO … END as a value: behind the `=` of an option. */
export interface BlockPart extends Range {
  readonly kind: 'block';
  readonly body: Block;
  /** The range of the text between DO and END. */
  readonly inside: Range;
}

export type CommandPart = Expression | EqualsPart | BlockPart;

export type Block = readonly Statement[];

/** A command as written: its first part is a word. Binding it against the catalogue says what the parts are. */
export interface CommandNode extends Range {
  readonly kind: 'command';
  readonly parts: readonly CommandPart[];
  /** The statements of DO … END, and the range of their text. */
  readonly block?: { readonly body: Block; readonly range: Range };
}

/** JavaScript between triple quotes; the range is that of the text inside. */
export interface Script extends Range {
  readonly text: string;
}

export interface Parameter extends Range {
  readonly name: string;
  readonly default?: Expression;
}

export type Statement = Range &
  (
    | CommandNode
    | {
        readonly kind: 'assign';
        readonly name: string;
        readonly target: Range;
        readonly value: Expression | CommandNode;
      }
    /** A part of a variable gets a value: `$list[0] = 5`; with an operator its value is changed: `$x.count += 1`. */
    | {
        readonly kind: 'change';
        readonly name: string;
        readonly target: Range;
        /** One at the least. */
        readonly steps: readonly PathStep[];
        readonly operator?: ChangeOperator;
        readonly value: Expression | CommandNode;
      }
    /** A function that is called for what it does. */
    | { readonly kind: 'call-alone'; readonly call: CallExpression }
    | {
        readonly kind: 'if';
        readonly branches: readonly { readonly condition: Expression; readonly body: Block }[];
        readonly otherwise?: Block;
      }
    | {
        readonly kind: 'switch';
        readonly subject: Expression;
        /** The first branch is taken of which one value is that of the subject. */
        readonly branches: readonly { readonly values: readonly Expression[]; readonly body: Block }[];
        readonly otherwise?: Block;
      }
    | { readonly kind: 'while'; readonly condition: Expression; readonly body: Block }
    | {
        readonly kind: 'count';
        readonly name: string;
        readonly from: Expression;
        readonly to: Expression;
        readonly step?: Expression;
        readonly body: Block;
      }
    | { readonly kind: 'each'; readonly name: string; readonly list: Expression; readonly body: Block }
    | { readonly kind: 'break' | 'continue' }
    | {
        readonly kind: 'try';
        readonly body: Block;
        readonly handler?: { readonly name?: string; readonly body: Block };
        readonly finally?: Block;
      }
    | { readonly kind: 'fail'; readonly message: Expression }
    | { readonly kind: 'exit'; readonly code?: Expression }
    | {
        readonly kind: 'function';
        /** Empty where there was none. */
        readonly name: string;
        readonly nameRange: Range;
        readonly parameters: readonly Parameter[];
        /** Its header could not be understood, so its parameters may be more than these. */
        readonly isBroken?: true;
        readonly body: Block;
        /** The body of `TASK name(…) IN JAVASCRIPT`, which is called like a function but has no statements. */
        readonly script?: Script;
      }
    | { readonly kind: 'return'; readonly value?: Expression }
    | {
        readonly kind: 'param';
        readonly name: string;
        readonly target: Range;
        readonly type?: { readonly name: string } & Range;
        readonly default?: Expression;
        readonly help?: string;
      }
    | { readonly kind: 'write'; readonly values: readonly Expression[] }
    | { readonly kind: 'write-table'; readonly records: Expression; readonly columns: readonly Expression[] }
    | { readonly kind: 'wait'; readonly duration: Expression }
    | {
        readonly kind: 'until';
        readonly condition: Expression;
        readonly every?: Expression;
        readonly timeout?: Expression;
      }
    | {
        readonly kind: 'include';
        /** As written, without the quotes. */
        readonly path: string;
        readonly pathRange: Range;
        /** The statements of the file, when it was read; in a program only the first INCLUDE of a file has them. */
        readonly body?: Block;
      }
    | { readonly kind: 'parallel'; readonly body: Block }
    | { readonly kind: 'every'; readonly interval: Expression; readonly body: Block }
    | {
        readonly kind: 'on';
        readonly event: { readonly name: string } & Range;
        readonly from?: Expression;
        readonly body: Block;
      }
  );

export type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { readonly kind: Kind }>;
