// The grammar of tree-sitter, from the rules of grammar/grammar.md: src/grammar.json of editors/tree-sitter-understudy,
// and the units for its scanner. What a place means is told apart by the parser's state there, so command mode and
// expression mode need no state of their own: WORD is only tried where a command may have one. What needs a look ahead
// is in src/scanner.c, written by hand.
//
// The grammar takes a little more than the language: an editor's tree should not break at a mistake that the checker
// explains. A bare name is a value everywhere, not only in the braces of a string, and signs may stand at a line's end.
import { spelledUnits } from '../../src/language/values/units.ts';
import type { Expression, Rule } from './ebnf.ts';

type Node =
  | { readonly type: 'SYMBOL'; readonly name: string }
  | { readonly type: 'STRING' | 'PATTERN'; readonly value: string }
  | { readonly type: 'SEQ' | 'CHOICE'; readonly members: readonly Node[] }
  | { readonly type: 'REPEAT' | 'REPEAT1' | 'IMMEDIATE_TOKEN' | 'TOKEN'; readonly content: Node }
  | { readonly type: 'PREC' | 'PREC_RIGHT'; readonly value: number; readonly content: Node }
  | { readonly type: 'ALIAS'; readonly content: Node; readonly named: boolean; readonly value: string }
  | { readonly type: 'BLANK' };

const symbol = (name: string): Node => ({ type: 'SYMBOL', name });
const text = (value: string): Node => ({ type: 'STRING', value });
const pattern = (value: string): Node => ({ type: 'PATTERN', value });
const sequence = (...members: readonly Node[]): Node => ({ type: 'SEQ', members });
const choice = (...members: readonly Node[]): Node => ({ type: 'CHOICE', members });
const optional = (node: Node): Node => choice(node, { type: 'BLANK' });
const repeat = (content: Node): Node => ({ type: 'REPEAT', content });
const touching = (content: Node): Node => ({ type: 'IMMEDIATE_TOKEN', content });
const alias = (content: Node, value: string, named = true): Node => ({ type: 'ALIAS', content, named, value });
/** Goes before the blanks between tokens, which may stand in a string as well. */
const textInside = (value: string): Node => touching({ type: 'PREC', value: 1, content: pattern(value) });

/** Words that are only read with a look at what follows, by the scanner. */
const scannedWords = ['wait', 'task', 'on', 'on error'];
/** In the order of `enum TokenType` in src/scanner.c. */
const scanned = [
  ...['_line_end', '_expression_literal', '_command_literal', '_command_ahead'],
  ...scannedWords.map(wordRule),
  '_error_sentinel',
];

/** Rules that only give levels of precedence or sorts of statements are no nodes of the tree. */
const hidden = new Set(
  'command-primary command-base statement unchained otherwise condition comparison sum product operand base chosen'.split(
    ' ',
  ),
);

const blank = String.raw`[ \t\f\v\u00a0\ufeff\r\n]`;
const lineContinued = String.raw`\\[ \t]*(\r\n|\r|\n)`;
/** A blank of tree-sitter's patterns is one of ASCII; here it is any of Unicode, as in the lexer. */
const notInWord = String.raw`"'$;()\[\]{},=\u0000-\u0020\u007f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

export function treeSitterGrammar(rules: readonly Rule[]): string {
  return `${JSON.stringify(new Grammar(rules).whole(), null, 1)}\n`;
}

/**
 * The colours, for Neovim and Helix. No two patterns but those of a string and what is in it are of the same place:
 * there one of the two editors would take the first, the other the last.
 */
export function treeSitterHighlights(rules: readonly Rule[]): string {
  const { words } = new Grammar(rules);
  const operators = new Set(['and', 'or', 'not']);
  const values = new Set(['true', 'false', 'none']);
  const quoted = (some: Iterable<string>): string => [...some].map((one) => `"${one}"`).join(' ');
  const keywords = words.filter((one) => !operators.has(one) && !values.has(one)).toSorted();
  return `; Written by \`npm run generate\` from grammar/grammar.md.
(comment) @comment
(part . (word) @string.special .)
(include (word) @string.special)
(on (word) @string.special)
(string) @string
(escape) @string.escape
"\${" @punctuation.special
(literal) @constant.numeric @number
(variable) @variable
(step) @property
(field (name) @property)
(primary . (name) @function . "(")
(primary . (name) @variable . (step))
(interpolation (expression . (primary . (name) @variable .) .))
(command . (word) @function)
(function (word) @function)
(scripted (word) @function)
(part . (word) @function . "(")
(param "as" . (word) @type)
[${quoted(values)}] @constant.builtin
[${quoted(operators)}] @keyword.operator
[${quoted(keywords)}] @keyword
["=" "<>" "<" "<=" ">" ">=" "+" "-" "*" "/" "%"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":"] @punctuation.delimiter
`;
}

