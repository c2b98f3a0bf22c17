// Text to tokens, in three modes. A script begins in command mode, where an argument is a bare word unless it says
// otherwise, so paths and addresses need no quotes. `$name =` at the start of a statement and the words IF, WHILE, FOR,
// RETURN, WRITE, FAIL, EXIT, WAIT and EVERY open expression mode, which lasts to the end of the statement or to one of
// THEN, DO, ELSE, END, FINALLY. A bracket opens bracket mode in either, in which a line end is a blank.
//
// Nothing is refused here: characters that fit no token become a token of kind `unknown`, which tokenize.ts reports.
// Every pattern looks at a bounded piece of the text, or consumes the text that it looked at, so the work is linear.
import { commandWordEnd } from './command-word.ts';
import {
  escapedEnd,
  foreignComment,
  foreignOperator,
  foreignStatement,
  foreignText,
  type Repair,
  wrongNumberEnd,
} from './foreign-forms.ts';
import {
  bracketBlanks,
  choosingWord,
  commandLiteral,
  comment,
  endOf,
  expressionLiteral,
  identifier,
  lineBlanks,
  lineEnd,
  plainWord,
  reservedEnd,
  restOfLine,
  statementWords,
  variable,
} from './patterns.ts';
import { isEscapeMark, rawEnd, stringEnd } from './string-scanner.ts';
import { type choosingKinds, closings, continuing, openings, type TokenKind, valueEnds } from './token.ts';
import { TokenList } from './token-list.ts';
import { changeSigns, clauseWords, isDigit, isLetter, longestWord, reserved, signs, valueWords } from './word-kinds.ts';

/** A script of a hundred thousand lines has fewer tokens; more would take more time and memory than a check may use. */
export const wordsMax = 1_000_000;

/** A text with more unknown characters than this is not a script; then one token takes the rest of the text. */
const unknownMax = 2000;

/**
 * `expression`: the inside of the braces in a string, all in bracket mode. With `repairs`, forms of other languages are
 * taken for what they mean, and added there.
 */
export function lex(
  text: string,
  base = 0,
  from: 'statements' | 'expression' = 'statements',
  repairs?: Repair[],
): TokenList {
  return new Lexer(text, base, from === 'expression' ? 1 : 0, repairs).run();
}

class Lexer {
  readonly #text: string;
  readonly #base: number;
  readonly #list: TokenList;
  /** How many brackets are open at the least. */
  readonly #bottom: number;
  #at = 0;
  #isExpression = false;
  #depth: number;
  #unknownCount = 0;
  /** How many values with IF wait for their ELSE. */
  #choices = 0;
  readonly #repairs: Repair[] | undefined;
  /** The word that the statement of a block still needs. */
  #head: 'then' | 'do' | undefined;
  /** How many braces are open that stand round a block. */
  #blockBraces = 0;
  /** Whether the last brace closed a block whose statement goes on, so that its other braces are no news. */
  #goesOn = false;

  constructor(text: string, base: number, bottom: number, repairs: Repair[] | undefined) {
    this.#repairs = repairs;
    this.#text = text;
    this.#base = base;
    // Room for one token more than allowed, which takes the rest of the text.
    this.#list = new TokenList(text, base, Math.min(text.length, wordsMax + 2));
    this.#bottom = bottom;
    this.#depth = bottom;
  }

  run(): TokenList {
    const { length } = this.#text;
    while (this.#at < length) {
      // The rest of the text becomes one token above the limit.
      if (this.#list.length > wordsMax) this.#take('unknown', length);
      else this.#next(this.#text.charCodeAt(this.#at));
    }
    return this.#list;
  }

  get #last(): TokenKind {
    return this.#list.kindAt(this.#list.length - 1);
  }

