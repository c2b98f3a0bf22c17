// The symbols of a script: every variable and function with all places that mention it. The variables of a function are
// its parameters and the names that it assigns; all others belong to the script (grammar/grammar.md, FUNCTION). A block
// that runs later has no variables of its own here: it works with copies, whose names must agree with the script's.
import { isCommandWord } from '../catalogue/catalogue.ts';
import { builtinFunctions } from '../functions/builtin-functions.ts';
import type { FunctionReading, Mention, ScriptReading } from './script-reading.ts';

export interface ScriptSymbol {
  readonly kind: Mention['kind'];
  /** The name as the first mention spells it. */
  readonly name: string;
  /** The function that owns the variable; undefined for a variable of the script. */
  readonly owner: FunctionReading | undefined;
  /** In the order of the text. */
  readonly mentions: readonly Mention[];
}

export class Symbols {
  readonly all: readonly ScriptSymbol[];
  readonly #reading: ScriptReading;
  readonly #functions: readonly FunctionReading[];
  readonly #symbolOf = new Map<Mention, ScriptSymbol>();

  constructor(reading: ScriptReading) {
    this.#reading = reading;
    this.#functions = [...reading.functions].sort((one, other) => one.start - other.start);
    const own = new Map(reading.functions.map((one) => [one, new Set(one.parameters.map(({ name }) => name))]));
    for (const mention of reading.mentions) {
      const around = this.functionAt(mention.start);
      if (mention.kind === 'variable' && mention.defines && around !== undefined) own.get(around)?.add(mention.name);
    }
    const found = new Map<string, { owner: FunctionReading | undefined; mentions: Mention[] }>();
    for (const mention of [...reading.mentions].sort((one, other) => one.start - other.start)) {
      const around = mention.kind === 'variable' ? this.functionAt(mention.start) : undefined;
      const owner = around !== undefined && own.get(around)?.has(mention.name) ? around : undefined;
      const key = `${mention.kind} ${owner?.start ?? ''} ${mention.name}`;
      const entry = found.get(key) ?? { owner, mentions: [] };
      entry.mentions.push(mention);
      found.set(key, entry);
    }
    this.all = [...found.values()].map(({ owner, mentions }) => {
      const [first] = mentions;
      const name = first === undefined ? '' : reading.source.slice(first);
      return { kind: first?.kind ?? 'variable', name, owner, mentions };
    });
    for (const symbol of this.all) for (const mention of symbol.mentions) this.#symbolOf.set(mention, symbol);
  }

  /** The symbol that is mentioned at an offset, or whose mention ends there. */
  at(offset: number): { readonly symbol: ScriptSymbol; readonly mention: Mention } | undefined {
    const touches = (one: Mention): boolean =>
      one.start - (one.kind === 'variable' ? 1 : 0) <= offset && offset <= one.end;
    const mention = this.#reading.mentions.find(touches);
    const symbol = mention && this.#symbolOf.get(mention);
    return symbol && mention && { symbol, mention };
  }

  /** The function around an offset; functions stand at the top of a script, so there is one at most. */
  functionAt(offset: number): FunctionReading | undefined {
    let [low, high] = [0, this.#functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#functions[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const last = this.#functions[low - 1];
    return last !== undefined && offset <= last.end ? last : undefined;
  }

  /** The names of the variables that can be used at an offset, without a half-written name at the offset itself. */
  variablesAt(offset: number): readonly string[] {
    const around = this.functionAt(offset);
    const usable = this.all.filter(
      ({ kind, owner, mentions }) =>
        kind === 'variable' && (owner === undefined || owner === around) && mentions.some((one) => one.defines),
    );
    return [...new Set([...usable.map((one) => one.name), ...(this.#isInHandler(offset) ? [eventVariable] : [])])];
  }

  /** Whether it is the variable that ON gives its block. */
  isEvent({ kind, name, mentions }: ScriptSymbol): boolean {
    return kind === 'variable' && name === eventVariable && mentions.some((one) => this.#isInHandler(one.start));
  }

  #isInHandler(offset: number): boolean {
    return this.#reading.handlers.some((one) => one.start <= offset && offset <= one.end);
  }

  /** Where a symbol is first assigned or defined; undefined when it never is. */
  definition(symbol: ScriptSymbol): Mention | undefined {
    return symbol.mentions.find((one) => one.defines);
  }

  /** The reason why a symbol cannot be renamed, as a sentence; undefined when it can. */
  obstacleToRename(symbol: ScriptSymbol, newName: string): string | undefined {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(newName))
      return `${newName} is no name: letters, digits and _, no digit first`;
    if (symbol.kind === 'function') return this.#functionObstacle(symbol, newName.toLowerCase());
    if (this.isEvent(symbol)) return `$${eventVariable} has its name from ON`;
    const concerned = new Set(symbol.mentions.map((one) => this.functionAt(one.start)));
    const clash = this.all.find(
      (one) =>
        one !== symbol &&
        one.kind === 'variable' &&
        one.name === newName &&
        (one.owner === symbol.owner ||
          (one.owner !== undefined && concerned.has(one.owner)) ||
          one.mentions.some((mention) => this.functionAt(mention.start) === symbol.owner)),
    );
    return clash && `there is already a variable $${newName}`;
  }

  #functionObstacle(symbol: ScriptSymbol, newName: string): string | undefined {
    if (builtinFunctions.has(newName)) return `${newName} is a built-in function`;
    if (expressionWords.has(newName)) return `${newName.toUpperCase()} is a word of the language`;
    if (isCommandWord(newName)) return `${newName.toUpperCase()} begins a command`;
    const clash = this.all.find(
      (one) => one !== symbol && one.kind === 'function' && one.name.toLowerCase() === newName,
    );
    return clash && `there is already a function ${clash.name}`;
  }
}

/** The variable that holds the event in the block of ON (grammar/grammar.md, ON). */
const eventVariable = 'event';

/** Words that cannot name a function, because they mean something else in expressions. */
const expressionWords: ReadonlySet<string> = new Set(
  'and or not true false none each in to step until every timeout table columns then do else end finally'.split(' '),
);