/** The units that may stand apart from their number, in small letters, for the scanner. */
export function scannerUnits(): string {
  const units = [...new Set(spelledUnits.map((one) => one.toLowerCase()))];
  return `// Written by \`npm run generate\` from src/language/values/units.ts.\nstatic const char *const spelled_units[] = {\n${units.map((one) => `    "${one}",\n`).join('')}};\n`;
}

class Grammar {
  readonly #rules: ReadonlyMap<string, Expression>;
  readonly #words = new Set<string>();
  readonly #reached = new Set<string>();

  constructor(rules: readonly Rule[]) {
    const written = new Map(rules.map(({ name, expression }) => [name, expression]));
    this.#rules = new Map([
      ...rules.map(({ name, expression }): [string, Expression] => [name, adapted(name, expression)]),
      ...commandRules(written.get('primary'), written.get('base')),
    ]);
  }

  /** The words of the language, in small letters. */
  get words(): readonly string[] {
    this.whole();
    return [...this.#words];
  }

  whole(): object {
    const start = this.#ruleNode('script');
    const waiting = ['script'];
    const others: [string, Node][] = [];
    for (const name of waiting) {
      if (name !== 'script') others.push([ruleName(name), this.#ruleNode(name)]);
      for (const next of this.#reached) if (!waiting.includes(next)) waiting.push(next);
    }
    const words = [...this.#words].filter((word) => !scannedWords.includes(word));
    return {
      name: 'dtcl',
      rules: {
        script: optional(start),
        // Of two tokens of the same length the first rule is meant.
        ...Object.fromEntries(words.map((word) => [wordRule(word), pattern(anyCase(word))])),
        ...Object.fromEntries(others),
        ...tokenRules,
      },
      extras: [pattern(blank), pattern(lineContinued), symbol('comment')],
      conflicts: [],
      precedences: [],
      externals: scanned.map(symbol),
      inline: [],
      supertypes: [],
    };
  }

  #ruleNode(name: string): Node {
    const expression = this.#rules.get(name);
    if (expression === undefined) throw new Error(`there is no rule ${name}`);
    const node = this.#filled(expression);
    if (node === undefined) throw new Error(`the rule ${name} is never more than nothing`);
    // A DO behind `=` is the task of a QUEUETASK, not the block of the command.
    return name === 'part' ? { type: 'PREC_RIGHT', value: 0, content: node } : node;
  }

  #isNullable(expression: Expression): boolean {
    switch (expression.kind) {
      case 'optional':
      case 'repeated':
        return true;
      case 'sequence':
        return expression.items.every((one) => this.#isNullable(one));
      case 'choice':
        return expression.items.some((one) => this.#isNullable(one));
      case 'rule': {
        const rule = this.#rules.get(expression.text);
        return rule !== undefined && this.#isNullable(rule);
      }
      default:
        return false;
    }
  }

  /** All that an expression stands for, the empty text included. */
  #node(expression: Expression): Node {
    const filled = this.#filled(expression);
    if (filled === undefined) return { type: 'BLANK' };
    if (expression.kind === 'repeated') return repeat(this.#filled(expression.item) ?? filled);
    return this.#isNullable(expression) ? optional(filled) : filled;
  }

  /** What an expression stands for but the empty text, which no rule of tree-sitter may be. */
  #filled(expression: Expression): Node | undefined {
    switch (expression.kind) {
      case 'word':
        return this.#word(expression.text.toLowerCase());
      case 'character':
        return text(expression.text);
      case 'token':
        return tokenNode(expression.text);
      case 'rule':
        this.#reached.add(expression.text);
        return expression.text === 'command-primary'
          ? alias(symbol(ruleName(expression.text)), 'primary')
          : symbol(ruleName(expression.text));
      case 'optional':
        return this.#filled(expression.item);
      case 'repeated': {
        const item = this.#filled(expression.item);
        return item && { type: 'REPEAT1', content: item };
      }
      case 'choice':
        return choice(...expression.items.flatMap((one) => this.#filled(one) ?? []));
      case 'sequence':
        return this.#filledSequence(expression.items);
    }
  }

  /** When all items may be empty, one of them is the first that is not. */
  #filledSequence(items: readonly Expression[]): Node {
    if (!items.every((one) => this.#isNullable(one))) return sequence(...items.map((one) => this.#node(one)));
    const ways = items.flatMap((first, at): readonly Node[] => {
      const filled = this.#filled(first);
      if (filled === undefined) return [];
      const rest = items.slice(at + 1).map((one) => this.#node(one));
      const repeated = first.kind === 'repeated' || rest.length > 0;
      return [repeated ? sequence(filled, ...rest) : filled];
    });
    return choice(...ways);
  }

  #word(word: string): Node {
    this.#words.add(word);
    return alias(symbol(wordRule(word)), word, false);
  }
}

/** Where the rules of the page say more than a grammar of tree-sitter can, or rely on what the lexer knows. */
function adapted(name: string, expression: Expression): Expression {
  switch (name) {
    case 'assignment':
      return replaced(expression, isRule('command'), (command) => ({
        kind: 'sequence',
        items: [{ kind: 'token', text: 'COMMAND-AHEAD' }, command],
      }));
    case 'handler':
      return withOnError(expression);
    case 'comparison':
      // An operand takes the same NOTs.
      return expression.kind === 'sequence' ? { ...expression, items: expression.items.slice(1) } : expression;
    case 'param':
    case 'on':
    case 'part':
      return replaced(expression, isRule('primary'), () => ({ kind: 'rule', text: 'command-primary' }));
    case 'base':
      return expression.kind === 'choice'
        ? { ...expression, items: [...expression.items, { kind: 'token', text: 'NAME' }] }
        : expression;
    default:
      return expression;
  }
}

/** In a command a value is no word, because a word is an argument there. */
function commandRules(primary: Expression | undefined, base: Expression | undefined): readonly [string, Expression][] {
  if (primary === undefined || base?.kind !== 'choice') throw new Error('there are no values');
  const items = base.items.filter((one) => {
    const first = one.kind === 'sequence' ? one.items[0] : one;
    return first?.kind !== 'word' && !isToken('NAME')(first);
  });
  const toBase: Expression = { kind: 'rule', text: 'command-base' };
  return [
    ['command-primary', replaced(primary, isRule('base'), () => toBase)],
    [
      'command-base',
      replaced({ kind: 'choice', items }, isToken('LITERAL'), () => ({ kind: 'token', text: 'COMMAND-LITERAL' })),
    ],
  ];
}

const isRule =
  (name: string) =>
  (one: Expression | undefined): boolean =>
    one?.kind === 'rule' && one.text === name;
const isToken =
  (name: string) =>
  (one: Expression | undefined): boolean =>
    one?.kind === 'token' && one.text === name;

function replaced(
  expression: Expression,
  isMeant: (one: Expression) => boolean,
  by: (one: Expression) => Expression,
): Expression {
  if (isMeant(expression)) return by(expression);
  if ('items' in expression) return { ...expression, items: expression.items.map((one) => replaced(one, isMeant, by)) };
  return 'item' in expression ? { ...expression, item: replaced(expression.item, isMeant, by) } : expression;
}

/** The two words ON ERROR are one token. */
function withOnError(expression: Expression): Expression {
  if (expression.kind !== 'sequence') throw new Error('a handler begins with ON ERROR');
  return { ...expression, items: [{ kind: 'word', text: 'ON ERROR' }, ...expression.items.slice(2)] };
}

function ruleName(name: string): string {
  return `${hidden.has(name) ? '_' : ''}${name.replaceAll('-', '_')}`;
}

function wordRule(word: string): string {
  return `_word_${word.replaceAll(' ', '_')}`;
}

function anyCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function tokenNode(token: string): Node {
  const node = tokenNodes[token];
  if (node === undefined) throw new Error(`there is no token ${token}`);
  return node;
}

const tokenNodes: Readonly<Record<string, Node>> = {
  'LINE-END': symbol('_line_end'),
  WORD: symbol('word'),
  NAME: symbol('name'),
  VARIABLE: symbol('variable'),
  STEP: symbol('step'),
  INDEX: touching(text('[')),
  CALL: touching(text('(')),
  SCRIPT: symbol('javascript'),
  STRING: symbol('string'),
  LITERAL: alias(symbol('_expression_literal'), 'literal'),
  'COMMAND-LITERAL': alias(symbol('_command_literal'), 'literal'),
  'COMMAND-AHEAD': symbol('_command_ahead'),
};

const interpolated: readonly Node[] = [
  alias(touching(pattern(String.raw`\$[A-Za-z_][A-Za-z0-9_]*`)), 'variable'),
  symbol('interpolation'),
  touching(text('$')),
];
const threeQuotes = '"""';
/** A string begins with its quotes, or with an `e` before them, and then has escapes. */
function strings(begin: (quotes: string) => Node, plain: string, escapes: readonly Node[]): readonly Node[] {
  return [
    sequence(
      begin('"'),
      repeat(choice(textInside(`[^"$\\r\\n${plain}]+`), symbol('escape'), ...escapes, ...interpolated)),
      touching(text('"')),
    ),
    sequence(
      begin(threeQuotes),
      repeat(
        choice(
          textInside(`[^"$${plain}]+`),
          touching(text('"')),
          touching(text('""')),
          alias(touching(text('$$')), 'escape'),
          ...escapes,
          ...interpolated,
        ),
      ),
      touching(text(threeQuotes)),
    ),
  ];
}
const escapeByName = alias(touching(pattern(String.raw`\\([nrt"$\\]|u\{[0-9A-Fa-f]{1,6}\})`)), 'escape');

/** The tokens, as the first section of grammar/grammar.md says; longer before shorter where that matters. */
const tokenRules: Readonly<Record<string, Node>> = {
  name: pattern('[A-Za-z_][A-Za-z0-9_]*'),
  // A `\` alone is no word.
  word: pattern(String.raw`([^#\\${notInWord}][^${notInWord}]*)|(\\[^${notInWord}]+)`),
  variable: pattern(String.raw`\$[A-Za-z_][A-Za-z0-9_]*`),
  step: touching(pattern(String.raw`\.[A-Za-z_][A-Za-z0-9_]*`)),
  javascript: sequence(
    text(threeQuotes),
    optional(alias(textInside('([^"]|"[^"]|""[^"])+'), 'body')),
    touching(text(threeQuotes)),
  ),
  string: choice(
    ...strings(text, '', []),
    ...strings((quotes) => pattern(`[eE]${quotes}`), String.raw`\\`, [escapeByName]),
    pattern(String.raw`'[^'\r\n]*'`),
  ),
  escape: choice(touching(text('""')), touching(text('$$'))),
  interpolation: sequence(touching(text('${')), optional(symbol('_chosen')), text('}')),
  comment: pattern(String.raw`#[^\r\n]*`),
};