  #take(kind: TokenKind, end: number): void {
    this.#list.add(kind, this.#at, end);
    this.#at = end;
  }

  /** Takes a token if there is one; returns whether there was. */
  #takeIf(kind: TokenKind, end: number): boolean {
    if (end <= this.#at) return false;
    this.#take(kind, end);
    return true;
  }

  #next(code: number): void {
    switch (code) {
      case 32: // The blanks: a space, a tab and the rarer ones.
      case 9:
      case 11:
      case 12:
      case 0xa0:
      case 0xfeff:
        this.#blanks();
        break;
      case 10:
      case 13:
        if (this.#depth > 0) this.#blanks();
        else this.#lineEnd();
        break;
      case 35: // #
        this.#at = endOf(comment, this.#text, this.#at);
        break;
      case 34: // "
        this.#string();
        break;
      case 39: // '
        this.#rawString();
        break;
      case 36: // $
        if (!this.#takeIf('variable', endOf(variable, this.#text, this.#at)) && !this.#foreignText()) this.#unknown();
        break;
      case 40: // (
        this.#open('open-round');
        break;
      case 91: // [
        this.#open(this.#touchesValue() ? 'index' : 'open-square');
        break;
      case 123: // {
        if (!this.#openBlock()) this.#open('open-curly');
        break;
      case 41: // )
        this.#close('close-round');
        break;
      case 93: // ]
        this.#close('close-square');
        break;
      case 125: // }
        if (!this.#closeBlock()) this.#close('close-curly');
        break;
      case 44: // ,
        this.#take('comma', this.#at + 1);
        break;
      case 59: // ;
        if (this.#depth > 0) this.#unknown();
        else this.#terminate(this.#at + 1);
        break;
      default:
        if (code === 46 && (this.#field() || this.#wrongNumber())) break;
        // An `e` that touches the quote of a string.
        if ((code | 32) === 101 && isEscapeMark(this.#text, this.#at)) this.#string();
        else if (this.#depth === 0 && !this.#isExpression) this.#inCommand(code);
        else this.#inExpression(code);
    }
  }

  /** Takes blanks, with the `\` and the line end behind them, if these follow. */
  #blanks(): void {
    this.#at = endOf(this.#depth > 0 ? bracketBlanks : lineBlanks, this.#text, this.#at);
  }

  #lineEnd(): void {
    const end = endOf(lineEnd, this.#text, this.#at);
    if (continuing.has(this.#last)) this.#at = end;
    else this.#terminate(end);
  }

  #terminate(end: number): void {
    this.#isExpression = false;
    this.#choices = 0;
    this.#take('terminator', end);
  }

  #open(kind: TokenKind): void {
    this.#depth++;
    this.#take(kind, this.#at + 1);
  }

  #close(kind: TokenKind): void {
    const isStray = this.#depth === 0;
    this.#depth = Math.max(this.#bottom, this.#depth - 1);
    this.#take(isStray ? 'stray-closing' : kind, this.#at + 1);
  }

  #rawString(): void {
    const end = rawEnd(this.#text, this.#at);
    if (end > this.#at + 1) this.#take('raw-string', end);
    else this.#take('unclosed-string', endOf(restOfLine, this.#text, this.#at));
  }

  #string(): void {
    const text = this.#text;
    const escapes = isEscapeMark(text, this.#at);
    const isBlock = text.startsWith('"""', escapes ? this.#at + 1 : this.#at);
    const close = isBlock && !escapes && this.#followsJavaScript() ? text.indexOf('"""', this.#at + 3) : -1;
    const end = close < 0 ? stringEnd(text, this.#at) : -1;
    if (!isBlock && !escapes && end >= 0 && this.#escaped(end)) return;
    if (close >= 0) this.#take('script', close + 3);
    else if (end >= 0) this.#take('string', end);
    else if (isBlock) this.#take('unclosed-block', text.length);
    else this.#take('unclosed-string', endOf(restOfLine, text, this.#at));
  }

  /**
   * Whether this place is behind `) IN JAVASCRIPT` of a TASK: the text that follows is JavaScript, and is not lexed.
   */
  #followsJavaScript(): boolean {
    if (this.#depth > 0 || this.#isExpression) return false;
    const count = this.#list.length;
    return (
      this.#list.kindAt(count - 3) === 'close-round' &&
      this.#list.textAt(count - 2).toUpperCase() === 'IN' &&
      this.#list.textAt(count - 1).toUpperCase() === 'JAVASCRIPT'
    );
  }

  /** Whether the token before touches this place and may have fields and items. */
  #touchesValue(): boolean {
    const last = this.#last;
    if (!this.#touchesLast()) return false;
    return last === 'variable' || last === 'field' || last === 'name' || closings.has(last);
  }

  #touchesLast(): boolean {
    const count = this.#list.length;
    return count > 0 && this.#list.endAt(count - 1) === this.#at + this.#base;
  }

  #field(): boolean {
    if (!this.#touchesValue()) return false;
    const end = endOf(identifier, this.#text, this.#at + 1);
    return end > this.#at + 1 && this.#takeIf('field', end);
  }

  #inCommand(code: number): void {
    if (code === 61 || (code === 58 && this.#isColonEquals())) this.#equals();
    else if (changeSigns.has(code) && this.#text.charCodeAt(this.#at + 1) === 61 && this.#isBehindTarget()) {
      this.#isExpression = true;
      this.#take('change', this.#at + 2);
    } else if (isLetter(code) && (this.#statementWord() || this.#reservedWord())) return;
    else if (this.#foreignStatement() || (code > 127 && this.#foreignText())) return;
    else if ((isDigit(code) || code === 45) && this.#takeIf('literal', endOf(commandLiteral, this.#text, this.#at)))
      return;
    else if (!this.#takeIf('word', endOf(plainWord, this.#text, this.#at))) this.#unknown();
  }

  #equals(): void {
    this.#isExpression = this.#isBehindTarget();
    const sign = /:?=+/y;
    const end = this.#isExpression && this.#repairs !== undefined ? endOf(sign, this.#text, this.#at) : this.#at + 1;
    if (end > this.#at + 1) this.#repaired('operator', this.#at, end, 'did you mean =?');
    this.#take(this.#isExpression ? 'assign' : 'equals', end);
  }

  /** Whether the tokens before are a variable at the beginning of a statement, or a part of it: `$list[0].name`. */
  #isBehindTarget(): boolean {
    let at = this.#list.length - 1;
    for (;;) {
      const kind = this.#list.kindAt(at);
      if (kind === 'close-square') at = this.#openingOf(at);
      else if (kind !== 'field') return kind === 'variable' && this.#list.isStatementStart(at);
      if (kind === 'close-square' && this.#list.kindAt(at) !== 'index') return false;
      at--;
    }
  }

  /** The index of the bracket that a closing one closes. */
  #openingOf(closing: number): number {
    let depth = 0;
    for (let at = closing; at > 0; at--) {
      const kind = this.#list.kindAt(at);
      if (closings.has(kind)) depth++;
      else if (openings.has(kind) && --depth === 0) return at;
    }
    return 0;
  }

  /** Takes THEN, DO, ELSE, END or FINALLY, which end the statement or expression before them. */
  #reservedWord(): boolean {
    const end = endOf(identifier, this.#text, this.#at);
    const word = this.#wordIn(reserved, end);
    if (word === undefined || (end < this.#text.length && endOf(reservedEnd, this.#text, end) < 0)) return false;
    this.#isExpression = false;
    if (word === this.#head) this.#head = undefined;
    if (word === 'end') return this.#takeIf(word, this.#endIf(end));
    return this.#takeIf(word, end);
  }

  #statementWord(): boolean {
    if (!this.#list.isStatementStart(this.#list.length)) return false;
    const letters = endOf(identifier, this.#text, this.#at);
    if (letters - this.#at > longestWord) return false;
    for (const one of statementWords.get(this.#text.slice(this.#at, letters).toLowerCase()) ?? []) {
      const end = endOf(one.pattern, this.#text, this.#at);
      if (end < 0) continue;
      this.#isExpression = one.opensExpression;
      this.#takeStatement(one.kind, end);
      return true;
    }
    return false;
  }

  #inExpression(code: number): void {
    const text = this.#text;
    const at = this.#at;
    if (this.#foreignOperator()) return;
    if (isLetter(code) || code === 95) {
      if (this.#depth > 0 || !(this.#command() || this.#reservedWord())) this.#name();
    } else if (isDigit(code)) {
      if (!this.#takeIf('literal', endOf(expressionLiteral, text, at)) && !this.#wrongNumber()) this.#unknown();
    } else {
      const length = (code === 60 || code === 62) && signs.has(text.slice(at, at + 2)) ? 2 : 1;
      const sign = signs.get(text.slice(at, at + length));
      if (sign === undefined && !this.#foreignText()) this.#unknown();
      else if (sign !== undefined) this.#take(sign, at + length);
    }
  }

  /** Takes the first word of a command behind `$name =`, and returns to command mode. */
  #command(): boolean {
    if (this.#last !== 'assign') return false;
    const end = commandWordEnd(this.#text, this.#at);
    if (end >= 0) this.#isExpression = false;
    return this.#takeIf('command', end);
  }

  #name(): void {
    if (this.#depth > 0 && this.#choosing()) return;
    const end = endOf(identifier, this.#text, this.#at);
    const word = this.#wordIn(valueWords, end) ?? (this.#depth > 0 ? undefined : this.#wordIn(clauseWords, end));
    this.#take(word ?? 'name', end);
  }

  /** Takes the IF of a value in brackets, or the THEN or ELSE of one that is open. */
  #choosing(): boolean {
    const end = endOf(choosingWord, this.#text, this.#at);
    if (end < 0) return false;
    const kind = `value-${this.#text.slice(this.#at, end).toLowerCase()}` as (typeof choosingKinds)[number];
    if (kind !== 'value-if' && this.#choices === 0) return false;
    if (kind === 'value-if') this.#choices++;
    if (kind === 'value-else') this.#choices--;
    this.#take(kind, end);
    return true;
  }

  /** The entry of a table for the word from here to `end`, ignoring case. */
  #wordIn(table: ReadonlyMap<string, TokenKind>, end: number): TokenKind | undefined {
    if (end - this.#at > longestWord) return undefined;
    return table.get(this.#text.slice(this.#at, end).toLowerCase());
  }

  // What follows takes forms of other languages for what they mean (foreign-forms.ts).

  #repaired(kind: Repair['kind'], start: number, end: number, suggestion: string): void {
    this.#repairs?.push({ kind, start: start + this.#base, end: end + this.#base, suggestion });
  }

  #takeStatement(kind: TokenKind, end: number): void {
    if (kind === 'if' || kind === 'when') this.#head = 'then';
    else if (kind === 'while' || kind === 'for' || kind === 'every-loop' || kind === 'switch') this.#head = 'do';
    this.#take(kind, end);
  }

  #foreignStatement(): boolean {
    if (this.#repairs === undefined || !this.#list.isStatementStart(this.#list.length)) return false;
    const found = foreignStatement(this.#text, this.#at);
    if (found === undefined) return false;
    const { written } = found;
    this.#repaired(found.kind, written.start, written.end, found.suggestion);
    for (const one of found.tokens) {
      this.#at = one.start;
      this.#takeStatement(one.kind, one.end);
    }
    this.#at = found.end;
    this.#isExpression = found.opensExpression;
    return true;
  }

  /** Whether `:=` stands here behind a variable that opens a statement; that of ON ERROR may open none. */
  #isColonEquals(): boolean {
    const isError = this.#list.kindAt(this.#list.length - 2) === 'on-error';
    return this.#repairs !== undefined && this.#text[this.#at + 1] === '=' && !isError && this.#isBehindTarget();
  }

  #foreignOperator(): boolean {
    if (this.#repairs === undefined) return false;
    const comment = foreignComment(this.#text, this.#at);
    if (comment !== undefined) {
      this.#repaired('character', this.#at, this.#at + 2, comment.suggestion);
      this.#at = comment.end;
      return true;
    }
    const last = this.#last;
    const isBehindText = last === 'string' || last === 'raw-string';
    const found = foreignOperator(this.#text, this.#at, this.#isBehindValue, isBehindText);
    if (found === undefined) return false;
    this.#repaired('operator', this.#at, found.end, found.suggestion);
    this.#take(found.kind, found.end);
    return true;
  }

  get #isBehindValue(): boolean {
    const last = this.#last;
    return valueEnds.has(last) || last === 'name' || last === 'true' || last === 'false' || last === 'none';
  }

  /** Takes a text in foreign quotes, whose value nobody knows. */
  #foreignText(): boolean {
    const found = this.#repairs && foreignText(this.#text, this.#at, this.#isExpression || this.#depth > 0);
    if (found === undefined) return false;
    this.#repaired('character', this.#at, this.#at + found.marked, found.suggestion);
    this.#take('wrong-string', found.end);
    return true;
  }

  #escaped(end: number): boolean {
    const meant = this.#repairs === undefined ? -1 : escapedEnd(this.#text, this.#at, end);
    if (meant < 0) return false;
    this.#repaired('character', end - 2, end, 'write "" for a quote in a string, or put e before it: e"…\\"…"');
    this.#take('wrong-string', meant);
    return true;
  }

  #wrongNumber(): boolean {
    const inCommand = this.#depth === 0 && !this.#isExpression;
    if (this.#repairs === undefined || (inCommand && this.#last !== 'equals')) return false;
    return this.#takeIf('literal', wrongNumberEnd(this.#text, this.#at, inCommand));
  }

  /** Behind END: takes the IF of `end if`, too; returns where the lexer goes on. */
  #endIf(end: number): number {
    const repeated = /[ \t]+(?:if|while|for|function|try|loop|switch|select|case)(?=[ \t]*(?:[\r\n;#]|$))/iy;
    const behind = this.#repairs === undefined ? -1 : endOf(repeated, this.#text, end);
    if (behind < 0) return end;
    const word = this.#text.slice(end, behind).trimStart();
    this.#repaired('end', behind - word.length, behind, 'take it away: END closes every block');
    return behind;
  }

  /** Takes a brace that stands where a block begins. */
  #openBlock(): boolean {
    if (this.#repairs === undefined || this.#depth > 0) return false;
    const isStart = this.#list.isStatementStart(this.#list.length);
    const head = this.#head;
    const lineEnds = /\{[ \t]*(?:[\r\n#]|$)/y;
    if (!(isStart && (head !== undefined || endOf(lineEnds, this.#text, this.#at) >= 0))) {
      if (head === undefined || !this.#isExpression || !this.#isBehindValue) return false;
    }
    this.#blockBraces++;
    this.#head = undefined;
    this.#isExpression = false;
    const words = head === undefined ? 'take it away, and write' : `write ${head.toUpperCase()} here, and`;
    if (!this.#goesOn) this.#repaired('brace', this.#at, this.#at + 1, `${words} END for the brace that closes`);
    this.#goesOn = false;
    if (head === undefined) this.#at++;
    else this.#take(head, this.#at + 1);
    return true;
  }

  /** Takes the brace that closes a block: as END, or as the end of a line where the statement goes on. */
  #closeBlock(): boolean {
    if (this.#blockBraces === 0 || this.#depth > 0) return false;
    this.#blockBraces--;
    const goesOn = /\}\s*(?:else|elif|elseif|elsif|catch|except|finally|on[ \t]+error)\b/iy;
    this.#goesOn = endOf(goesOn, this.#text, this.#at) >= 0;
    if (this.#goesOn) this.#terminate(this.#at + 1);
    else {
      this.#isExpression = false;
      this.#take('end', this.#at + 1);
    }
    return true;
  }

  /** Takes an unknown character; unknown characters that touch are one token. */
  #unknown(): void {
    this.#unknownCount++;
    const end = this.#unknownCount < unknownMax ? this.#at + 1 : this.#text.length;
    if (this.#last === 'unknown' && this.#touchesLast()) this.#list.extendTo(end);
    else this.#list.add('unknown', this.#at, end);
    this.#at = end;
  }
}
