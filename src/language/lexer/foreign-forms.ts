// Forms of other languages, and misspelt words of this one, that the lexer reads as what was meant: `elif` as ELSE IF,
// `==` as `=`, `fi` as END, `x = 5` as `$x = 5`, `whlie` as WHILE. So a block keeps its END and a variable its name, and
// one mistake is one message. The lexer repairs only for a check, which reports each repair; and only where the text
// could not be right as it stands, so a repair never changes what a correct script means.
import { commands, isCommandWord } from '../catalogue/catalogue.ts';
import { otherWordFor } from '../catalogue/other-words.ts';
import { nearestMatch } from '../diagnostics/nearest-match.ts';
import type { Range } from '../tree/source-text.ts';
import { endOf, someBlank, statementWords as spelledStatements } from './patterns.ts';
import { statementNames, type TokenKind } from './token.ts';

/** What was written, and what to write instead: a whole sentence. */
export interface Repair extends Range {
  readonly kind: 'word' | 'end' | 'variable' | 'operator' | 'brace' | 'character';
  readonly suggestion: string;
}

/** A token that the lexer takes for a foreign form; offsets count in its text. */
export interface MeantToken extends Range {
  readonly kind: TokenKind;
}

/** A foreign form at the beginning of a statement; `end` is where the lexer goes on. */
export interface ForeignForm {
  readonly kind: 'word' | 'variable' | 'character';
  readonly written: Range;
  readonly suggestion: string;
  readonly tokens: readonly MeantToken[];
  readonly opensExpression: boolean;
  readonly end: number;
}

interface MeantWord {
  readonly kinds: readonly TokenKind[];
  readonly suggestion: string;
  /** What must stand behind the word. */
  readonly before: RegExp;
}

