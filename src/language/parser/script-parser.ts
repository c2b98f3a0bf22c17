// The grammar of the language, over the tokens of the lexer; grammar/grammar.md says the same for people. The rules are
// written so that wrong text is taken, reported and left behind rather than thrown at: a missing THEN, a value too many
// or a stray END costs one message, and the statements behind it still get theirs.
import type { IToken } from 'chevrotain';
import type { Block, Expression, Parameter, Script, Statement } from '../ast.ts';
import { describeToken, isKind, rangeOf } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import type { Range } from '../source-text.ts';
import type { OpenBlock } from './command-parser.ts';
import { noExpression } from './expression-parser.ts';
import { SimpleStatementParser } from './simple-statement-parser.ts';

export class ScriptParser extends SimpleStatementParser {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  readonly script = this.RULE('script', (): Block => {
    const found: Statement[] = [];
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            // Too many to be handed over as arguments.
            for (const one of this.#several(this.SUBRULE(this.statements))) found.push(one);
          },
        },
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
      { ALT: () => this.SUBRULE(this.taskStatement) },
      { ALT: () => this.SUBRULE(this.parameterStatement) },
      { ALT: () => this.SUBRULE(this.includeStatement) },
      { ALT: () => this.SUBRULE(this.parallelStatement) },
      { ALT: () => this.SUBRULE(this.everyStatement) },
      { ALT: () => this.SUBRULE(this.onStatement) },
      { ALT: () => this.SUBRULE(this.simpleStatement) },
      { ALT: () => this.SUBRULE(this.stray) },
    ]),
  );

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
    const end = this.OPTION2(() => this.CONSUME(tokens.End));
    this.closed({ name: 'this IF', ...rangeOf(opening) }, end);
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
      this.skipTo(tokens.Then, 'THEN');
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
    const body = this.doBlock({ name: 'this WHILE', ...rangeOf(opening) });
    return { kind: 'while', condition, body, start: opening.startOffset, end: this.lastEnd() };
  });

  /** DO, statements, END, in a rule that uses OPTION7 and OPTION8 for nothing else. */
  protected doBlock(opening: OpenBlock): Block {
    this.skipTo(tokens.Do, 'DO');
    this.OPTION7(() => this.CONSUME7(tokens.Do));
    const body = this.SUBRULE7(this.body);
    const end = this.OPTION8(() => this.CONSUME8(tokens.End));
    this.closed(opening, end);
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
    const body = this.doBlock(block);
    return { ...head, body, start: opening.startOffset, end: this.lastEnd() };
  });

  readonly parallelStatement = this.RULE('parallelStatement', (): Statement => {
    const opening = this.CONSUME(tokens.Parallel);
    const body = this.doBlock({ name: 'this PARALLEL', ...rangeOf(opening) });
    return { kind: 'parallel', body, start: opening.startOffset, end: this.lastEnd() };
  });

  readonly everyStatement = this.RULE('everyStatement', (): Statement => {
    const opening = this.CONSUME(tokens.EveryWord);
    const interval = this.SUBRULE(this.value);
    const body = this.doBlock({ name: 'this EVERY', ...rangeOf(opening) });
    return { kind: 'every', interval, body, start: opening.startOffset, end: this.lastEnd() };
  });

  readonly onStatement = this.RULE('onStatement', (): Statement => {
    const opening = this.CONSUME(tokens.On);
    const event = this.OR1<Range & { name: string }>([
      {
        ALT: () => {
          const name = this.CONSUME1(tokens.Word);
          return { name: name.image.toLowerCase(), ...rangeOf(name) };
        },
      },
      { ALT: () => ({ name: '', ...this.missingName('the name of an event') }) },
    ]);
    const from = this.OPTION(() => {
      const word = this.CONSUME2(tokens.Word);
      if (!this.RECORDING_PHASE && word.image.toUpperCase() !== 'FROM')
        this.reportAt(rangeOf(word), 'U0201', { expected: 'FROM', found: describeToken(word) });
      return this.OR2<Expression>([
        { ALT: () => this.SUBRULE(this.primary) },
        { ALT: () => this.word(this.CONSUME3(tokens.Word)) },
      ]);
    });
    const body = this.doBlock({ name: 'this ON', ...rangeOf(opening) });
    return {
      kind: 'on',
      event,
      ...(from === undefined ? {} : { from }),
      body,
      start: opening.startOffset,
      end: this.lastEnd(),
    };
  });

  /** Says that something is missing; the range is empty and stands where it should be. */
  protected missingName(expected: string): Range {
    this.reportExpected(expected);
    return { start: this.lastEnd(), end: this.lastEnd() };
  }

  readonly tryStatement = this.RULE('tryStatement', (): Statement => {
    const opening = this.CONSUME(tokens.Try);
    const body = this.SUBRULE1(this.body);
    const handler = this.OPTION1(() => {
      this.CONSUME(tokens.OnError);
      // A variable behind which `=` stands is assigned to.
      const name = this.OPTION2({
        GATE: () => this.LA(2).tokenType !== tokens.Assign,
        DEF: () => this.CONSUME(tokens.Variable).image.slice(1),
      });
      return { ...(name === undefined ? {} : { name }), body: this.SUBRULE2(this.body) };
    });
    const finallyBody = this.OPTION3(() => {
      this.CONSUME(tokens.Finally);
      return this.SUBRULE3(this.body);
    });
    const end = this.OPTION4(() => this.CONSUME(tokens.End));
    this.closed({ name: 'this TRY', ...rangeOf(opening) }, end);
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
    const end = this.OPTION(() => this.CONSUME(tokens.End));
    this.closed({ name: 'this FUNCTION', ...rangeOf(opening) }, end);
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

  /** TASK name(…) IN JAVASCRIPT: a function whose inside is not ours. */
  readonly taskStatement = this.RULE('taskStatement', (): Statement => {
    const opening = this.CONSUME(tokens.TaskWord);
    const name = this.CONSUME1(tokens.Word);
    this.CONSUME(tokens.OpenRound);
    const parameters: Parameter[] = [];
    this.MANY_SEP({ SEP: tokens.Comma, DEF: () => parameters.push(this.SUBRULE(this.parameter)) });
    this.CONSUME(tokens.CloseRound);
    this.#expectWord(this.CONSUME2(tokens.Word), 'IN');
    this.#expectWord(this.CONSUME3(tokens.Word), 'JAVASCRIPT');
    const script = this.OR([
      { ALT: () => this.#script(this.CONSUME(tokens.ScriptBody)) },
      // It was reported by the lexer.
      { ALT: () => ({ text: '', ...rangeOf(this.CONSUME(tokens.UnclosedBlock)) }) },
    ]);
    return {
      kind: 'function',
      name: name.image.toLowerCase(),
      nameRange: rangeOf(name),
      parameters,
      body: [],
      script,
      start: opening.startOffset,
      end: this.lastEnd(),
    };
  });

  #expectWord(found: IToken, expected: string): void {
    if (this.RECORDING_PHASE || found.image.toUpperCase() === expected) return;
    this.reportAt(rangeOf(found), 'U0201', { expected, found: describeToken(found) });
  }

  /** As in a string over several lines, a line end directly behind the quotes does not count. */
  #script(token: IToken): Script {
    const lineEnd = /^(?:\r\n|\r|\n)?/.exec(token.image.slice(3, 5))?.[0].length ?? 0;
    const text = token.image.slice(3 + lineEnd, -3);
    const start = rangeOf(token).start + 3 + lineEnd;
    return { text, start, end: start + text.length };
  }

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
