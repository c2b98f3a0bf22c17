// The lexical rules of grammar/grammar.md, section Text, written a second time and otherwise than in src/language/lexer: one
// loop over the text. The test that compares parser and specification is worth something only because of that.
import { isCommandWord } from '../../../src/language/catalogue/catalogue.ts';

export interface Interpolated {
  readonly text: string;
}

export interface Token {
  /** What the token is in the rules: names of tokens, or its character. A reserved word is neither WORD nor NAME. */
  readonly kinds: readonly string[];
  /** The text of a word, with which it is compared to the quoted words of the rules. */
  readonly word?: string;
  readonly start: number;
  readonly end: number;
  readonly interpolations?: readonly Interpolated[];
}

type Mode = 'command' | 'expression' | 'bracket';

const depthMax = 200;
const blank = /[ \t\f\v\u00a0\ufeff]/;
const reserved = /(?:then|do|else|end|finally)(?=[\s;#,=()"'$]|$)/iy;
/** A blank, or a `\` behind a blank at the end of a line. */
const gap = String.raw`(?:[ \t\f\v\u00a0\ufeff](?:\\[ \t]*(?:\r\n|\r|\n))?)`;
const statementWord = new RegExp(
  String.raw`(?:if|while|switch|when|for|write|fail|exit|return|wait(?!${gap}+for(?:[\s;]|$))|break|continue|try|function|param|on|include|parallel|every)(?=[\s;#=("'$\[{]|$)`,
  'iy',
);
const taskWord = new RegExp(String.raw`task(?=${gap}+[^\s"'$;()[\]{},=]+${gap}*\()`, 'iy');
// EVERY is also a word of WAIT UNTIL.
const reservable =
  /^(?:then|do|else|end|finally|if|while|switch|when|for|write|fail|exit|return|wait|break|continue|try|function|param|on|error|include|parallel|task)$/i;
const expressionWords = ['IF', 'WHILE', 'SWITCH', 'WHEN', 'FOR', 'WRITE', 'FAIL', 'EXIT', 'RETURN', 'WAIT', 'EVERY'];
const onError = new RegExp(String.raw`on(${gap}+)error(?=[\s;#$]|$)`, 'iy');
/** The first character is no typographic quote either. */
const word = /[^\s"'$;()[\]{},=\p{Cc}\ufeff#\u2018-\u201f\u2039\u203a\u00ab\u00bb][^\s"'$;()[\]{},=\p{Cc}\ufeff]*/uy;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const units = [
  ...['', 'milli'].flatMap((one) => [`${one}second`, `${one}seconds`]),
  ...['minute', 'hour', 'day', 'week'].flatMap((one) => [one, `${one}s`]),
  ...['ms', 'sec', 'min', 'byte', 'bytes'],
  ...[...'kmgtp'].flatMap((letter) => [`${letter}b`, `${letter}ib`]),
].join('|');
const time = String.raw`\d\d?:\d\d(?::\d\d(?:\.\d{1,3})?)?`;
const point = String.raw`\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?|${time}`;
const amount = String.raw`\d+(?:\.\d+)?(?:%|[smhdw]|B(?:/s)?|${gap}+(?-i:B)(?:/s)?|${gap}*(?:${units})(?:/s)?|)`;
const literalInCommand = new RegExp(String.raw`(?:${point}|-?${amount})(?=[\s;,)\]}=]|$)`, 'iy');
const literal = new RegExp(`(?:${point}|${amount})(?![A-Za-z0-9_])`, 'iy');
/** Names that no STEP follows; the second kind only outside brackets. */
const fixedName = /^(?:true|false|none)$/i;
const clauseName = /^(?:each|in|to|step|until|every|timeout|table|columns)$/i;
const operators = ['<>', '<=', '>=', '<', '>', '=', '+', '-', '*', '/', '%'];
const commandFollows = new RegExp(
  String.raw`([A-Za-z]+)(?:${gap}+(?!(?:and|or|then|do|else|end|finally)\b)["'$/A-Za-z0-9]|(${gap}*(?:[\r\n;#]|$)|${gap}+(?:do|else|end|finally)(?:[\s;#,=()"'$]|$)))`,
  'iy',
);

/** Whether a word has its meaning only where it is reserved. */
export function isReservable(word: string): boolean {
  return reservable.test(word);
}

/** The tokens of a text, or undefined where the document has none. */
export function tokenize(text: string, mode: Mode): Token[] | undefined {
  return new Tokenizer(text, mode).read();
}

class Tokenizer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  /** Open brackets are modes on top of the line's own. */
  #mode: Mode;
  #depth = 0;
  #blocks = 0;
  readonly #outermost: Mode;
  #lineMode: Mode;
  #at = 0;
  #statementBegins = true;
  /** Whether a variable that opens a statement, or a part of it, is the last token. */
  #isTarget = false;
  #choices = 0;
  /** Whether the outermost open bracket is an index of such a variable. */
  #isTargetIndex = false;
  /** How many brackets are open in the parameters of a FUNCTION; -1 outside. */
  #parameters = -1;

  constructor(text: string, mode: Mode) {
    this.#text = text;
    this.#mode = mode;
    this.#outermost = mode;
    this.#lineMode = mode;
  }

  read(): Token[] | undefined {
    while (this.#skip()) {
      const before = this.#tokens.length;
      if (!this.#readOne() || this.#tokens.length === before) return undefined;
      if (this.#depth + this.#blocks > depthMax) return undefined;
    }
    return this.#depth === 0 ? this.#tokens : undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }

  get #last(): Token | undefined {
    return this.#tokens[this.#tokens.length - 1];
  }

  /** Leaves behind what means nothing; false at the end. */
  #skip(): boolean {
    for (; this.#at < this.#text.length; this.#at++) {
      const continued = this.#match(/[ \t\f\v\u00a0\ufeff]\\[ \t]*(?:\r\n|\r|\n)/y);
      const character = this.#text[this.#at] ?? '';
      if (continued !== undefined) this.#at += continued.length - 1;
      else if (character === '#') this.#at += (this.#match(/#[^\r\n]*/y)?.length ?? 1) - 1;
      else if (/[\r\n]/.test(character)) {
        if (this.#mode !== 'bracket' && !this.#goesOn()) return true;
      } else if (!blank.test(character)) return true;
    }
    return false;
  }

  /** Behind a comma or a binary operator a line goes on. */
  #goesOn(): boolean {
    const last = this.#last;
    return last !== undefined && (last.kinds.includes(',') || last.kinds.includes('OPERATOR'));
  }

  #push(length: number, kinds: readonly string[], more: Partial<Token> = {}): true {
    this.#tokens.push({ kinds, start: this.#at, end: this.#at + length, ...more });
    this.#at += length;
    return true;
  }

  #readOne(): boolean {
    const character = this.#text[this.#at] ?? '';
    const begins = this.#statementBegins;
    const assigns = this.#last?.kinds.includes('ASSIGN') ?? false;
    this.#statementBegins = false;
    const isTarget = this.#isTarget;
    this.#isTarget = false;
    if (isTarget && this.#mode === 'command') {
      const sign = this.#match(/[-+*/]?=/y);
      if (sign !== undefined) {
        this.#mode = this.#lineMode = 'expression';
        return this.#push(sign.length, sign === '=' ? ['=', 'ASSIGN'] : [sign]);
      }
    }
    if (/[\r\n;]/.test(character)) return this.#readLineEnd(character);
    if (character === '"' || this.#match(/e"/iy) !== undefined) return this.#readString();
    if (character === "'") {
      const raw = this.#match(/'[^'\r\n]*'/y);
      return raw !== undefined && this.#push(raw.length, ['STRING']);
    }
    if (character === '$') return this.#readVariable(begins);
    if ('([{'.includes(character)) return this.#open(character, isTarget);
    if (')]}'.includes(character)) return this.#close(character);
    if (character === ',') return this.#push(1, [',']);
    if (this.#readStep()) {
      this.#isTarget = isTarget;
      return true;
    }
    if (this.#mode === 'command') return this.#readInCommand(begins);
    return (assigns && this.#readCommandStart()) || this.#readInExpression();
  }

  #readLineEnd(character: string): boolean {
    if (this.#mode === 'bracket') return false;
    this.#mode = this.#lineMode = this.#outermost;
    this.#statementBegins = true;
    this.#choices = 0;
    return this.#push(this.#text.startsWith('\r\n', this.#at) ? 2 : character.length, ['LINE-END']);
  }

  #readVariable(begins: boolean): boolean {
    const variable = this.#match(/\$[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_]|\p{L})/uy);
    if (variable === undefined) return false;
    const handler = isReserved(this.#last, 'ERROR');
    this.#push(variable.length, ['VARIABLE']);
    this.#isTarget = this.#mode === 'command' && begins;
    this.#statementBegins = handler;
    return true;
  }

  #open(character: string, isTarget: boolean): boolean {
    const last = this.#last;
    const touching = character === '[' && last?.end === this.#at && takesSteps(last);
    const defines = ['FUNCTION', 'TASK'].some((one) => isReserved(this.#tokens[this.#tokens.length - 2], one));
    const calls = character === '(' && last?.end === this.#at && last.kinds.includes('WORD') && !defines;
    const kind = calls && this.#mode === 'command' ? 'CALL' : character;
    if (this.#mode === 'command' && character === '(' && isReserved(this.#tokens[this.#tokens.length - 2], 'FUNCTION'))
      this.#parameters = this.#depth;
    if (this.#depth === 0) this.#isTargetIndex = isTarget && touching;
    this.#depth++;
    this.#mode = 'bracket';
    return this.#push(1, [touching ? 'INDEX' : kind]);
  }

  #close(character: string): boolean {
    if (this.#depth === 0) return false;
    this.#depth--;
    if (this.#depth === 0) {
      this.#mode = this.#lineMode;
      this.#isTarget = this.#isTargetIndex && character === ']';
    }
    if (this.#parameters === this.#depth) {
      this.#parameters = -1;
      this.#statementBegins = true;
    }
    return this.#push(1, [character, 'CLOSING']);
  }

  #readStep(): boolean {
    const last = this.#last;
    const step = last?.end === this.#at && takesSteps(last) ? this.#match(/\.[A-Za-z_][A-Za-z0-9_]*/y) : undefined;
    return step !== undefined && this.#push(step.length, ['STEP']);
  }

  #readInCommand(begins: boolean): boolean {
    if (this.#text[this.#at] === '=') return this.#push(1, ['=']);
    if (begins && this.#match(onError) !== undefined) {
      this.#pushReserved('on');
      this.#at += this.#match(new RegExp(`${gap}+`, 'y'))?.length ?? 0;
      this.#statementBegins = true;
      return this.#pushReserved('error');
    }
    const statement = begins ? (this.#match(statementWord) ?? this.#match(taskWord)) : undefined;
    if (statement !== undefined) {
      if (expressionWords.includes(statement.toUpperCase())) this.#mode = this.#lineMode = 'expression';
      this.#statementBegins = statement.toUpperCase() === 'TRY';
      if (['IF', 'TRY', 'FUNCTION'].includes(statement.toUpperCase())) this.#blocks++;
      return this.#pushReserved(statement);
    }
    const divider = this.#match(reserved);
    if (divider !== undefined) return this.#pushDivider(divider);
    const value = this.#match(literalInCommand);
    if (value !== undefined) return this.#push(value.length, ['LITERAL']);
    const found = this.#match(word);
    return found !== undefined && found !== '\\' && this.#push(found.length, ['WORD'], { word: found });
  }

  #pushReserved(text: string): true {
    return this.#push(text.length, ['RESERVED'], { word: text });
  }

  #pushDivider(text: string): true {
    this.#mode = this.#lineMode = this.#outermost;
    const upper = text.toUpperCase();
    this.#statementBegins = upper !== 'END';
    if (upper === 'DO') this.#blocks++;
    if (upper === 'END') this.#blocks--;
    return this.#pushReserved(text);
  }

  #followsJavaScript(): boolean {
    const [closing, preposition, language] = this.#tokens.slice(-3);
    const words = isWordOf(preposition, 'IN') && isWordOf(language, 'JAVASCRIPT');
    return words && this.#mode === 'command' && closing?.kinds.includes(')') === true;
  }

  /** Behind `$name =`, a word that begins a command, or any word that an argument follows. */
  #readCommandStart(): boolean {
    commandFollows.lastIndex = this.#at;
    const match = commandFollows.exec(this.#text);
    const [, first = '', alone] = match ?? [];
    if (match === null || /^(?:not|true|false|none)$/i.test(first)) return false;
    if (alone !== undefined && !isCommandWord(first)) return false;
    this.#mode = this.#lineMode = 'command';
    return this.#push(first.length, ['WORD'], { word: first });
  }

  #readInExpression(): boolean {
    const divider = this.#mode === 'bracket' ? undefined : this.#match(reserved);
    if (divider !== undefined) return this.#pushDivider(divider);
    const value = this.#match(literal);
    if (value !== undefined) return this.#push(value.length, ['LITERAL']);
    const operator = operators.find((one) => this.#text.startsWith(one, this.#at));
    if (operator !== undefined) return this.#push(operator.length, [operator, 'OPERATOR']);
    if (this.#text[this.#at] === ':') return this.#push(1, [':']);
    const found = this.#match(name);
    if (found === undefined) return false;
    if (this.#mode === 'bracket' && this.#chooses(found)) return this.#pushReserved(found);
    const connects = /^(?:and|or)$/i.test(found);
    const fixed = fixedName.test(found) || (this.#mode !== 'bracket' && clauseName.test(found));
    const ordinary = fixed ? ['NAME', 'FIXED'] : ['NAME'];
    const kinds = connects || /^not$/i.test(found) ? ['RESERVED'] : ordinary;
    return this.#push(found.length, connects ? [...kinds, 'OPERATOR'] : kinds, { word: found });
  }

  /** IF before a value, and THEN and ELSE while one waits for its ELSE. */
  #chooses(found: string): boolean {
    const upper = found.toUpperCase();
    const behind = this.#text.slice(this.#at + found.length);
    if (!['IF', 'THEN', 'ELSE'].includes(upper) || !/^[\s("'$[{]/.test(behind) || /^\s*:/.test(behind)) return false;
    if (upper === 'IF') this.#choices++;
    else if (this.#choices === 0) return false;
    else if (upper === 'ELSE') this.#choices--;
    return true;
  }

  #readString(): boolean {
    if (this.#followsJavaScript()) {
      const end = this.#text.startsWith('"""', this.#at) ? this.#text.indexOf('"""', this.#at + 3) : -1;
      if (end >= 0) return this.#push(end + 3 - this.#at, ['SCRIPT']);
    }
    const found = readString(this.#text, this.#at);
    return (
      found !== undefined && this.#push(found.end - this.#at, ['STRING'], { interpolations: found.interpolations })
    );
  }
}

function isWordOf(token: Token | undefined, text: string): boolean {
  return token?.word?.toUpperCase() === text;
}

function isReserved(token: Token | undefined, text: string): boolean {
  return token?.kinds.includes('RESERVED') === true && token.word?.toUpperCase() === text;
}

/** A STEP, or the bracket of an index, touches one of these. */
function takesSteps(token: Token): boolean {
  if (token.kinds.includes('NAME')) return !token.kinds.includes('FIXED');
  return ['VARIABLE', 'STEP', 'CLOSING'].some((kind) => token.kinds.includes(kind));
}

interface StringRead {
  readonly end: number;
  readonly interpolations: readonly Interpolated[];
}

const escaped = /\\(?:[nrt"$\\]|u\{([\da-f]{1,6})\})/iy;

/** The length of the escape at a place, or undefined when there is none. */
function escapeLength(text: string, at: number): number | undefined {
  escaped.lastIndex = at;
  const [found, digits] = escaped.exec(text) ?? [];
  if (digits === undefined) return found !== undefined && /[NRT]/.test(found) ? undefined : found?.length;
  const code = Number.parseInt(digits, 16);
  return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : found?.length;
}

/** The string that opens at `start`, or undefined when it is not closed, or has a backslash too many. */
function readString(text: string, start: number): StringRead | undefined {
  const escapes = text[start] !== '"';
  const opening = escapes ? start + 1 : start;
  const quote = text.startsWith('"""', opening) ? '"""' : '"';
  const interpolations: Interpolated[] = [];
  let at = opening + quote.length;
  while (at < text.length) {
    if (escapes && text[at] === '\\') {
      const length = escapeLength(text, at);
      if (length === undefined) return undefined;
      at += length;
    } else if (text.startsWith('$$', at)) at += 2;
    else if (text.startsWith('${', at)) {
      const end = interpolationEnd(text, at + 2, quote === '"""');
      if (end === undefined) return undefined;
      interpolations.push({ text: text.slice(at + 2, end) });
      at = end + 1;
    } else if (quote === '"' && text.startsWith('""', at)) at += 2;
    else if (text.startsWith(quote, at)) return { end: at + quote.length, interpolations };
    else if (quote === '"' && /[\r\n]/.test(text[at] ?? '')) return undefined;
    else at++;
  }
  return undefined;
}

/** The place of the brace that closes. */
function interpolationEnd(text: string, start: number, severalLines: boolean): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? '';
    if (!severalLines && /[\r\n]/.test(character)) return undefined;
    if (character === '{') depth++;
    else if (character === '}' && depth-- === 0) return at;
    else if (character === "'") at += (/^'[^'\r\n]*'/.exec(text.slice(at, at + 10_000))?.[0].length ?? 1) - 1;
    else if (character === '"') {
      const isMarked = /(?<![\w$.])e$/i.test(text.slice(Math.max(0, at - 2), at));
      const inner = readString(text, isMarked ? at - 1 : at);
      if (inner === undefined) return undefined;
      at = inner.end - 1;
    }
  }
  return undefined;
}
