// The grammar of the language, over the tokens of the lexer; grammar/grammar.md says the same for people. The rules are
// written so that wrong text is taken, reported and left behind rather than thrown at: a missing THEN, a value too many
// or a stray END costs one message, and the statements behind it still get theirs. What commands accept is not said
// here: a command is a word and its parts, and the catalogue says what they mean (checker/bind-command.ts).
import { EmbeddedActionsParser, EOF, type IToken, type TokenType } from 'chevrotain';
import type {
  Block,
  CommandNode,
  CommandPart,
  Expression,
  Parameter,
  PathStep,
  RecordExpression,
  Statement,
  TemplatePiece,
} from '../ast.ts';
import type { DiagnosticCode, DiagnosticSink, ParametersOf } from '../diagnostics.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { describeToken, isKind, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import { parseLiteral } from '../units.ts';
import { buildExpression, type Operand } from './expression-builder.ts';

/** An interpolated expression that is still text; `fill` puts the parsed one into its place. */
export interface PendingInterpolation extends Range {
  readonly fill: (expression: Expression) => void;
}

interface OpenBlock extends Range {
  readonly name: string;
}

/** What a rule gives when it had to be given up; the reason was reported. */
const noExpression: Expression = { kind: 'error', start: 0, end: 0 };
const errorAt = (range: Range): Expression => ({ kind: 'error', start: range.start, end: range.end });

export class ScriptParser extends EmbeddedActionsParser {
  #sink: DiagnosticSink | undefined;
  #pending: PendingInterpolation[] = [];

  constructor() {
    super(tokens.parserTokens, {
      recoveryEnabled: true,
      maxLookahead: 2,
      skipValidations: true,
      nodeLocationTracking: 'none',
    });
    this.performSelfAnalysis();
  }

  /** Must be called before each use of a rule. */
  begin(input: IToken[], sink: DiagnosticSink, pending: PendingInterpolation[]): void {
    this.#sink = sink;
    this.#pending = pending;
    this.input = input;
  }