const blank = someBlank;
const anything = /(?=[\s;#="'$[{]|$)/y;
/** Nothing more of the statement follows: a line end, or a word of the block, before which the formatter begins a line. */
const endFollows = new RegExp(`(?=${blank}*(?:[\\r\\n;#:]|$)|${blank}+(?:else|end|finally)\\b)`, 'iy');
const valueFollows = new RegExp(`(?=${blank}+["'$\\d])`, 'y');
const nameFollows = new RegExp(`(?=${blank}+[A-Za-z_][\\w]*\\()`, 'y');
const valueOrCase = new RegExp(`(?=${blank}+(?:case\\b|["'$(]))`, 'iy');
const variableFollows = new RegExp(`(?=${blank}+\\$)`, 'y');

function meant(words: string, kinds: readonly TokenKind[], write: string, before: RegExp): [string, MeantWord][] {
  return words.split(' ').map((word) => [word, { kinds, suggestion: write, before }]);
}

const meantWords: ReadonlyMap<string, MeantWord> = new Map([
  ...meant(
    'fi od done esac endif endwhile endfor endtry endfunction endswitch endselect wend next',
    ['end'],
    'did you mean END?',
    endFollows,
  ),
  ...meant('elif elsif elseif', ['else', 'if'], 'did you mean ELSE IF?', anything),
  ...meant('catch except rescue', ['on-error'], 'did you mean ON ERROR?', /(?=[\s;#{:]|$)/y),
  ...meant('foreach', ['for', 'each'], 'did you mean FOR EACH?', variableFollows),
  ...meant('def proc func fn fun sub procedure', ['function'], 'did you mean FUNCTION?', nameFollows),
  ...meant('throw raise die', ['fail'], 'did you mean FAIL?', valueFollows),
  ...meant('unless', ['if'], 'write IF NOT', anything),
  ...meant('until', ['while'], 'write WHILE NOT', anything),
  ...meant(
    'print say echo puts println printf write-host write-output',
    ['write'],
    'did you mean WRITE?',
    valueFollows,
  ),
  ...meant('select', ['switch'], 'write SWITCH value DO, and WHEN value THEN for each case', valueOrCase),
  ...meant('case', ['when'], 'write WHEN value THEN, within SWITCH value DO … END', anything),
  ...meant('default otherwise', ['else'], 'did you mean ELSE?', endFollows),
  ...meant('sleep start-sleep', ['wait'], 'did you mean WAIT?', valueFollows),
]);

/** Words of statements and blocks, for a misspelt one, each with its kind; TASK begins a command as well. */
const statementWords: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...[...statementNames].filter(([word]) => word !== 'task' && word !== 'on'),
  ...(['else', 'end', 'finally'] as const).map((word): [string, TokenKind] => [word, word]),
]);
const expressionKinds: ReadonlySet<TokenKind> = new Set<TokenKind>(
  [...spelledStatements.values()].flat().flatMap((one) => (one.opensExpression ? [one.kind] : [])),
);
/** What a word at the beginning of a statement may have been meant to be. */
const firstWords: ReadonlySet<string> = new Set([
  ...commands.map((one) => one.words.split(' ')[0] ?? ''),
  ...statementWords.keys(),
]);

/** `select case $x`, `case $x of`, `case "$x" in`. */
const choice = new RegExp(
  `(select${blank}+case|case(?=${blank}[^\\r\\n]*${blank}(?:in|of)${blank}*(?:[\\r\\n#]|$)))`,
  'iy',
);
const dollarBehind = new RegExp(`([A-Za-z_]\\w*)\\$(?=${blank}*:?=(?!=))`, 'y');
const wordPattern = /[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z]+)?/y;
const declaration = new RegExp(
  `(let|var|const|local|my|dim|export|declare)${blank}+(\\$?)([A-Za-z_]\\w*)(?=${blank}*:?=)`,
  'iy',
);
const assignment = new RegExp(`([A-Za-z_]\\w*)(?=${blank}*:?=(?!=))`, 'y');
const caught = new RegExp(`(catch)${blank}*\\(${blank}*(\\$\\w+)${blank}*\\)`, 'iy');
const colonBehind = new RegExp(`(else|try|finally|do|then)${blank}*(:)${endFollows.source}`, 'iy');
const lastColon = new RegExp(`${blank}*:${endFollows.source}`, 'iy');
const loneColon = new RegExp(`:(?:${endFollows.source}|(?=${blank}+(?:when|on)\\b))`, 'iy');

/** The foreign or misspelt form that begins where a statement begins. */
export function foreignStatement(text: string, at: number): ForeignForm | undefined {
  return (
    declared(text, at) ??
    withColon(text, at) ??
    caughtVariable(text, at) ??
    chosen(text, at) ??
    withDollarBehind(text, at) ??
    foreignWord(text, at)
  );
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** `let x = 5`, `let $x = 5`, `x = 5`. */
function declared(text: string, at: number): ForeignForm | undefined {
  const found = matchAt(declaration, text, at);
  if (found !== null) {
    const [whole, word = '', dollar, name = ''] = found;
    const end = at + whole.length;
    const start = end - name.length - (dollar === '$' ? 1 : 0);
    const leave = otherWordFor('', word) ?? 'leave it out';
    return {
      kind: 'word',
      written: { start: at, end: at + word.length },
      suggestion: dollar === '$' ? leave : `leave it out, and write $${name}`,
      tokens: [{ kind: 'variable', start, end }],
      opensExpression: false,
      end,
    };
  }
  const name = matchAt(assignment, text, at)?.[1];
  if (name === undefined || isCommandWord(name)) return undefined;
  const written = { start: at, end: at + name.length };
  const tokens = [{ kind: 'variable' as const, ...written }];
  return { kind: 'variable', written, suggestion: '', tokens, opensExpression: false, end: written.end };
}

/** `else:` and `try:`, and the colon behind the header of a function. */
function withColon(text: string, at: number): ForeignForm | undefined {
  const colon = { kind: 'character', suggestion: 'take it away', opensExpression: false } as const;
  if (endOf(loneColon, text, at) >= 0)
    return { ...colon, written: { start: at, end: at + 1 }, tokens: [], end: at + 1 };
  const found = matchAt(colonBehind, text, at);
  if (found === null) return undefined;
  const end = at + found[0].length;
  const word = found[1] ?? '';
  const tokens = [{ kind: word.toLowerCase() as TokenKind, start: at, end: at + word.length }];
  return { ...colon, written: { start: end - 1, end }, tokens, end };
}

/** `catch ($e)`. */
function caughtVariable(text: string, at: number): ForeignForm | undefined {
  const found = matchAt(caught, text, at);
  if (found === null) return undefined;
  const [whole, , variable = ''] = found;
  const start = at + whole.indexOf('$');
  return {
    kind: 'word',
    written: { start: at, end: at + 5 },
    suggestion: `write ON ERROR ${variable}`,
    tokens: [
      { kind: 'on-error', start: at, end: at + 5 },
      { kind: 'variable', start, end: start + variable.length },
    ],
    opensExpression: false,
    end: at + whole.length,
  };
}

function chosen(text: string, at: number): ForeignForm | undefined {
  const end = endOf(choice, text, at);
  if (end < 0) return undefined;
  return form(
    at,
    end,
    'write SWITCH value DO, and WHEN value THEN for each case',
    [{ kind: 'switch', start: at, end }],
    'switch',
  );
}

/** `i$ = 0`. */
function withDollarBehind(text: string, at: number): ForeignForm | undefined {
  const name = matchAt(dollarBehind, text, at)?.[1];
  if (name === undefined) return undefined;
  const dollar = at + name.length;
  return {
    kind: 'character',
    written: { start: dollar, end: dollar + 1 },
    suggestion: `the dollar stands before the name: $${name}`,
    tokens: [{ kind: 'variable', start: at, end: dollar }],
    opensExpression: false,
    end: dollar + 1,
  };
}

function foreignWord(text: string, at: number): ForeignForm | undefined {
  const end = endOf(wordPattern, text, at);
  if (end < 0 || end - at > 20) return undefined;
  const word = text.slice(at, end).toLowerCase();
  const known = meantWords.get(word);
  if (known !== undefined) {
    if (endOf(known.before, text, end) < 0) return undefined;
    const tokens = splitTokens(known.kinds, at, end);
    const found = form(at, end, known.suggestion, tokens, known.kinds.at(-1));
    return { ...found, end: Math.max(end, endOf(lastColon, text, end)) };
  }
  if (endOf(anything, text, end) < 0 || isCommandWord(word)) return undefined;
  const kind = misspelt(word);
  if (kind === undefined) return undefined;
  const written = kind === 'every-loop' ? 'EVERY' : kind.toUpperCase();
  return form(at, end, `did you mean ${written}?`, [{ kind, start: at, end }], kind);
}

function form(
  start: number,
  end: number,
  suggestion: string,
  tokens: readonly MeantToken[],
  last: TokenKind | undefined,
): ForeignForm {
  const opensExpression = last !== undefined && (expressionKinds.has(last) || last === 'each');
  return { kind: 'word', written: { start, end }, suggestion, tokens, opensExpression, end };
}

/** One token for the whole word, or two that touch in its middle. */
function splitTokens([first, second]: readonly TokenKind[], start: number, end: number): readonly MeantToken[] {
  if (first === undefined) return [];
  if (second === undefined) return [{ kind: first, start, end }];
  return [
    { kind: first, start, end: end - second.length },
    { kind: second, start: end - second.length, end },
  ];
}

/**
 * The statement that a word is nearest to, when no command is as near. Of three letters only two that changed places
 * count, and nothing shorter: too many names of programs are as near as that.
 */
function misspelt(word: string): TokenKind | undefined {
  if (word.length < 3) return undefined;
  const nearest = nearestMatch(word, firstWords);
  const kind = nearest === undefined ? undefined : statementWords.get(nearest);
  if (nearest === undefined || kind === undefined || Math.abs(nearest.length - word.length) > 2) return undefined;
  const sorted = (letters: string): string => [...letters].sort().join('');
  return word.length > 3 || sorted(word) === sorted(nearest) ? kind : undefined;
}

/** `// …`; no operator is written so. */
const slashes = /\/\/[^\r\n]*/y;

/** A comment of another language behind a value, or its whole division. */
export function foreignComment(
  text: string,
  at: number,
): { readonly end: number; readonly suggestion: string } | undefined {
  if (text.charCodeAt(at) !== 47 || text.charCodeAt(at + 1) !== 47 || !/[ \t]/.test(text[at - 1] ?? ''))
    return undefined;
  const end = endOf(slashes, text, at);
  const divides = /^\/\/[ \t]*[\d$(]/.test(text.slice(at, at + 10));
  return { end, suggestion: divides ? 'write floor(a / b); a comment begins with #' : 'a comment begins with #' };
}

const operatorSigns: ReadonlyMap<string, readonly [TokenKind, string]> = new Map([
  ['==', ['same', '=']],
  ['===', ['same', '=']],
  ['!=', ['not-equal', '<>']],
  ['!==', ['not-equal', '<>']],
  ['~=', ['not-equal', '<>']],
  ['=>', ['at-least', '>=']],
  ['=<', ['at-most', '<=']],
  ['&&', ['and', 'AND']],
  ['||', ['or', 'OR']],
  ['!', ['not', 'NOT']],
  ['&', ['plus', '+']],
]);
const operatorSign = /===?|!==?|~=|=[<>]|&&|\|\||[!&]/y;

const operatorWords: ReadonlyMap<string, readonly [TokenKind, string]> = new Map([
  ['eq', ['same', '=']],
  ['is', ['same', '=']],
  ['ne', ['not-equal', '<>']],
  ['gt', ['greater', '>']],
  ['ge', ['at-least', '>=']],
  ['lt', ['less', '<']],
  ['le', ['at-most', '<=']],
  ['mod', ['modulo', '%']],
]);
const dashedWords: ReadonlyMap<string, readonly [TokenKind, string]> = new Map([
  ...operatorWords,
  ['and', ['and', 'AND']],
  ['or', ['or', 'OR']],
]);
// Behind a word and a bracket a function could be meant.
const operatorWord = new RegExp(`(-?)([A-Za-z]{2,3})(?=${blank}+[^\\s(])`, 'y');

export interface ForeignOperator {
  readonly kind: TokenKind;
  readonly end: number;
  readonly suggestion: string;
}

/** An operator of another language; `isBehindValue` tells whether an operator may stand here, and no value. */
export function foreignOperator(
  text: string,
  at: number,
  isBehindValue: boolean,
  isBehindText: boolean,
): ForeignOperator | undefined {
  const sign = matchAt(operatorSign, text, at)?.[0];
  if (sign !== undefined) {
    const joins = sign === '||' && (isBehindText || new RegExp(`${blank}*["']`, 'y').test(text.slice(at + 2, at + 12)));
    return operatorOf(joins ? ['plus', '+'] : operatorSigns.get(sign), at + sign.length);
  }
  if (!isBehindValue) return undefined;
  const found = matchAt(operatorWord, text, at);
  if (found === null) return undefined;
  const word = (found[2] ?? '').toLowerCase();
  return operatorOf((found[1] === '-' ? dashedWords : operatorWords).get(word), at + found[0].length);
}

function operatorOf(one: readonly [TokenKind, string] | undefined, end: number): ForeignOperator | undefined {
  return one && { kind: one[0], end, suggestion: `did you mean ${one[1]}?` };
}

const foreignQuote = /[“”„‟«»‘’‚‛‹›]/;
const quoted = /[“”„‟«»‘’‚‛‹›][^“”„‟«»‘’‚‛‹›"\r\n]*[“”„‟«»‘’‚‛‹›"]?/y;
const inBackticks = /`[^`\r\n]*`/y;
const withEscapes = /"(?:[^"\\\r\n]|\\.)*"/y;
const substituted = /\$(?:\([^()\r\n]*\)|\{[^{}\r\n]*\}|[\d@*?#]+)/y;

export interface ForeignText {
  readonly end: number;
  readonly suggestion: string;
  /** How much of it the message is about. */
  readonly marked: number;
}

/** A text in quotes that are none here, `$(…)`, `$1`: its value is not known. */
export function foreignText(text: string, at: number, inExpression: boolean): ForeignText | undefined {
  const first = text[at] ?? '';
  if (foreignQuote.test(first)) return { end: endOf(quoted, text, at), suggestion: 'write " for a quote', marked: 1 };
  const backticked = first === '`' && inExpression ? endOf(inBackticks, text, at) : -1;
  if (backticked > 0) return { end: backticked, suggestion: 'write a text in "…"', marked: 1 };
  const end = first === '$' ? endOf(substituted, text, at) : -1;
  if (end < 0) return undefined;
  const suggestions: Readonly<Record<string, string>> = {
    '(': 'write $name = command, which gives the result of a command',
    '{': 'write a variable without braces: $name; only strings have ${…}',
  };
  const otherwise = 'declare what a script is given: PARAM $name';
  return { end, suggestion: suggestions[text[at + 1] ?? ''] ?? otherwise, marked: end - at };
}

/** Words that may touch the string before them. */
const wordBehindString = /(?:and|or|then|do|else|end|finally|to|step|every|timeout|columns)\b/iy;

/** The end of a string with `\"` in it that was meant to go on behind that; `end` is where it ends here. */
export function escapedEnd(text: string, at: number, end: number): number {
  if (text[end - 2] !== '\\' || !/\w/.test(text[end] ?? '') || endOf(wordBehindString, text, end) >= 0) return -1;
  const close = endOf(withEscapes, text, at);
  return close > end ? close : -1;
}

/** Digits that are no number here; the parser says why. */
const wrongNumber = /\d[\w.]*|\.\d[\w.]*/y;
const wrongArgument = /\.\d[\w.]*(?=[\s;]|$)/y;

/** In a command, only a whole argument is taken for a number; `.5/files` is a word. */
export function wrongNumberEnd(text: string, at: number, inCommand: boolean): number {
  return endOf(inCommand ? wrongArgument : wrongNumber, text, at);
}
