// The kinds of tokens as Chevrotain wants them: a type for each kind, and one for each set of kinds that the grammar
// names (WORD, NAME, STRING, SCRIPT). The label of a type is its spelling in grammar/grammar.md.
import { createToken, createTokenInstance, type IToken, Lexer, type TokenType } from 'chevrotain';
import {
  keywords,
  labelOf,
  nameKinds,
  type OperatorKind,
  operatorKinds,
  type TokenKind,
  tokenKinds,
} from '../lexer/token.ts';

const signs: Partial<Readonly<Record<TokenKind, string>>> = {
  same: '=',
  'not-equal': '<>',
  less: '<',
  'at-most': '<=',
  greater: '>',
  'at-least': '>=',
  plus: '+',
  minus: '-',
  times: '*',
  divide: '/',
  modulo: '%',
  assign: '=',
  equals: '=',
  comma: ',',
  colon: ':',
  'open-round': '(',
  'close-round': ')',
  'open-square': '[',
  'close-square': ']',
  'open-curly': '{',
  'close-curly': '}',
};
const spellings: Partial<Readonly<Record<TokenKind, string>>> = {
  terminator: 'LINE-END',
  'every-loop': '"EVERY"',
  'on-error': '"ON" "ERROR"',
  'value-if': '"IF"',
  'value-then': '"THEN"',
  'value-else': '"ELSE"',
  field: 'STEP',
  change: "'+=' '-=' '*=' '/='",
};

type SetName = 'WORD' | 'NAME' | 'STRING' | 'SCRIPT';
const sets: Readonly<Record<SetName, readonly TokenKind[]>> = {
  WORD: ['word', 'command'],
  NAME: ['name', ...nameKinds],
  // What the lexer has reported stands where the whole would stand.
  STRING: ['string', 'raw-string', 'unclosed-string', 'unclosed-block', 'wrong-string'],
  SCRIPT: ['script', 'unclosed-block'],
};
const messages: Readonly<Record<SetName, string>> = {
  WORD: labelOf('word'),
  NAME: labelOf('name'),
  STRING: labelOf('string'),
  SCRIPT: labelOf('script'),
};

export interface TokenTypes {
  readonly ofKind: Readonly<Record<TokenKind, TokenType>>;
  readonly ofSet: Readonly<Record<SetName, TokenType>>;
  readonly operators: readonly (readonly [OperatorKind, TokenType])[];
  readonly all: readonly TokenType[];
  /** One token for each kind, in the order of `tokenKinds`: where a token stands, and its text, the token list knows. */
  readonly tokens: readonly IToken[];
  /** How messages name what was expected. */
  readonly messageOf: (type: TokenType) => string;
}

/** Made when a parser is, because registering the types is work that an import must not do. */
export function tokenTypes(): TokenTypes {
  const names = Object.keys(sets) as SetName[];
  const ofSet = Object.fromEntries(
    names.map((name) => [name, createToken({ name: `ANY_${name}`, label: name, pattern: Lexer.NA })]),
  ) as Record<SetName, TokenType>;
  const typeOf = (kind: TokenKind): TokenType =>
    createToken({
      name: kind.toUpperCase().replaceAll('-', '_'),
      label: spellingOf(kind),
      pattern: Lexer.NA,
      categories: names.filter((name) => sets[name].includes(kind)).map((name) => ofSet[name]),
    });
  const ofKind = Object.fromEntries(tokenKinds.map((kind) => [kind, typeOf(kind)])) as Record<TokenKind, TokenType>;
  const labels = new Map<TokenType, string>([
    ...tokenKinds.map((kind): [TokenType, string] => [ofKind[kind], labelOf(kind)]),
    ...names.map((name): [TokenType, string] => [ofSet[name], messages[name]]),
  ]);
  return {
    ofKind,
    ofSet,
    operators: operatorKinds.map((kind) => [kind, ofKind[kind]] as const),
    all: [...Object.values(ofSet), ...Object.values(ofKind)],
    tokens: tokenKinds.map((kind) => createTokenInstance(ofKind[kind], '', 0, 0, 0, 0, 0, 0)),
    messageOf: (type) => labels.get(type) ?? type.name,
  };
}

function spellingOf(kind: TokenKind): string {
  const sign = signs[kind];
  if (sign !== undefined) return `'${sign}'`;
  return spellings[kind] ?? (keywords.has(kind) ? `"${kind.toUpperCase()}"` : kind.toUpperCase());
}
