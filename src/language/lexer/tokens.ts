// The tokens, in three modes. A file begins in command mode, where an argument is a bare word unless it says otherwise, so
// paths and addresses need no quotes. `$name =` at the start of a statement and the words IF, WHILE, UNTIL, FOR, RETURN, WRITE, FAIL,
// EXIT and WAIT open expression mode, which lasts to the end of the line, a `;`, or one of THEN, DO, ELSE, END, FINALLY.
// A bracket opens bracket mode in either, in which a line end is a blank.
//
// Which mode a word belongs to depends on what came before it, so several patterns are functions of the tokens already
// matched. All of them look at a bounded piece of the text.
import { type CustomPatternMatcherFunc, type IToken, Lexer, type TokenType } from 'chevrotain';
import { Blank, BracketBlank, BracketContinuation, Comment, Continuation } from './blanks.ts';
import { commandWordAt } from './command-word.ts';
import { digits, quantity, someBlank } from './literal-patterns.ts';
import { rawEnd, stringEnd } from './string-scanner.ts';
import { abstractToken, anyCharacter, found, stickyMatch, token } from './token-making.ts';

type Mode = 'command' | 'expression' | 'bracket';

/** The offset behind the last character of a token. */
export function tokenEnd(one: IToken): number {
  return one.startOffset + one.image.length;
}

function isGlued(tokens: readonly IToken[], offset: number): IToken | undefined {
  const last = tokens[tokens.length - 1];
  return last !== undefined && tokenEnd(last) === offset ? last : undefined;
}

// ---- Kinds that exist in more than one mode; the parser knows only these.

export const Terminator = abstractToken('Terminator', 'the end of the line');
export const Then = abstractToken('Then', 'THEN');
export const Do = abstractToken('Do', 'DO');
export const Else = abstractToken('Else', 'ELSE');
export const End = abstractToken('End', 'END');
export const Finally = abstractToken('Finally', 'FINALLY');
export const BinaryOperator = abstractToken('BinaryOperator', 'an operator');
export const Name = abstractToken('Name', 'a name');
export const Word = abstractToken('Word', 'a word');
export const Literal = abstractToken('Literal', 'a number, date or time');

// ---- Strings, variables, brackets: the same in every mode.

const unclosedPattern = /"[^\r\n]*/y;
export const StringLiteral = token(
  'StringLiteral',
  (text, offset) => {
    const end = stringEnd(text, offset);
    return end < 0 ? null : found(text.slice(offset, end));
  },
  { label: 'a string', start_chars_hint: ['"'] },
);
export const RawString = token(
  'RawString',
  (text, offset) => {
    const end = rawEnd(text, offset);
    return end === offset + 1 ? null : found(text.slice(offset, end));
  },
  { label: 'a string', start_chars_hint: ["'"] },
);
export const UnclosedBlock = token(
  'UnclosedBlock',
  (text, offset) => (text.startsWith('"""', offset) ? found(text.slice(offset)) : null),
  {
    start_chars_hint: ['"'],
  },
);
export const UnclosedString = token(
  'UnclosedString',
  (text, offset) => {
    if (text[offset] === '"') return stickyMatch(unclosedPattern, text, offset);
    return text[offset] === "'" ? stickyMatch(/'[^\r\n]*/y, text, offset) : null;
  },
  { start_chars_hint: ['"', "'"] },
);
export const Variable = token('Variable', /\$[A-Za-z_][A-Za-z0-9_]*/, { label: 'a variable' });

const openRound = { push_mode: 'bracket' } as const;
export const OpenRound = token('OpenRound', /\(/, { ...openRound, label: '(' });
export const OpenSquare = token('OpenSquare', /\[/, { ...openRound, label: '[' });
export const OpenCurly = token('OpenCurly', /\{/, { ...openRound, label: '{' });
export const CloseRound = token('CloseRound', /\)/, { pop_mode: true, label: ')' });
export const CloseSquare = token('CloseSquare', /\]/, { pop_mode: true, label: ']' });
export const CloseCurly = token('CloseCurly', /\}/, { pop_mode: true, label: '}' });
// In the other modes nothing is open, so a closing bracket must not leave the mode.
const strayClosing = token('StrayClosing', /[)\]}]/);

