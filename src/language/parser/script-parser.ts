// The grammar of the language, over the tokens of the lexer; grammar/grammar.md describes it for people. Wrong text is
// reported and skipped: a missing THEN, a value too many or a stray END gives one message, and the statements behind it
// still get theirs.
import type { IOrAlt, ISerializedGast } from 'chevrotain';
import { trimmed } from '../../base/trimmed-list.ts';
import { suggestUnit } from '../diagnostics/suggest-literal.ts';
import { isWord, statementKinds, type TokenKind } from '../lexer/token.ts';
import type { Block, Expression, Parameter, Script, Statement, StatementOf } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import type { OpenBlock } from './command-parser.ts';
import { noExpression, orClosing } from './expression-parser.ts';
import { SimpleStatementParser } from './simple-statement-parser.ts';
import type { ParserInput, Rule } from './token-cursor.ts';

/** Tokens that close or divide a block, and begin no statement. */
const dividers: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(['end', 'else', 'finally', 'on-error', 'when', 'end-of-text'] as const),
]);
const lineEnds: ReadonlySet<TokenKind> = new Set<TokenKind>(['terminator']);
const statementStarts: ReadonlySet<TokenKind> = new Set<TokenKind>(
  [...statementKinds, 'word' as const, 'command' as const, 'variable' as const].filter((kind) => !dividers.has(kind)),
);

const beginnings = 'begin with a command, a statement such as IF or WRITE, or an assignment: $name = …';

export class ScriptParser extends SimpleStatementParser {
  /** One parser serves all texts, one behind the other: what Chevrotain learns of the grammar takes a while. */
  constructor(isChecked = false) {
    super(isChecked);
    this.performSelfAnalysis();
  }

  parseScript(input: ParserInput): Block {
    return this.parseBy(input, () => this.script());
  }

  /** The rules as data. */
  get grammar(): readonly ISerializedGast[] {
    return this.getSerializedGastProductions();
  }

  protected readonly script: Rule<Block> = this.rule('script', () => {
    const found = this.SUBRULE(this.block);
    if (!this.isRecovering || this.isAtEnd) return found;
    const all: Statement[] = [...found];
    do {
      this.report(this.range, 'U0205', { found: this.described });
      this.SKIP_TOKEN();
      for (const one of this.SUBRULE(this.block)) all.push(one);
    } while (!this.isAtEnd);
    return all;
  });

  protected readonly block: Rule<Block> = this.rule('block', () => {
    const found: Statement[] = [];
    let isSeparated = true;
    for (;;) {
      this.optional(0, statementStarts, () => {
        isSeparated = false;
        this.#statement(0, found);
      });
      this.repeated(0, lineEnds, () => {
        this.CONSUME(this.types.terminator);
        isSeparated = true;
        this.optional(1, statementStarts, () => {
          isSeparated = false;
          this.#statement(1, found);
        });
      });
      if (!this.isRecovering || dividers.has(this.kind)) return trimmed(found);
      this.#recover(found, isSeparated);
    }
  });

  #statement(occurrence: number, found: Statement[]): void {
    const assigned = this.kindAt(1) === 'assign' ? this.range : undefined;
    try {
      if (this.#isAtStray) this.#stray();
      else found.push(this.subrule(occurrence, this.statement));
    } catch (thrown) {
      this.giveUp(thrown);
      this.#leaveLine(found);
      if (assigned !== undefined) found.push(this.#failed(assigned));
    }
  }

  /** The assignment of a value that could not be understood, so that the variable is known. */
  #failed(target: Range): Statement {
    const name = this.textOf(target).replace(/^\$/, '');
    return { kind: 'assign', name, target, value: noExpression, start: target.start, end: target.end };
  }

