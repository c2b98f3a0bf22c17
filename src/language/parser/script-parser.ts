// The grammar of the language, over the tokens of the lexer; grammar/grammar.md describes it for people. Wrong text is
// reported and skipped: a missing THEN, a value too many or a stray END gives one message, and the statements behind it
// still get theirs.
import { trimmed } from '../../base/trimmed-list.ts';
import { isWord, type TokenKind } from '../lexer/token.ts';
import type { Block, Expression, Parameter, Script, Statement, StatementOf } from '../tree/ast.ts';
import type { Range } from '../tree/source-text.ts';
import type { OpenBlock } from './command-parser.ts';
import { noExpression } from './expression-parser.ts';
import { SimpleStatementParser } from './simple-statement-parser.ts';

/** Tokens that close or divide a block, and begin no statement. */
const dividers: ReadonlySet<TokenKind> = new Set<TokenKind>(['end', 'else', 'finally', 'on-error', 'end-of-text']);

export class ScriptParser extends SimpleStatementParser {
  script(): Block {
    const found: Statement[] = [];
    for (;;) {
      this.#statements(found);
      if (this.kind === 'end-of-text') return found;
      this.report(this.range, 'U0205', { found: this.described });
      this.take();
    }
  }

  protected body(): Block {
    const found: Statement[] = [];
    this.#statements(found);
    return trimmed(found);
  }

  /** Statements up to the token that closes or divides the block. */
  #statements(found: Statement[]): void {
    for (let isSeparated = true; ; ) {
      if (this.takeIf('terminator')) isSeparated = true;
      else if (dividers.has(this.kind)) return;
      else {
        if (!isSeparated) this.#reportSurplus();
        const one = this.attempt(() => this.#statement());
        // A statement in a place where none may begin is parsed only to report its mistakes.
        if (one === undefined) this.#leaveLine(found);
        else if (isSeparated && one !== 'stray') found.push(one);
        isSeparated = false;
      }
    }
  }