const canHaveSteps = (last: IToken): boolean =>
  last.tokenType === Variable ||
  last.tokenType === Step ||
  last.tokenType === CloseSquare ||
  last.tokenType === CloseRound ||
  last.tokenType === CloseCurly ||
  last.tokenType === PlainName;

/** `[` of `$list[0]`: touching what it is taken from. */
export const OpenIndex = token(
  'OpenIndex',
  (text, offset, tokens) => {
    const last = text[offset] === '[' ? isGlued(tokens, offset) : undefined;
    return last !== undefined && canHaveSteps(last) ? found('[') : null;
  },
  { ...openRound, label: '[', start_chars_hint: ['['] },
);
/** `.state` of `$con.target.state`. */
export const Step: TokenType = token(
  'Step',
  (text, offset, tokens) => {
    const last = isGlued(tokens, offset);
    return last !== undefined && canHaveSteps(last) ? stickyMatch(/\.[A-Za-z_][A-Za-z0-9_]*/y, text, offset) : null;
  },
  { label: 'a field', start_chars_hint: ['.'] },
);

// ---- Line ends.

export const Comma = token('Comma', /,/, { label: ',' });
const OpenLine = token(
  'OpenLine',
  (text, offset, tokens) => {
    const last = tokens[tokens.length - 1];
    return last !== undefined && continuing.has(last.tokenType) ? stickyMatch(/\r\n|\r|\n/y, text, offset) : null;
  },
  { group: Lexer.SKIPPED, start_chars_hint: ['\r', '\n'] },
);
const LineEnd = token('LineEnd', /\r\n|\r|\n/, {
  categories: Terminator,
  line_breaks: true,
  label: 'the end of the line',
});
const Semicolon = token('Semicolon', /;/, { categories: Terminator });
const ExpressionLineEnd = token('ExpressionLineEnd', /\r\n|\r|\n/, {
  categories: Terminator,
  line_breaks: true,
  pop_mode: true,
});
const ExpressionSemicolon = token('ExpressionSemicolon', /;/, { categories: Terminator, pop_mode: true });

// ---- Words that close or divide a block, in command and in expression mode.

function reserved(word: string, category: TokenType): { readonly command: TokenType; readonly expression: TokenType } {
  const pattern = new RegExp(
    `${word.replace(/./g, (letter) => `[${letter}${letter.toLowerCase()}]`)}(?=[\\s;#,=()"'$]|$)`,
  );
  return {
    command: token(`${word}InCommand`, pattern, { categories: category, label: word }),
    expression: token(`${word}InExpression`, pattern, { categories: category, label: word, pop_mode: true }),
  };
}

const reservedWords = [
  reserved('THEN', Then),
  reserved('DO', Do),
  reserved('ELSE', Else),
  reserved('END', End),
  reserved('FINALLY', Finally),
];

// ---- Words that begin a statement, and are ordinary words elsewhere.

/** Whether a statement begins behind the first `count` tokens. */
export function isStatementStart(tokens: readonly IToken[], count = tokens.length): boolean {
  const last = tokens[count - 1];
  if (last === undefined || opening.has(last.tokenType)) return true;
  if (last.tokenType === Variable) return tokens[count - 2]?.tokenType === OnError;
  return last.tokenType === CloseRound && closesParameters(tokens, count);
}

/** Whether the bracket that ends the first `count` tokens closes the parameters of a FUNCTION. */
function closesParameters(tokens: readonly IToken[], count: number): boolean {
  let depth = 0;
  for (let at = count - 1; at >= 0; at--) {
    const type = tokens[at]?.tokenType;
    if (type === CloseRound || type === CloseSquare || type === CloseCurly) depth++;
    else if (type === OpenRound || type === OpenSquare || type === OpenCurly || type === OpenIndex) depth--;
    if (depth === 0) return tokens[at - 2]?.tokenType === FunctionWord;
  }
  return false;
}