  /** Whether no statement begins here; a variable begins one when it is assigned to. */
  get #isAtStray(): boolean {
    if (this.kind === 'variable') return !this.isAtTarget;
    return this.isRecovering && !statementStarts.has(this.kind);
  }

  /** Goes on to the end of the line, or of the block, from where a statement should have ended or begun. */
  #recover(found: Statement[], isSeparated: boolean): void {
    for (let isFirst = isSeparated; this.kind !== 'terminator' && !dividers.has(this.kind); isFirst = false) {
      if (!isFirst) this.#reportSurplus();
      try {
        if (this.#isAtStray) this.#stray();
        // A statement in a place where none may begin is parsed only to report its mistakes.
        else this.SUBRULE(this.statement);
      } catch (thrown) {
        this.giveUp(thrown);
        this.#leaveLine(found);
      }
    }
  }

  #reportSurplus(): void {
    const begins = ['if', 'while', 'for', 'write'].includes(this.kind) || isWord(this.kind);
    if (begins) this.report(this.range, 'U0203', {});
    else if (this.kind === 'name' && /^\d+(?:\.\d+)?$/.test(this.lastText())) this.#reportUnit();
    else
      this.report(this.range, 'U0208', {
        after: this.lastDescribed,
        found: this.described,
        suggestion: this.#isDecimalComma ? 'write decimals with a point: 1.5' : 'take it away, or begin a new line',
      });
  }

  /** A number and a word that was meant as its unit. */
  #reportUnit(): void {
    const [amount, unit] = [this.lastText(), this.text];
    this.report({ start: this.lastStart, end: this.range.end }, 'U0108', {
      literal: `${amount} ${unit}`.slice(0, 40),
      reason: `\`${unit.slice(0, 40)}\` is no unit`,
      suggestion: suggestUnit(amount, unit),
    });
  }

  get #isDecimalComma(): boolean {
    return this.kind === 'comma' && this.kindAt(-1) === 'literal' && this.kindAt(1) === 'literal';
  }

  /** Skips the rest of a statement that was given up; a block that it opens is still parsed and checked. */
  #leaveLine(found: Statement[]): void {
    while (!this.isAtLineEnd && !dividers.has(this.kind)) {
      const isBlock = this.kind === 'do';
      this.SKIP_TOKEN();
      if (!isBlock) continue;
      const opening = this.opened('this DO');
      const body = this.SUBRULE(this.block);
      this.close(0, opening);
      found.push({ kind: 'while', condition: noExpression, body, start: opening.start, end: this.lastEnd });
    }
  }

  /** Reports and takes a token that cannot begin a statement; a value is taken whole. */
  #stray(): void {
    const suggestion = this.#countingSuggestion() ?? beginnings;
    this.report(this.range, 'U0206', { found: this.described, suggestion });
    if (this.isAtPrimary) this.SUBRULE(this.primary);
    else this.SKIP_TOKEN();
  }

  /** `$n++` counts in other languages. */
  #countingSuggestion(): string | undefined {
    const [range, name] = [this.range, this.text];
    const sign = /^(\+\+|--)[\r\n;]?$/.exec(this.textOf({ start: range.end, end: range.end + 3 }).trim())?.[1];
    return sign === undefined ? undefined : `write ${name} = ${name} ${sign[0]} 1`;
  }

  readonly #statements: IOrAlt<Statement>[] = [
    { ALT: () => this.SUBRULE(this.if) },
    { ALT: () => this.SUBRULE(this.assignment) },
    { ALT: () => this.SUBRULE(this.switch) },
    { ALT: () => this.SUBRULE(this.while) },
    { ALT: () => this.SUBRULE(this.for) },
    { ALT: () => this.SUBRULE(this.try) },
    { ALT: () => this.SUBRULE(this.function) },
    { ALT: () => this.SUBRULE(this.param) },
    { ALT: () => this.SUBRULE(this.wait) },
    { ALT: () => this.SUBRULE(this.simple) },
    { ALT: () => this.SUBRULE(this.scripted) },
    { ALT: () => this.SUBRULE(this.include) },
    { ALT: () => this.SUBRULE(this.parallel) },
    { ALT: () => this.SUBRULE(this.every) },
    { ALT: () => this.SUBRULE(this.on) },
    // A command begins with a word as well; a bracket that touches the word makes it the name of a function.
    { GATE: () => this.isAtCall, IGNORE_AMBIGUITIES: true, ALT: () => this.SUBRULE(this.call) },
    { ALT: () => this.SUBRULE(this.command) },
  ];

  protected readonly statement: Rule<Statement> = this.rule('statement', () => this.OR(this.#statements));

  protected readonly if: Rule<Statement> = this.rule('if', () => {
    this.CONSUME(this.types.if);
    const opening = this.opened('this IF');
    const branches = [this.#branch(0)];
    this.MANY({
      // ELSE alone may be the last part.
      GATE: () => this.kindAt(1) === 'if',
      DEF: () => {
        this.CONSUME(this.types.else);
        this.CONSUME1(this.types.if);
        branches.push(this.#branch(1));
      },
    });
    const otherwise = this.OPTION(() => {
      this.CONSUME1(this.types.else);
      return this.subrule(2, this.block);
    });
    while (this.isRecovering && otherwise !== undefined && this.kind === 'else') this.#lateBranch();
    this.close(0, opening);
    const last = otherwise === undefined ? {} : { otherwise };
    return { kind: 'if', branches: trimmed(branches), ...last, start: opening.start, end: this.lastEnd };
  });

  /** An ELSE or ELSE IF behind the last ELSE: reported, and checked as any other. */
  #lateBranch(): void {
    this.reportBehind(this.kindAt(1) === 'if' ? 'ELSE IF' : 'ELSE', 'ELSE', 'the last ELSE');
    this.SKIP_TOKEN();
    if (this.kind === 'if') {
      this.SKIP_TOKEN();
      this.#branch(3);
    } else this.SUBRULE(this.block);
  }

  #branch(occurrence: number): { condition: Expression; body: Block } {
    const condition = this.head(occurrence, 'then');
    return { condition, body: this.subrule(occurrence, this.block) };
  }

  protected readonly switch: Rule<Statement> = this.rule('switch', () => {
    this.CONSUME(this.types.switch);
    const opening = this.opened('this SWITCH');
    const subject = this.head(0, 'do');
    this.MANY(() => this.CONSUME(this.types.terminator));
    const cases: StatementOf<'switch'>['branches'][number][] = [];
    if (this.isRecovering && this.kind !== 'when') this.reportExpected('WHEN');
    else cases.push(this.SUBRULE(this.case));
    this.MANY1(() => cases.push(this.SUBRULE1(this.case)));
    const otherwise = this.OPTION(() => {
      this.CONSUME(this.types.else);
      // ELSE IF on one line belongs to an IF.
      if (this.isRecovering && this.kind === 'if') this.reportExpected('a new line');
      return this.subrule(2, this.block);
    });
    this.close(0, opening);
    const last = otherwise === undefined ? {} : { otherwise };
    return { kind: 'switch', subject, branches: trimmed(cases), ...last, start: opening.start, end: this.lastEnd };
  });

  protected readonly case: Rule<StatementOf<'switch'>['branches'][number]> = this.rule('case', () => {
    this.CONSUME(this.types.when);
    const values = [this.value(0)];
    this.MANY(() => {
      this.CONSUME(this.types.comma);
      values.push(this.value(1));
    });
    this.skipTo(0, 'then');
    return { values: trimmed(values), body: this.SUBRULE(this.block) };
  });

  #blockOf(opening: OpenBlock): Block {
    const body = this.SUBRULE(this.block);
    this.close(0, opening);
    return body;
  }

  protected readonly while: Rule<Statement> = this.rule('while', () => {
    this.CONSUME(this.types.while);
    const opening = this.opened('this WHILE');
    const condition = this.head(0, 'do');
    const body = this.#blockOf(opening);
    return { kind: 'while', condition, body, start: opening.start, end: this.lastEnd };
  });

  /** When the head cannot be understood, the loop runs over an unknown value, so that its block is still checked. */
  protected readonly for: Rule<Statement> = this.rule('for', () => {
    this.CONSUME(this.types.for);
    const opening = this.opened('this FOR');
    let name: string | undefined;
    const variable = (occurrence: number): void => {
      this.variable(occurrence);
      name = this.lastName;
    };
    const head = this.attempt(() => {
      if (this.isRecovering && this.kind !== 'each' && this.kind !== 'variable' && !this.isAtName)
        this.abandon('a variable');
      if (this.isRecovering && this.kind !== 'each' && this.kindAt(1) === 'in') {
        this.reportExpected('EACH');
        return this.#items(variable);
      }
      if (this.isRecovering && this.kind === 'name') return this.#bounds(variable);
      return this.OR([{ ALT: () => this.#bounds(variable) }, { ALT: () => this.#list(variable) }]);
    });
    this.skipTo(0, 'do');
    const body = this.#blockOf(opening);
    const range = { start: opening.start, end: this.lastEnd };
    if (name === undefined) return { kind: 'while', condition: noExpression, body, ...range };
    return { name, ...(head ?? { kind: 'each', list: noExpression }), body, ...range };
  });

  #list(variable: (occurrence: number) => void): Pick<StatementOf<'each'>, 'kind' | 'list'> {
    this.CONSUME(this.types.each);
    return this.#items(variable);
  }

  #items(variable: (occurrence: number) => void): Pick<StatementOf<'each'>, 'kind' | 'list'> {
    variable(1);
    this.CONSUME(this.types.in);
    return { kind: 'each', list: this.value(3) };
  }

  #bounds(variable: (occurrence: number) => void): Pick<StatementOf<'count'>, 'kind' | 'from' | 'to' | 'step'> {
    variable(0);
    this.CONSUME(this.types.same);
    const from = this.value(0);
    this.CONSUME(this.types.to);
    const to = this.value(1);
    const step = this.OPTION(() => {
      this.CONSUME(this.types.step);
      return this.value(2);
    });
    return { kind: 'count', from, to, ...(step === undefined ? {} : { step }) };
  }

  protected readonly parallel: Rule<Statement> = this.rule('parallel', () => {
    this.CONSUME(this.types.parallel);
    const opening = this.opened('this PARALLEL');
    this.skipTo(0, 'do');
    const body = this.#blockOf(opening);
    return { kind: 'parallel', body, start: opening.start, end: this.lastEnd };
  });

  protected readonly every: Rule<Statement> = this.rule('every', () => {
    this.CONSUME(this.types['every-loop']);
    const opening = this.opened('this EVERY');
    const interval = this.head(0, 'do');
    const body = this.#blockOf(opening);
    return { kind: 'every', interval, body, start: opening.start, end: this.lastEnd };
  });

  protected readonly on: Rule<Statement> = this.rule('on', () => {
    this.CONSUME(this.types.on);
    const opening = this.opened('this ON');
    const event = this.#eventName();
    const from = this.OPTION(() => this.attempt(() => this.#origin()));
    this.skipTo(0, 'do');
    const body = this.#blockOf(opening);
    const range = { start: opening.start, end: this.lastEnd };
    return { kind: 'on', event, ...(from === undefined ? {} : { from }), body, ...range };
  });

  #eventName(): { name: string } & Range {
    if (this.isRecovering && this.kind !== 'word') {
      this.reportExpected('the name of an event');
      return { name: '', start: this.lastEnd, end: this.lastEnd };
    }
    this.CONSUME(this.sets.WORD);
    return { name: this.lastText().toLowerCase(), ...this.lastRange };
  }

  #origin(): Expression {
    this.keyword(1, 'FROM');
    if (this.isRecovering && !this.isAtPrimary && !isWord(this.kind)) this.abandon('a word');
    return this.primaryOrWord(2);
  }

  protected readonly try: Rule<Statement> = this.rule('try', () => {
    this.CONSUME(this.types.try);
    const opening = this.opened('this TRY');
    const body = this.SUBRULE(this.block);
    const handler = this.OPTION(() => this.SUBRULE(this.handler));
    const last = this.OPTION1(() => {
      this.CONSUME(this.types.finally);
      return this.subrule(1, this.block);
    });
    if (this.isRecovering && last !== undefined && this.kind === 'on-error') {
      this.reportBehind('ON ERROR', 'FINALLY', 'FINALLY');
      this.SUBRULE(this.handler);
    }
    this.close(0, opening);
    if (this.isRecovering && handler === undefined && last === undefined) this.report(opening, 'U0604', {});
    const ends = { ...(handler === undefined ? {} : { handler }), ...(last === undefined ? {} : { finally: last }) };
    return { kind: 'try', body, ...ends, start: opening.start, end: this.lastEnd };
  });

  protected readonly handler: Rule<NonNullable<StatementOf<'try'>['handler']>> = this.rule('handler', () => {
    this.CONSUME(this.types['on-error']);
    const name = this.OPTION({
      GATE: () => !this.isAtTarget,
      DEF: () => {
        this.variable(1);
        return this.lastName;
      },
    });
    return { ...(name === undefined ? {} : { name }), body: this.SUBRULE(this.block) };
  });

  protected readonly function: Rule<Statement> = this.rule('function', () => {
    this.CONSUME(this.types.function);
    const opening = this.opened('this FUNCTION');
    const header = this.#header();
    const body = this.#blockOf(opening);
    return { kind: 'function', ...header, body, start: opening.start, end: this.lastEnd };
  });

  /** TASK name(…) IN JAVASCRIPT: a function whose body is JavaScript. */
  protected readonly scripted: Rule<Statement> = this.rule('scripted', () => {
    this.CONSUME(this.types.task);
    const start = this.lastStart;
    const header = this.#header();
    this.keyword(1, 'IN');
    this.keyword(2, 'JAVASCRIPT');
    const script = this.#script();
    return { kind: 'function', ...header, body: [], script, start, end: this.lastEnd };
  });

  /**
   * The name and the parameters; when the header is wrong, the part that was understood, and the rest of the line is
   * skipped.
   */
  #header(): Pick<StatementOf<'function'>, 'name' | 'nameRange' | 'parameters' | 'isBroken'> {
    let [name, nameRange] = ['', this.range];
    const parameters: Parameter[] = [];
    const isWhole = this.attempt(() => {
      nameRange = this.range;
      this.CONSUME(this.sets.WORD);
      name = this.lastText().toLowerCase();
      this.CONSUME(this.types['open-round']);
      this.items('MANY_SEP', 'close-round', () => parameters.push(this.SUBRULE(this.parameter)));
      this.CONSUME(this.types['close-round'], { ERR_MSG: orClosing('close-round') });
      return true;
    });
    if (isWhole) return { name, nameRange, parameters };
    while (!this.isAtLineEnd) this.SKIP_TOKEN();
    return { name, nameRange, parameters, isBroken: true };
  }

  /** As in a string over several lines, a line end directly behind the quotes does not count. */
  #script(): Script {
    this.CONSUME(this.sets.SCRIPT);
    // The lexer reported it.
    if (this.kindAt(-1) === 'unclosed-block') return { text: '', start: this.lastEnd, end: this.lastEnd };
    const start = this.lastStart;
    const whole = this.lastText(3, -3);
    const lineEnd = /^(?:\r\n|\r|\n)?/.exec(whole)?.[0].length ?? 0;
    const text = whole.slice(lineEnd);
    return { text, start: start + 3 + lineEnd, end: start + 3 + lineEnd + text.length };
  }

  protected readonly parameter: Rule<Parameter> = this.rule('parameter', () => {
    this.variable(0);
    const range = this.lastRange;
    const name = this.lastName;
    const preset = this.OPTION(() => {
      this.CONSUME(this.types.same);
      return this.inside(0);
    });
    return { name, ...(preset === undefined ? {} : { default: preset }), start: range.start, end: range.end };
  });
}