  #report<Code extends DiagnosticCode>(range: Range, code: Code, parameters: ParametersOf<Code>): void {
    if (!this.RECORDING_PHASE) this.#sink?.report(range, code, parameters);
  }

  /** Says what was expected where the parser stands now. */
  #expected(expected: string): void {
    const next = this.LA(1);
    const before = this.LA(0);
    const end = before === undefined ? 0 : tokens.tokenEnd(before);
    if (next.tokenType === EOF || isKind(next, tokens.Terminator))
      this.#report({ start: Math.max(0, end - 1), end }, 'U0202', { expected });
    else this.#report(rangeOf(next), 'U0201', { expected, found: describeToken(next) });
  }

  #missingValue(): Expression {
    this.#expected('a value');
    return errorAt({ start: this.#end(), end: this.#end() });
  }

  /** Leaves behind what stands before THEN or DO on this line. */
  #skipTo(kind: TokenType, name: string): void {
    if (this.RECORDING_PHASE || isKind(this.LA(1), kind)) return;
    this.#expected(name);
    while (!isKind(this.LA(1), kind) && !isKind(this.LA(1), tokens.Terminator) && this.LA(1).tokenType !== EOF)
      this.SKIP_TOKEN();
  }

  /** Parses what stands inside the braces of a string, and reports what is left over. */
  interpolation(): Expression | undefined {
    const expression = this.value();
    const left = this.LA(1);
    if (left.tokenType !== EOF) this.#report(rangeOf(left), 'U0201', { expected: '}', found: describeToken(left) });
    return expression;
  }

  #closed(opening: OpenBlock): void {
    if (!this.RECORDING_PHASE && !isKind(this.LA(0), tokens.End))
      this.#report(opening, 'U0204', { opening: opening.name });
  }

  #end(): number {
    const last = this.LA(0);
    return last === undefined || this.RECORDING_PHASE ? 0 : tokens.tokenEnd(last);
  }

  // ---- Statements.

  readonly script = this.RULE('script', (): Block => {
    const found: Statement[] = [];
    this.MANY(() => {
      this.OR([
        { ALT: () => found.push(...this.#several(this.SUBRULE(this.statements))) },
        {
          ALT: () => {
            const stray = this.LA(1);
            this.#report(rangeOf(stray), 'U0205', { found: describeToken(stray) });
            this.SUBRULE(this.divider);
          },
        },
      ]);
    });
    return found;
  });

  #several(block: Block | undefined): Block {
    return Array.isArray(block) ? block : [];
  }

  readonly divider = this.RULE(
    'divider',
    (): IToken =>
      this.OR([
        { ALT: () => this.CONSUME(tokens.End) },
        { ALT: () => this.CONSUME(tokens.Else) },
        { ALT: () => this.CONSUME(tokens.Finally) },
        { ALT: () => this.CONSUME(tokens.OnError) },
      ]),
  );

  /** Statements up to what closes or divides the block; at least one statement or line end. */
  readonly statements = this.RULE(
    'statements',
    (): Block => {
      const found: Statement[] = [];
      let separated = true;
      this.AT_LEAST_ONE(() => {
        this.OR([
          {
            ALT: () => {
              this.CONSUME(tokens.Terminator);
              separated = true;
            },
          },
          {
            ALT: () => {
              const from = this.LA(1);
              if (!separated) this.#tooMuch(from);
              const one = this.SUBRULE(this.statement);
              if (separated && one !== undefined) found.push(one);
              separated = false;
            },
          },
        ]);
      });
      return found;
    },
    { recoveryValueFunc: () => [] },
  );

  #tooMuch(next: IToken): void {
    const before = this.LA(0);
    const begins =
      [tokens.If, tokens.While, tokens.For, tokens.Write].includes(next.tokenType) || isKind(next, tokens.Word);
    if (begins) this.#report(rangeOf(next), 'U0203', {});
    else this.#report(rangeOf(next), 'U0208', { after: describeToken(before), found: describeToken(next) });
  }

  readonly statement = this.RULE('statement', (): Statement | undefined =>
    this.OR<Statement | undefined>([
      { ALT: () => this.SUBRULE(this.command) },
      { ALT: () => this.SUBRULE(this.assignment) },
      { ALT: () => this.SUBRULE(this.ifStatement) },
      { ALT: () => this.SUBRULE(this.whileStatement) },
      { ALT: () => this.SUBRULE(this.forStatement) },
      { ALT: () => this.SUBRULE(this.tryStatement) },
      { ALT: () => this.SUBRULE(this.functionStatement) },
      { ALT: () => this.SUBRULE(this.parameterStatement) },
      { ALT: () => this.SUBRULE(this.simpleStatement) },
      { ALT: () => this.SUBRULE(this.stray) },
    ]),
  );

  readonly simpleStatement = this.RULE('simpleStatement', (): Statement => {
    const start = this.LA(1).startOffset;
    const finish = (): Range => ({ start, end: this.#end() });
    return this.OR<Statement>([
      {
        ALT: () => {
          this.CONSUME(tokens.Break);
          return { kind: 'break', ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Continue);
          return { kind: 'continue', ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Write);
          const values: Expression[] = [];
          this.OPTION1(() => {
            values.push(this.SUBRULE1(this.expression));
            this.MANY(() => {
              this.CONSUME(tokens.Comma);
              values.push(this.SUBRULE2(this.value));
            });
          });
          return { kind: 'write', values, ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Fail);
          const message = this.SUBRULE3(this.value);
          return { kind: 'fail', message, ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Exit);
          const code = this.OPTION2(() => this.SUBRULE4(this.expression));
          return { kind: 'exit', ...(code === undefined ? {} : { code }), ...finish() };
        },
      },
      {
        ALT: () => {
          this.CONSUME(tokens.Return);
          const value = this.OPTION3(() => this.SUBRULE5(this.expression));
          return { kind: 'return', ...(value === undefined ? {} : { value }), ...finish() };
        },
      },
      { ALT: () => this.SUBRULE(this.waitStatement) },
    ]);
  });

  readonly waitStatement = this.RULE('waitStatement', (): Statement => {
    const start = this.CONSUME(tokens.Wait).startOffset;
    return this.OR<Statement>([
      {
        ALT: () => {
          this.CONSUME(tokens.Until);
          const condition = this.SUBRULE(this.value);
          const every = this.OPTION(() => {
            this.CONSUME(tokens.Every);
            return this.SUBRULE2(this.value);
          });
          const timeout = this.OPTION2(() => {
            this.CONSUME(tokens.Timeout);
            return this.SUBRULE3(this.value);
          });
          return {
            kind: 'until',
            condition,
            ...(every === undefined ? {} : { every }),
            ...(timeout === undefined ? {} : { timeout }),
            start,
            end: this.#end(),
          };
        },
      },
      {
        ALT: () => {
          const duration = this.SUBRULE4(this.expression);
          return { kind: 'wait', duration, start, end: this.#end() };
        },
      },
      { ALT: () => ({ kind: 'wait', duration: this.#missingValue(), start, end: this.#end() }) },
    ]);
  });

  readonly assignment = this.RULE('assignment', (): Statement => {
    const target = this.CONSUME(tokens.Variable);
    this.CONSUME(tokens.Assign);
    const value = this.OR<Expression | CommandNode>([
      { ALT: () => this.SUBRULE(this.command) },
      { ALT: () => this.SUBRULE(this.expression) },
      { ALT: () => this.#missingValue() },
    ]);
    return {
      kind: 'assign',
      name: target.image.slice(1),
      target: rangeOf(target),
      value,
      start: target.startOffset,
      end: this.#end(),
    };
  });

  readonly ifStatement = this.RULE('ifStatement', (): Statement => {
    const opening = this.CONSUME1(tokens.If);
    const branches: { condition: Expression; body: Block }[] = [];
    branches.push(this.SUBRULE1(this.branch));
    this.MANY(() => {
      this.CONSUME1(tokens.Else);
      this.CONSUME2(tokens.If);
      branches.push(this.SUBRULE2(this.branch));
    });
    const otherwise = this.OPTION1(() => {
      this.CONSUME2(tokens.Else);
      return this.SUBRULE3(this.body);
    });
    this.OPTION2(() => this.CONSUME(tokens.End));
    this.#closed({ name: 'this IF', ...rangeOf(opening) });
    return {
      kind: 'if',
      branches,
      ...(otherwise === undefined ? {} : { otherwise }),
      start: opening.startOffset,
      end: this.#end(),
    };
  });

  readonly branch = this.RULE(
    'branch',
    (): { condition: Expression; body: Block } => {
      const condition = this.SUBRULE(this.value);
      this.#skipTo(tokens.Then, 'THEN');
      this.OPTION(() => this.CONSUME(tokens.Then));
      return { condition, body: this.SUBRULE(this.body) };
    },
    { recoveryValueFunc: () => ({ condition: noExpression, body: [] }) },
  );

  /** The statements inside a block; there may be none. */
  readonly body = this.RULE(
    'body',
    (): Block => {
      let found: Block = [];
      this.OPTION(() => {
        found = this.#several(this.SUBRULE(this.statements));
      });
      return found;
    },
    { recoveryValueFunc: () => [] },
  );

  readonly whileStatement = this.RULE('whileStatement', (): Statement => {
    const opening = this.CONSUME(tokens.While);
    const condition = this.SUBRULE(this.value);
    const body = this.#doBlock({ name: 'this WHILE', ...rangeOf(opening) });
    return { kind: 'while', condition, body, start: opening.startOffset, end: this.#end() };
  });

  #doBlock(opening: OpenBlock): Block {
    this.#skipTo(tokens.Do, 'DO');
    this.OPTION7(() => this.CONSUME7(tokens.Do));
    const body = this.SUBRULE7(this.body);
    this.OPTION8(() => this.CONSUME8(tokens.End));
    this.#closed(opening);
    return body;
  }

  readonly forStatement = this.RULE('forStatement', (): Statement => {
    const opening = this.CONSUME(tokens.For);
    const block: OpenBlock = { name: 'this FOR', ...rangeOf(opening) };
    const head = this.OR([
      {
        ALT: () => {
          this.CONSUME(tokens.Each);
          const name = this.CONSUME1(tokens.Variable).image.slice(1);
          this.CONSUME(tokens.In);
          return { kind: 'each' as const, name, list: this.SUBRULE1(this.value) };
        },
      },
      {
        ALT: () => {
          const name = this.CONSUME2(tokens.Variable).image.slice(1);
          this.CONSUME(tokens.Same);
          const from = this.SUBRULE2(this.value);
          this.CONSUME(tokens.To);
          const to = this.SUBRULE3(this.value);
          const step = this.OPTION(() => {
            this.CONSUME(tokens.By);
            return this.SUBRULE4(this.value);
          });
          return { kind: 'count' as const, name, from, to, ...(step === undefined ? {} : { step }) };
        },
      },
    ]);
    const body = this.#doBlock(block);
    return { ...head, body, start: opening.startOffset, end: this.#end() };
  });

  readonly tryStatement = this.RULE('tryStatement', (): Statement => {
    const opening = this.CONSUME(tokens.Try);
    const body = this.SUBRULE1(this.body);
    const handler = this.OPTION1(() => {
      this.CONSUME(tokens.OnError);
      const name = this.OPTION2(() => this.CONSUME(tokens.Variable).image.slice(1));
      return { ...(name === undefined ? {} : { name }), body: this.SUBRULE2(this.body) };
    });
    const finallyBody = this.OPTION3(() => {
      this.CONSUME(tokens.Finally);
      return this.SUBRULE3(this.body);
    });
    this.OPTION4(() => this.CONSUME(tokens.End));
    this.#closed({ name: 'this TRY', ...rangeOf(opening) });
    if (handler === undefined && finallyBody === undefined) this.#report(rangeOf(opening), 'U0604', {});
    return {
      kind: 'try',
      body,
      ...(handler === undefined ? {} : { handler }),
      ...(finallyBody === undefined ? {} : { finally: finallyBody }),
      start: opening.startOffset,
      end: this.#end(),
    };
  });

  readonly functionStatement = this.RULE('functionStatement', (): Statement => {
    const opening = this.CONSUME(tokens.FunctionWord);
    const name = this.CONSUME(tokens.Word);
    this.CONSUME(tokens.OpenRound);
    const parameters: Parameter[] = [];
    this.MANY_SEP({ SEP: tokens.Comma, DEF: () => parameters.push(this.SUBRULE(this.parameter)) });
    this.CONSUME(tokens.CloseRound);
    const body = this.SUBRULE(this.body);
    this.OPTION(() => this.CONSUME(tokens.End));
    this.#closed({ name: 'this FUNCTION', ...rangeOf(opening) });
    return {
      kind: 'function',
      name: name.image.toLowerCase(),
      nameRange: rangeOf(name),
      parameters,
      body,
      start: opening.startOffset,
      end: this.#end(),
    };
  });

  readonly parameter = this.RULE(
    'parameter',
    (): Parameter => {
      const name = this.CONSUME(tokens.Variable);
      const preset = this.OPTION(() => {
        this.CONSUME(tokens.Same);
        return this.SUBRULE(this.value);
      });
      return { name: name.image.slice(1), ...(preset === undefined ? {} : { default: preset }), ...rangeOf(name) };
    },
    { recoveryValueFunc: () => ({ name: '', start: 0, end: 0 }) },
  );

  readonly parameterStatement = this.RULE('parameterStatement', (): Statement => {
    const start = this.CONSUME(tokens.Param).startOffset;
    const target = this.CONSUME(tokens.Variable);
    const type = this.OPTION1(() => {
      const as = this.CONSUME1(tokens.Word);
      if (!this.RECORDING_PHASE && as.image.toUpperCase() !== 'AS')
        this.#report(rangeOf(as), 'U0201', { expected: 'AS', found: describeToken(as) });
      const name = this.CONSUME2(tokens.Word);
      return name.image === '' ? undefined : { name: name.image.toLowerCase(), ...rangeOf(name) };
    });
    const preset = this.OPTION2(() => {
      this.CONSUME(tokens.Equals);
      return this.OR<Expression>([
        { ALT: () => this.SUBRULE(this.primary) },
        { ALT: () => this.#word(this.CONSUME3(tokens.Word)) },
      ]);
    });
    const help = this.OPTION3(() =>
      this.OR2([
        { ALT: () => this.CONSUME(tokens.StringLiteral).image },
        { ALT: () => this.CONSUME(tokens.RawString).image },
      ]),
    );
    return {
      kind: 'param',
      name: target.image.slice(1),
      target: rangeOf(target),
      ...(type === undefined ? {} : { type }),
      ...(preset === undefined ? {} : { default: preset }),
      ...(typeof help === 'string' ? { help: help.slice(1, -1).replaceAll('""', '"') } : {}),
      start,
      end: this.#end(),
    };
  });

  // ---- Commands.

  readonly command = this.RULE(
    'command',
    (): CommandNode => {
      const first = this.CONSUME(tokens.Word);
      const parts: CommandPart[] = [this.#word(first)];
      this.MANY(() => {
        const part = this.SUBRULE(this.part);
        const before = parts[parts.length - 1];
        const apart = part?.kind === 'equals' || before?.kind === 'equals' || before?.end !== part?.start;
        if (!apart && part !== undefined) this.#report(part, 'U0109', {});
        else if (part !== undefined) parts.push(part);
      });
      let block: CommandNode['block'];
      this.OPTION1(() => {
        const opening = this.CONSUME(tokens.Do);
        const body = this.SUBRULE(this.body);
        const range = { start: this.RECORDING_PHASE ? 0 : tokens.tokenEnd(opening), end: this.LA(1).startOffset };
        this.OPTION2(() => this.CONSUME(tokens.End));
        this.#closed({ name: 'this DO', ...rangeOf(opening) });
        block = { body, range: { start: range.start, end: Number.isNaN(range.end) ? this.#end() : range.end } };
      });
      return {
        kind: 'command',
        parts,
        ...(block === undefined ? {} : { block }),
        start: first.startOffset,
        end: this.#end(),
      };
    },
    { recoveryValueFunc: (): CommandNode => ({ kind: 'command', parts: [], start: 0, end: 0 }) },
  );

  #word(token: IToken): Expression {
    return { kind: 'word', text: token.image, ...rangeOf(token) };
  }

  readonly part = this.RULE(
    'part',
    (): CommandPart =>
      this.OR<CommandPart>([
        { ALT: () => this.#word(this.CONSUME(tokens.Word)) },
        { ALT: () => ({ kind: 'equals', ...rangeOf(this.CONSUME(tokens.Equals)) }) },
        { ALT: () => this.SUBRULE(this.primary) },
      ]),
    { recoveryValueFunc: () => noExpression },
  );

  /** What cannot begin a statement; taken up to the end of the line where possible, with one message. */
  readonly stray = this.RULE('stray', (): undefined => {
    const from = this.LA(1);
    const fresh = this.RECORDING_PHASE || this.LA(0) === undefined || !isKind(from, tokens.Terminator);
    if (fresh) this.#report(rangeOf(from), 'U0206', { found: describeToken(from) });
    this.OR([
      { ALT: () => this.SUBRULE(this.primary) },
      { ALT: () => this.CONSUME(tokens.Equals) },
      { ALT: () => this.CONSUME(tokens.Comma) },
      { ALT: () => this.CONSUME(tokens.Colon) },
      { ALT: () => this.CONSUME(tokens.BinaryOperator) },
      { ALT: () => this.CONSUME(tokens.Not) },
      { ALT: () => this.CONSUME(tokens.Step) },
      { ALT: () => this.CONSUME(tokens.CloseRound) },
      { ALT: () => this.CONSUME(tokens.CloseSquare) },
      { ALT: () => this.CONSUME(tokens.CloseCurly) },
      { ALT: () => this.CONSUME(tokens.OpenIndex) },
      { ALT: () => this.CONSUME(tokens.Assign) },
      { ALT: () => this.CONSUME(tokens.Then) },
      { ALT: () => this.CONSUME(tokens.Do) },
    ]);
    return undefined;
  });

  // ---- Expressions.

  /** An expression that has to be here; when there is none, that is said and the parser goes on. */
  readonly value = this.RULE(
    'value',
    (): Expression =>
      this.OR<Expression>([{ ALT: () => this.SUBRULE(this.expression) }, { ALT: () => this.#missingValue() }]),
    { recoveryValueFunc: () => noExpression },
  );

  readonly expression = this.RULE(
    'expression',
    (): Expression => {
      const operands: Operand[] = [];
      let operand = this.SUBRULE1(this.operand);
      this.MANY(() => {
        const operator = this.CONSUME(tokens.BinaryOperator);
        operands.push({ ...operand, operator });
        operand = this.OR([
          { ALT: () => this.SUBRULE2(this.operand) },
          { ALT: () => ({ prefixes: [], expression: this.#missingValue() }) },
        ]);
      });
      operands.push(operand);
      return this.ACTION(() =>
        this.#sink === undefined ? errorAt({ start: 0, end: 0 }) : buildExpression(operands, this.#sink),
      );
    },
    { recoveryValueFunc: () => noExpression },
  );

  readonly operand = this.RULE(
    'operand',
    (): Operand => {
      const prefixes: IToken[] = [];
      return this.OR1<Operand>([
        { ALT: () => ({ prefixes, expression: this.SUBRULE1(this.primary) }) },
        {
          ALT: () => {
            this.AT_LEAST_ONE(() =>
              prefixes.push(
                this.OR2([{ ALT: () => this.CONSUME(tokens.Not) }, { ALT: () => this.CONSUME(tokens.Minus) }]),
              ),
            );
            const expression = this.OR3<Expression>([
              { ALT: () => this.SUBRULE2(this.primary) },
              { ALT: () => this.#missingValue() },
            ]);
            return { prefixes, expression };
          },
        },
      ]);
    },
    { recoveryValueFunc: () => ({ prefixes: [], expression: noExpression }) },
  );

  readonly primary = this.RULE(
    'primary',
    (): Expression => {
      const base = this.OR1<Expression>([
        { ALT: () => this.#literal(this.CONSUME(tokens.Literal)) },
        { ALT: () => this.#string(this.CONSUME(tokens.StringLiteral)) },
        { ALT: () => this.#raw(this.CONSUME(tokens.RawString)) },
        { ALT: () => errorAt(rangeOf(this.CONSUME(tokens.UnclosedString))) },
        { ALT: () => errorAt(rangeOf(this.CONSUME(tokens.UnclosedBlock))) },
        { ALT: () => this.#variable(this.CONSUME(tokens.Variable)) },
        { ALT: () => this.SUBRULE(this.named) },
        {
          ALT: () => {
            const open = this.CONSUME(tokens.OpenRound);
            const inside = this.SUBRULE2(this.value);
            this.CONSUME(tokens.CloseRound);
            return this.ACTION(() => ({ ...inside, start: open.startOffset, end: this.#end() }));
          },
        },
        {
          ALT: () => {
            const start = this.CONSUME(tokens.OpenSquare).startOffset;
            const items: Expression[] = [];
            this.MANY_SEP1({ SEP: tokens.Comma, DEF: () => items.push(this.SUBRULE3(this.expression)) });
            this.CONSUME1(tokens.CloseSquare);
            return { kind: 'list', items, start, end: this.#end() };
          },
        },
        { ALT: () => this.SUBRULE(this.record) },
      ]);
      const steps: PathStep[] = [];
      this.MANY(() => {
        this.OR2([
          {
            ALT: () => {
              const step = this.CONSUME(tokens.Step);
              steps.push({ kind: 'field', name: step.image.slice(1), ...rangeOf(step) });
            },
          },
          {
            ALT: () => {
              const start = this.CONSUME(tokens.OpenIndex).startOffset;
              const index = this.SUBRULE4(this.value);
              this.CONSUME2(tokens.CloseSquare);
              steps.push({ kind: 'index', index, start, end: this.#end() });
            },
          },
        ]);
      });
      return steps.length === 0 ? base : { kind: 'path', base, steps, start: base?.start ?? 0, end: this.#end() };
    },
    { recoveryValueFunc: () => noExpression },
  );

  /** TRUE, FALSE, NONE, or a call of a function. */
  readonly named = this.RULE(
    'named',
    (): Expression => {
      const name = this.CONSUME(tokens.Name);
      const values: Expression[] = [];
      let called = false;
      this.OPTION(() => {
        this.CONSUME(tokens.OpenRound);
        called = true;
        this.MANY_SEP({ SEP: tokens.Comma, DEF: () => values.push(this.SUBRULE(this.expression)) });
        this.CONSUME(tokens.CloseRound);
      });
      const range = { start: name.startOffset, end: this.#end() };
      if (called) return { kind: 'call', name: name.image.toLowerCase(), arguments: values, ...range };
      if (name.tokenType === tokens.True || name.tokenType === tokens.False)
        return { kind: 'literal', value: name.tokenType === tokens.True, ...range };
      if (name.tokenType === tokens.None) return { kind: 'literal', value: { kind: 'none' }, ...range };
      return { kind: 'word', text: name.image, ...range };
    },
    { recoveryValueFunc: () => noExpression },
  );

  readonly record = this.RULE(
    'record',
    (): RecordExpression => {
      const start = this.CONSUME(tokens.OpenCurly).startOffset;
      const fields: { name: string; value: Expression }[] = [];
      this.MANY_SEP({
        SEP: tokens.Comma,
        DEF: () => {
          const name = this.OR([
            { ALT: () => this.CONSUME(tokens.Name).image },
            { ALT: () => this.CONSUME(tokens.StringLiteral).image.slice(1, -1) },
            { ALT: () => this.CONSUME(tokens.RawString).image.slice(1, -1) },
          ]);
          this.CONSUME(tokens.Colon);
          fields.push({ name, value: this.SUBRULE(this.value) });
        },
      });
      this.CONSUME(tokens.CloseCurly);
      return { kind: 'record', fields, start, end: this.#end() };
    },
    { recoveryValueFunc: (): RecordExpression => ({ kind: 'record', fields: [], start: 0, end: 0 }) },
  );

  #variable(token: IToken): Expression {
    return { kind: 'variable', name: token.image.slice(1), ...rangeOf(token) };
  }

  #raw(token: IToken): Expression {
    return { kind: 'literal', value: token.image.slice(1, -1), ...rangeOf(token) };
  }

  #literal(token: IToken): Expression {
    const value = parseLiteral(token.image);
    if (typeof value !== 'object' || value.kind !== 'invalid') return { kind: 'literal', value, ...rangeOf(token) };
    this.#report(rangeOf(token), 'U0108', { literal: token.image.slice(0, 40), reason: value.reason });
    return errorAt(rangeOf(token));
  }

  #string(token: IToken): Expression {
    const sink = this.#sink;
    const range = rangeOf(token);
    if (sink === undefined || this.RECORDING_PHASE) return errorAt({ start: 0, end: 0 });
    if (!token.image.includes('$')) {
      const text = stringPieces(token.image, 0, token.image.length).map((piece) =>
        piece.kind === 'text' ? piece.text : '',
      );
      return { kind: 'literal', value: text.join(''), ...range };
    }
    const pieces: TemplatePiece[] = [];
    for (const piece of stringPieces(sink.source.text, range.start, range.end)) {
      if (piece.kind === 'text') pieces.push(piece.text);
      else if (piece.kind === 'variable')
        pieces.push({ kind: 'variable', name: piece.name, start: piece.start, end: piece.end });
      else {
        const index = pieces.push(errorAt(piece)) - 1;
        this.#pending.push({
          start: piece.start,
          end: piece.end,
          fill: (expression) => {
            pieces[index] = expression;
          },
        });
      }
    }
    return { kind: 'template', pieces, ...range };
  }
}