function statement(
  word: string,
  mode: 'expression' | 'command',
  following = String.raw`(?=[\s;#("'$\[{]|$)`,
  name = `${word[0]}${word.slice(1).toLowerCase()}Statement`,
): TokenType {
  const pattern = new RegExp(word + following, 'iy');
  return token(name, (text, offset, tokens) => (isStatementStart(tokens) ? stickyMatch(pattern, text, offset) : null), {
    label: word,
    start_chars_hint: [word[0] ?? '', (word[0] ?? '').toLowerCase()],
    ...(mode === 'expression' ? { push_mode: 'expression' } : {}),
  });
}

export const If = statement('IF', 'expression');
export const While = statement('WHILE', 'expression');
export const For = statement('FOR', 'expression');
export const Write = statement('WRITE', 'expression');
export const Fail = statement('FAIL', 'expression');
export const Exit = statement('EXIT', 'expression');
export const Return = statement('RETURN', 'expression');
/** `WAIT FOR …` is a command. */
export const Wait = statement('WAIT', 'expression', String.raw`(?!${someBlank}+for${someBlank})(?=[\s;#("'$\[{]|$)`);
export const Break = statement('BREAK', 'command');
export const Continue = statement('CONTINUE', 'command');
export const Try = statement('TRY', 'command');
export const FunctionWord = statement('FUNCTION', 'command');
export const Param = statement('PARAM', 'command');
export const OnError = statement('ON', 'command', String.raw`${someBlank}+error(?=[\s;#$]|$)`, 'OnErrorStatement');
export const On = statement('ON', 'command');
export const Include = statement('INCLUDE', 'command');
export const Parallel = statement('PARALLEL', 'command');
export const EveryWord = statement('EVERY', 'expression');
/** `TASK word` is a command, `TASK name(` defines. */
export const TaskWord = statement('TASK', 'command', `(?=${someBlank}+[^\\s"'$;()\\[\\]{},=]+${someBlank}*\\()`);
/** The body of a task, up to the next three quotes: it is not ours, so nothing in it means anything here. */
export const ScriptBody = token(
  'ScriptBody',
  (text, offset, tokens) => {
    if (!text.startsWith('"""', offset) || !followsJavaScript(tokens)) return null;
    const end = text.indexOf('"""', offset + 3);
    return end < 0 ? null : found(text.slice(offset, end + 3));
  },
  { label: 'a script in """ … """', start_chars_hint: ['"'] },
);

function followsJavaScript(tokens: readonly IToken[]): boolean {
  const [closing, preposition, language] = tokens.slice(-3);
  return (
    closing?.tokenType === CloseRound &&
    preposition?.image.toUpperCase() === 'IN' &&
    language?.image.toUpperCase() === 'JAVASCRIPT'
  );
}