  #reportSurplus(): void {
    const begins = ['if', 'while', 'for', 'write'].includes(this.kind) || isWord(this.kind);
    if (begins) this.report(this.range, 'U0203', {});
    else this.report(this.range, 'U0208', { after: this.lastDescribed, found: this.described });
  }

  /** Skips the rest of a statement that was given up; a block that it opens is still parsed and checked. */
  #leaveLine(found: Statement[]): void {
    while (!this.isAtLineEnd && !dividers.has(this.kind)) {
      const { start, end } = this.range;
      if (!this.takeIf('do')) this.take();
      else {
        const body = this.#blockOf({ name: 'this DO', start, end });
        found.push({ kind: 'while', condition: noExpression, body, start, end: this.lastEnd });
      }
    }
  }

  #statement(): Statement | 'stray' {
    switch (this.kind) {
      case 'word':
      case 'command':
        return this.command();
      case 'variable':
        return this.kindAt(1) === 'assign' ? this.assignment() : this.#stray();
      case 'if':
        return this.#if();
      case 'while':
        return this.#while();
      case 'for':
        return this.#for();
      case 'try':
        return this.#try();
      case 'function':
        return this.#function();
      case 'task':
        return this.#task();
      case 'param':
        return this.parameterStatement();
      case 'include':
        return this.include();
      case 'parallel':
        return this.#parallel();
      case 'every-loop':
        return this.#every();
      case 'on':
        return this.#on();
      case 'break':
      case 'continue':
        return this.leaveLoop(this.kind);
      case 'write':
        return this.write();
      case 'fail':
        return this.fail();
      case 'exit':
        return this.exit();
      case 'return':
        return this.returning();
      case 'wait':
        return this.wait();
      default:
        return this.#stray();
    }
  }

  /** Reports and takes a token that cannot begin a statement; a value is taken whole. */
  #stray(): 'stray' {
    this.report(this.range, 'U0206', { found: this.described });
    if (this.isAtPrimary) this.primary();
    else this.take();
    return 'stray';
  }

  #open(name: string): OpenBlock {
    const { range } = this;
    this.take();
    return { name, start: range.start, end: range.end };
  }

  #if(): Statement {
    const opening = this.#open('this IF');
    const branches = [this.#branch()];
    while (this.kind === 'else' && this.kindAt(1) === 'if') {
      this.take();
      this.take();
      branches.push(this.#branch());
    }
    const otherwise = this.takeIf('else') ? { otherwise: this.body() } : {};
    this.close(opening);
    return { kind: 'if', branches: trimmed(branches), ...otherwise, start: opening.start, end: this.lastEnd };
  }

  #branch(): { condition: Expression; body: Block } {
    const condition = this.head('then');
    return { condition, body: this.body() };
  }

  /** The statements of a block behind its DO, up to its END. */
  #blockOf(opening: OpenBlock): Block {
    const body = this.body();
    this.close(opening);
    return body;
  }

  #while(): Statement {
    const opening = this.#open('this WHILE');
    const condition = this.head('do');
    const body = this.#blockOf(opening);
    return { kind: 'while', condition, body, start: opening.start, end: this.lastEnd };
  }

  /** When the head cannot be understood, the loop runs over an unknown value, so that its block is still checked. */
  #for(): Statement {
    const opening = this.#open('this FOR');
    const isEach = this.takeIf('each');
    const name = this.attempt(() => this.#variable());
    const head = name === undefined ? undefined : this.attempt(() => (isEach ? this.#list() : this.#bounds()));
    this.skipTo('do');
    const body = this.#blockOf(opening);
    const range = { start: opening.start, end: this.lastEnd };
    if (name === undefined) return { kind: 'while', condition: noExpression, body, ...range };
    return { name, ...(head ?? { kind: 'each', list: noExpression }), body, ...range };
  }

  #variable(): string {
    this.expect('variable');
    return this.lastText(1);
  }

  #list(): Pick<StatementOf<'each'>, 'kind' | 'list'> {
    this.expect('in');
    return { kind: 'each', list: this.value() };
  }

  #bounds(): Pick<StatementOf<'count'>, 'kind' | 'from' | 'to' | 'step'> {
    this.expect('same');
    const from = this.value();
    this.expect('to');
    const to = this.value();
    return { kind: 'count', from, to, ...(this.takeIf('step') ? { step: this.value() } : {}) };
  }

  #parallel(): Statement {
    const opening = this.#open('this PARALLEL');
    this.skipTo('do');
    const body = this.#blockOf(opening);
    return { kind: 'parallel', body, start: opening.start, end: this.lastEnd };
  }

  #every(): Statement {
    const opening = this.#open('this EVERY');
    const interval = this.head('do');
    const body = this.#blockOf(opening);
    return { kind: 'every', interval, body, start: opening.start, end: this.lastEnd };
  }

  #on(): Statement {
    const opening = this.#open('this ON');
    const event = this.#eventName();
    const from = this.kind === 'word' ? this.attempt(() => this.#origin()) : undefined;
    this.skipTo('do');
    const body = this.#blockOf(opening);
    return {
      kind: 'on',
      event,
      ...(from === undefined ? {} : { from }),
      body,
      start: opening.start,
      end: this.lastEnd,
    };
  }

  #eventName(): { name: string } & Range {
    if (this.kind !== 'word') {
      this.reportExpected('the name of an event');
      return { name: '', start: this.lastEnd, end: this.lastEnd };
    }
    const { range } = this;
    this.take();
    return { name: this.lastText().toLowerCase(), ...range };
  }

  #origin(): Expression {
    this.keyword('FROM');
    return this.isAtPrimary ? this.primary() : this.word();
  }

  #try(): Statement {
    const opening = this.#open('this TRY');
    const body = this.body();
    const handler = this.takeIf('on-error') ? { handler: this.#handler() } : {};
    const last = this.takeIf('finally') ? { finally: this.body() } : {};
    this.close(opening);
    if (!('handler' in handler) && !('finally' in last)) this.report(opening, 'U0604', {});
    return { kind: 'try', body, ...handler, ...last, start: opening.start, end: this.lastEnd };
  }

  #handler(): NonNullable<StatementOf<'try'>['handler']> {
    // A variable behind which `=` stands is assigned to.
    const isNamed = this.kind === 'variable' && this.kindAt(1) !== 'assign';
    if (!isNamed) return { body: this.body() };
    this.take();
    return { name: this.lastText(1), body: this.body() };
  }

  #function(): Statement {
    const opening = this.#open('this FUNCTION');
    const header = this.#header();
    const body = this.body();
    this.close(opening);
    return { kind: 'function', ...header, body, start: opening.start, end: this.lastEnd };
  }

  /** TASK name(…) IN JAVASCRIPT: a function whose body is JavaScript. */
  #task(): Statement {
    const start = this.take();
    const header = this.#header();
    this.keyword('IN');
    this.keyword('JAVASCRIPT');
    const script = this.#script();
    return { kind: 'function', ...header, body: [], script, start, end: this.lastEnd };
  }

  /**
   * The name and the parameters; when the header is wrong, the part that was understood, and the rest of the line is
   * skipped.
   */
  #header(): Pick<StatementOf<'function'>, 'name' | 'nameRange' | 'parameters' | 'isBroken'> {
    let [name, nameRange] = ['', this.range];
    const parameters: Parameter[] = [];
    const isWhole = this.attempt(() => {
      nameRange = this.range;
      this.expectWord();
      name = this.lastText().toLowerCase();
      this.expect('open-round');
      if (this.takeIf('close-round')) return true;
      do parameters.push(this.#parameter());
      while (this.takeIf('comma'));
      this.closeList('close-round');
      return true;
    });
    if (isWhole) return { name, nameRange, parameters };
    while (!this.isAtLineEnd) this.take();
    return { name, nameRange, parameters, isBroken: true };
  }

  /** As in a string over several lines, a line end directly behind the quotes does not count. */
  #script(): Script {
    // The lexer reported it.
    if (this.takeIf('unclosed-block')) return { text: '', start: this.lastEnd, end: this.lastEnd };
    const start = this.expect('script');
    const whole = this.lastText(3, -3);
    const lineEnd = /^(?:\r\n|\r|\n)?/.exec(whole)?.[0].length ?? 0;
    const text = whole.slice(lineEnd);
    return { text, start: start + 3 + lineEnd, end: start + 3 + lineEnd + text.length };
  }

  #parameter(): Parameter {
    const { range } = this;
    this.expect('variable');
    const name = this.lastText(1);
    const preset = this.takeIf('same') ? { default: this.value() } : {};
    return { name, ...preset, start: range.start, end: range.end };
  }
}
