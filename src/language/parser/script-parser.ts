// The grammar of the language, over the tokens of the lexer; grammar/grammar.md says the same for people. The rules are
// written so that wrong text is taken, reported and left behind rather than thrown at: a missing THEN, a value too many
// or a stray END costs one message, and the statements behind it still get theirs. What commands accept is not said
// here: a command is a word and its parts, and the catalogue says what they mean (checker/bind-command.ts).
import { EOF, type IToken, type TokenType } from 'chevrotain';
import type { Block, CommandNode, CommandPart, Expression, Parameter, Statement } from '../ast.ts';
import { describeToken, isKind, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import { ExpressionParser, noExpression } from './expression-parser.ts';

interface OpenBlock extends Range {
  readonly name: string;
}

export class ScriptParser extends ExpressionParser {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Leaves behind what stands before THEN or DO on this line. */
  #skipTo(kind: TokenType, name: string): void {
    if (this.RECORDING_PHASE || isKind(this.LA(1), kind)) return;
    this.reportExpected(name);
    while (!isKind(this.LA(1), kind) && !isKind(this.LA(1), tokens.Terminator) && this.LA(1).tokenType !== EOF)
      this.SKIP_TOKEN();
  }

  #closed(opening: OpenBlock): void {
    if (!this.RECORDING_PHASE && !isKind(this.LA(0), tokens.End))
      this.reportAt(opening, 'U0204', { opening: opening.name });
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
            this.reportAt(rangeOf(stray), 'U0205', { found: describeToken(stray) });
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
    if (begins) this.reportAt(rangeOf(next), 'U0203', {});
    else this.reportAt(rangeOf(next), 'U0208', { after: describeToken(before), found: describeToken(next) });
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
    const finish = (): Range => ({ start, end: this.lastEnd() });
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
            end: this.lastEnd(),
          };
        },
      },
      {
        ALT: () => {
          const duration = this.SUBRULE4(this.expression);
          return { kind: 'wait', duration, start, end: this.lastEnd() };
        },
      },
      { ALT: () => ({ kind: 'wait', duration: this.missingValue(), start, end: this.lastEnd() }) },
    ]);
  });

  readonly assignment = this.RULE('assignment', (): Statement => {
    const target = this.CONSUME(tokens.Variable);
    this.CONSUME(tokens.Assign);
    const value = this.OR<Expression | CommandNode>([
      { ALT: () => this.SUBRULE(this.command) },
      { ALT: () => this.SUBRULE(this.expression) },
      { ALT: () => this.missingValue() },
    ]);
    return {
      kind: 'assign',
      name: target.image.slice(1),
      target: rangeOf(target),
      value,
      start: target.startOffset,
      end: this.lastEnd(),
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
      end: this.lastEnd(),
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
    return { kind: 'while', condition, body, start: opening.startOffset, end: this.lastEnd() };
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
    return { ...head, body, start: opening.startOffset, end: this.lastEnd() };
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
    if (handler === undefined && finallyBody === undefined) this.reportAt(rangeOf(opening), 'U0604', {});
    return {
      kind: 'try',
      body,
      ...(handler === undefined ? {} : { handler }),
      ...(finallyBody === undefined ? {} : { finally: finallyBody }),
      start: opening.startOffset,
      end: this.lastEnd(),
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
      end: this.lastEnd(),
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
        this.reportAt(rangeOf(as), 'U0201', { expected: 'AS', found: describeToken(as) });
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
      end: this.lastEnd(),
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
        if (!apart && part !== undefined) this.reportAt(part, 'U0109', {});
        else if (part !== undefined) parts.push(part);
      });
      let block: CommandNode['block'];
      this.OPTION1(() => {
        const opening = this.CONSUME(tokens.Do);
        const body = this.SUBRULE(this.body);
        const range = { start: this.RECORDING_PHASE ? 0 : tokens.tokenEnd(opening), end: this.LA(1).startOffset };
        this.OPTION2(() => this.CONSUME(tokens.End));
        this.#closed({ name: 'this DO', ...rangeOf(opening) });
        block = { body, range: { start: range.start, end: Number.isNaN(range.end) ? this.lastEnd() : range.end } };
      });
      return {
        kind: 'command',
        parts,
        ...(block === undefined ? {} : { block }),
        start: first.startOffset,
        end: this.lastEnd(),
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
    if (fresh) this.reportAt(rangeOf(from), 'U0206', { found: describeToken(from) });
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
}