/** `=` behind a variable that opens a statement: what follows is an expression or a command. */
export const Assign = token(
  'Assign',
  (text, offset, tokens) => {
    const before = tokens[tokens.length - 1];
    return text[offset] === '=' && before?.tokenType === Variable && isStatementStart(tokens, tokens.length - 1)
      ? found('=')
      : null;
  },
  { push_mode: 'expression', label: '=', start_chars_hint: ['='] },
);
/** The first word of a command that stands behind `$x =`. */
export const CommandStart = token(
  'CommandStart',
  (text, offset, tokens) => (tokens[tokens.length - 1]?.tokenType === Assign ? commandWordAt(text, offset) : null),
  {
    categories: Word,
    pop_mode: true,
    label: 'a command',
    start_chars_hint: [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  },
);

// ---- Command mode: literals need a delimiter behind them, everything else is a word.

const behindLiteral = String.raw`(?=[\s;,)\]}=]|$)`;
const commandLiteral = token('CommandLiteral', new RegExp(`${digits}|-?${quantity})${behindLiteral}`), {
  categories: Literal,
  label: 'a number',
  start_chars_hint: [...'-0123456789'],
});
const Equals = token('Equals', /=/, { label: '=' });

export { Equals };

// A word ends at a blank, a quote, a dollar, a bracket, a comma or an equals sign; control characters are in none. A `\`
// alone is no word: at the end of a line it would be one or none by the blank before it.
const notInWord = String.raw`\s"'$;()\[\]{},=\u0000-\u001f\u007f\ufeff`;
const PlainWord = token('PlainWord', new RegExp(`(?!\\\\(?:[${notInWord}]|$))[^#${notInWord}][^${notInWord}]*`), {
  categories: Word,
  label: 'a word',
  start_chars_hint: anyCharacter,
});

// ---- Expression and bracket mode.

const expressionLiteral = token('ExpressionLiteral', new RegExp(`${digits}|${quantity})(?![A-Za-z0-9_])`), {
  categories: Literal,
  label: 'a number',
  start_chars_hint: [...'0123456789'],
});
const operator = (name: string, pattern: RegExp, label: string): TokenType =>
  token(name, pattern, { categories: BinaryOperator, label });
export const NotEqual = operator('NotEqual', /<>/, '<>');
export const AtMost = operator('AtMost', /<=/, '<=');
export const AtLeast = operator('AtLeast', />=/, '>=');
export const Less = operator('Less', /</, '<');
export const Greater = operator('Greater', />/, '>');
export const Same = operator('Same', /=/, '=');
export const Plus = operator('Plus', /\+/, '+');
export const Minus = operator('Minus', /-/, '-');
export const Times = operator('Times', /\*/, '*');
export const Divide = operator('Divide', /\//, '/');
export const Modulo = operator('Modulo', /%/, '%');
export const Colon = token('Colon', /:/, { label: ':' });
export const PlainName = token('PlainName', /[A-Za-z_][A-Za-z0-9_]*/, { categories: Name, label: 'a name' });
const nameWord = (name: string, pattern: RegExp, category: TokenType): TokenType =>
  token(name, pattern, { categories: category, longer_alt: PlainName, label: name.toUpperCase() });
export const And = nameWord('And', /[Aa][Nn][Dd]/, BinaryOperator);
export const Or = nameWord('Or', /[Oo][Rr]/, BinaryOperator);
export const Not = token('Not', /[Nn][Oo][Tt]/, { longer_alt: PlainName, label: 'NOT' });
export const True = nameWord('True', /[Tt][Rr][Uu][Ee]/, Name);
export const False = nameWord('False', /[Ff][Aa][Ll][Ss][Ee]/, Name);
export const None = nameWord('None', /[Nn][Oo][Nn][Ee]/, Name);
export const Each = nameWord('Each', /[Ee][Aa][Cc][Hh]/, Name);
export const In = nameWord('In', /[Ii][Nn]/, Name);
export const To = nameWord('To', /[Tt][Oo]/, Name);
export const By = nameWord('Step_', /[Ss][Tt][Ee][Pp]/, Name);
export const Until = nameWord('Until', /[Uu][Nn][Tt][Ii][Ll]/, Name);
export const Every = nameWord('Every', /[Ee][Vv][Ee][Rr][Yy]/, Name);
export const Timeout = nameWord('Timeout', /[Tt][Ii][Mm][Ee][Oo][Uu][Tt]/, Name);

/** A script of a hundred thousand lines has fewer; more would take more time and memory than a check may. */
export const wordsMax = 1_000_000;

/** All that stands behind the last token that is read. It comes first in every mode. */
const Surplus = token(
  'Surplus',
  (text, offset, tokens) => (tokens.length <= wordsMax ? null : found(text.slice(offset))),
  { start_chars_hint: anyCharacter },
);

/** So many characters that nothing takes are no script; then one token takes all that is left. */
const unknownMax = 2000;
/** How many there have been, by the list of tokens that the lexer is filling. */
const unknownCounts = new WeakMap<readonly IToken[], number>();

const unknown: CustomPatternMatcherFunc = (text, offset, tokens) => {
  const count = (unknownCounts.get(tokens) ?? 0) + 1;
  unknownCounts.set(tokens, count);
  return found(count < unknownMax ? (text[offset] ?? '') : text.slice(offset));
};

/** Any character that nothing else takes; reported, and dropped before the parser sees it. */
export const Unknown = token('Unknown', unknown, { start_chars_hint: anyCharacter });
export const unknownTokens: ReadonlySet<TokenType> = new Set([Unknown, strayClosing]);

const opening: ReadonlySet<TokenType> = new Set([
  LineEnd,
  Semicolon,
  ExpressionLineEnd,
  ExpressionSemicolon,
  ...reservedWords.slice(0, 3).flatMap((word) => [word.command, word.expression]),
  ...reservedWords.slice(4).flatMap((word) => [word.command, word.expression]),
  Try,
  OnError,
]);

/** Behind one of these the next line belongs to the same statement. */
export const continuing: ReadonlySet<TokenType> = new Set([
  Comma,
  NotEqual,
  AtMost,
  AtLeast,
  Less,
  Greater,
  Same,
  Plus,
  Minus,
  Times,
  Divide,
  Modulo,
  And,
  Or,
]);

const values = [StringLiteral, UnclosedBlock, UnclosedString, RawString, Variable];
const operators = [NotEqual, AtMost, AtLeast, Less, Greater, Same, Plus, Minus, Times, Divide, Modulo, Colon, Comma];
const nameWords = [And, Or, Not, True, False, None];
const clauseWords = [Each, In, To, By, Until, Every, Timeout];

const statementTokens = [
  If,
  While,
  For,
  Write,
  Wait,
  Fail,
  Exit,
  Return,
  Break,
  Continue,
  Try,
  FunctionWord,
  Param,
  OnError,
  On,
  Include,
  Parallel,
  EveryWord,
  TaskWord,
];

/** The words of the language itself, in whatever mode. */
export const keywordTokens: ReadonlySet<TokenType> = new Set([
  ...statementTokens,
  ...reservedWords.flatMap((word) => [word.command, word.expression]),
  ...nameWords,
  ...clauseWords,
]);

export const modes: Readonly<Record<Mode, TokenType[]>> = {
  command: [
    Surplus,
    Continuation,
    Blank,
    Comment,
    OpenLine,
    LineEnd,
    Semicolon,
    ScriptBody,
    StringLiteral,
    UnclosedBlock,
    RawString,
    UnclosedString,
    Variable,
    Step,
    OpenIndex,
    OpenRound,
    OpenSquare,
    OpenCurly,
    strayClosing,
    Comma,
    Assign,
    Equals,
    ...statementTokens,
    ...reservedWords.map((word) => word.command),
    commandLiteral,
    PlainWord,
    Unknown,
  ],
  expression: [
    Surplus,
    Continuation,
    Blank,
    Comment,
    OpenLine,
    ExpressionLineEnd,
    ExpressionSemicolon,
    CommandStart,
    ...values.filter((one) => one !== UnclosedString),
    UnclosedString,
    Step,
    OpenIndex,
    OpenRound,
    OpenSquare,
    OpenCurly,
    strayClosing,
    ...reservedWords.map((word) => word.expression),
    expressionLiteral,
    ...operators,
    ...nameWords,
    ...clauseWords,
    PlainName,
    Unknown,
  ],
  bracket: [
    Surplus,
    BracketContinuation,
    BracketBlank,
    Comment,
    ...values.filter((one) => one !== UnclosedString),
    UnclosedString,
    Step,
    OpenIndex,
    OpenRound,
    OpenSquare,
    OpenCurly,
    CloseRound,
    CloseSquare,
    CloseCurly,
    expressionLiteral,
    ...operators,
    ...nameWords,
    PlainName,
    Unknown,
  ],
};

/** What the parser has to be told of. */
export const parserTokens: TokenType[] = [
  ...new Set([
    Terminator,
    Then,
    Do,
    Else,
    End,
    Finally,
    BinaryOperator,
    Name,
    Word,
    Literal,
    ...modes.command,
    ...modes.expression,
    ...modes.bracket,
  ]),
];
