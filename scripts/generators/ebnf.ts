// Reads the rules of the specification: the ```ebnf blocks of grammar/grammar.md. The grammar of tree-sitter is made from
// them, and tests hold the parser against them.
//
//   name = a b | c     `[x]` optional, `{x}` any number, `(a | b)` a choice, "IF" a word in any case, '=' a character,
//                      CAPITALS a token, other names a rule. A rule goes on where the next line is indented.

export type Expression =
  | { readonly kind: 'word' | 'character' | 'token' | 'rule'; readonly text: string }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Expression[] }
  | { readonly kind: 'optional' | 'repeated'; readonly item: Expression };

export interface Rule {
  readonly name: string;
  readonly expression: Expression;
}

/** All rules in the order of the document. Throws for what is no rule, and for names of rules that there are not. */
export function readRules(document: string): readonly Rule[] {
  const rules: Rule[] = [];
  let block: string[] | undefined;
  for (const line of document.split('\n')) {
    if (block === undefined) {
      if (line === '```ebnf') block = [];
    } else if (line === '```') {
      for (const text of block.join('\n').split(/\n(?=\S)/)) rules.push(readRule(text));
      block = undefined;
    } else block.push(line);
  }
  const known = new Set(rules.map((rule) => rule.name));
  const missing = rules.flatMap((rule) => names(rule.expression)).filter((name) => !known.has(name));
  if (missing.length > 0) throw new Error(`there are no rules ${missing.join(', ')}`);
  return rules;
}

function names(expression: Expression): string[] {
  if ('items' in expression) return expression.items.flatMap(names);
  if ('item' in expression) return names(expression.item);
  return expression.kind === 'rule' ? [expression.text] : [];
}

const symbol = /\s*("[A-Z]+"|'[^']+'|[A-Z][A-Z-]*(?![a-z])|[a-z][a-z-]*|[()[\]{}|])/y;
const closingOf = { '(': ')', '[': ']', '{': '}' } as const;

function readRule(text: string): Rule {
  const head = /^([a-z][a-z-]*)\s*=/.exec(text);
  if (head?.[1] === undefined) throw new Error(`this is no rule: ${text}`);
  const reader = new Reader(text, head[0].length);
  const expression = reader.choice();
  reader.expectEnd();
  return { name: head[1], expression };
}

class Reader {
  readonly #text: string;
  #at: number;
  #next: string | undefined;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
    this.#next = this.#read();
  }

  choice(): Expression {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  }

  expectEnd(): void {
    if (this.#next !== undefined || this.#text.slice(this.#at).trim() !== '')
      throw new Error(`this does not belong to a rule: ${this.#next ?? ''}${this.#text.slice(this.#at)}`);
  }

  #sequence(): Expression {
    const items: Expression[] = [];
    for (let item = this.#item(); item !== undefined; item = this.#item()) items.push(item);
    if (items.length === 0) throw new Error(`nothing stands before ${this.#next ?? 'the end'} in ${this.#text}`);
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'sequence', items };
  }

  #item(): Expression | undefined {
    const text = this.#next;
    if (text === undefined || text === '|' || ')]}'.includes(text)) return undefined;
    this.#next = this.#read();
    if (text === '(' || text === '[' || text === '{') {
      const item = this.choice();
      if (!this.#take(closingOf[text])) throw new Error(`${text} is not closed in ${this.#text}`);
      if (text === '(') return item;
      return { kind: text === '[' ? 'optional' : 'repeated', item };
    }
    if (text.startsWith('"')) return { kind: 'word', text: text.slice(1, -1) };
    if (text.startsWith("'")) return { kind: 'character', text: text.slice(1, -1) };
    return { kind: /^[A-Z]/.test(text) ? 'token' : 'rule', text };
  }

  #take(text: string): boolean {
    if (this.#next !== text) return false;
    this.#next = this.#read();
    return true;
  }

  #read(): string | undefined {
    symbol.lastIndex = this.#at;
    const match = symbol.exec(this.#text);
    if (match === null) return undefined;
    this.#at = symbol.lastIndex;
    return match[1];
  }
}
