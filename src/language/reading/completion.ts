// Completion at the cursor: statements, commands, their options and choices, variables, functions. For editors, and for
// the prompt, which adds the names of live objects where `arguments` has an argument that takes one.
import { commands, taskCommands } from '../catalogue/catalogue.ts';
import type { Argument } from '../catalogue/definition/definition.ts';
import { eventNames } from '../catalogue/definition/event-names.ts';
import { builtinFunctions } from '../functions/builtin-functions.ts';
import { isWord, type Token, valueEnds } from '../lexer/token.ts';
import type { TokenList } from '../lexer/token-list.ts';
import { unfinishedTokens } from '../lexer/tokenize.ts';
import { type CommandReading, readCommand } from './command-reading.ts';
import { nextHelpWords } from './help/help-text.ts';
import { commandParts } from './script-reading.ts';
import { statementWords } from './statement-words.ts';

export interface KnownNames {
  /** Without the dollar. */
  readonly variables: Iterable<string>;
  readonly functions: Iterable<string>;
}

export interface Candidate {
  /** The text that replaces the one from `start` to the cursor. */
  readonly text: string;
  readonly kind: 'statement' | 'command' | 'option' | 'choice' | 'variable' | 'property' | 'function' | 'word';
  readonly detail?: string;
}

export interface Completion {
  /** Where the unfinished word begins. */
  readonly start: number;
  /** All candidates that begin with the unfinished word, each once. */
  readonly candidates: readonly Candidate[];
  /** The arguments of a command whose value may stand here. */
  readonly arguments: readonly Argument[];
  /** Set when the word is the name of a property. */
  readonly property?: PropertyPlace;
}

/** The place of a property behind `$con.mirror.`: the variable `con`, and the steps to what has the property. */
export interface PropertyPlace {
  /** Where the statement with the place begins. */
  readonly statement: number;
  readonly variable: string;
  readonly steps: readonly (string | number)[];
}

/** What INCLUDE names, as the argument of a command would be. */
const includedFile: Argument = { name: 'file', type: 'path', required: true, help: 'the script to include' };

export function completionsAt(text: string, offset: number, known: KnownNames): Completion {
  // With a letter added at the end, the unfinished word is always a token, which ends with that letter.
  const before = text.slice(0, offset);
  const found = unfinishedTokens(`${before}x`);
  const last = found.at(found.length - 1);
  if (last.end !== offset + 1) return { start: offset, candidates: [], arguments: [] };
  return new Completer(before, found, last, known).complete();
}

const noCandidates: readonly Candidate[] = [];

class Completer {
  readonly #before: string;
  readonly #tokens: readonly Token[];
  readonly #list: TokenList;
  readonly #last: Token;
  readonly #known: KnownNames;

  constructor(before: string, found: TokenList, last: Token, known: KnownNames) {
    this.#before = before;
    this.#tokens = found.toArray();
    this.#list = found;
    this.#last = last;
    this.#known = known;
  }

  complete(): Completion {
    const { kind, start } = this.#last;
    if (kind === 'variable') return this.#fitting(start, this.#variables('$'));
    if (kind === 'unclosed-string' || kind === 'unclosed-block') return this.#inString();
    if (kind === 'field') return this.#property(/\$(\w+)((?:\.\w+|\[\d+\])*)\.(\w*)$/);
    if (kind === 'literal') return this.#fitting(start, noCandidates);
    const previous = this.#tokens[this.#tokens.length - 2];
    const isGlued = previous?.end === start && valueEnds.has(previous.kind);
    if (isGlued) return this.#fitting(start, noCandidates);
    const { statement, command } = this.#statement();
    if (this.#tokens.length - 1 === statement) return this.#fitting(start, [...commandWords(), ...statementCandidates]);
    if (previous?.kind === 'assign')
      return this.#fitting(start, [...commandWords(), ...this.#expressionWords(statement)]);
    if (command !== undefined && isWord(kind)) return this.#inCommand(command, start);
    if (this.#list.kindAt(statement) === 'include') return this.#included(start);
    if (this.#list.kindAt(statement) === 'on') return this.#fitting(start, this.#eventWords(statement));
    return this.#fitting(start, this.#expressionWords(statement));
  }

  /**
   * Where the statement begins, and where its command begins, if it has one: at its first word, or behind `$name =`.
   */
  #statement(): { readonly statement: number; readonly command: number | undefined } {
    const end = this.#tokens.length - 1;
    let statement = end;
    while (statement > 0 && !this.#list.isStatementStart(statement)) statement--;
    if (statement < end && isWord(this.#list.kindAt(statement))) return { statement, command: statement };
    const command = this.#tokens.findIndex((one, at) => at > statement && at < end && one.kind === 'command');
    return { statement, command: command < 0 ? undefined : command };
  }

  /** `pattern` finds the variable, the steps, and the beginning of the property's name. */
  #property(pattern: RegExp): Completion {
    const [, variable, steps = '', begun = ''] = pattern.exec(this.#before) ?? [];
    const completion = this.#fitting(this.#before.length - begun.length, noCandidates);
    if (variable === undefined) return completion;
    const found = [...steps.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
    const statement = this.#list.startAt(this.#statement().statement);
    return { ...completion, property: { statement, variable, steps: found } };
  }

  #included(start: number): Completion {
    return { ...this.#fitting(start, noCandidates), arguments: [includedFile] };
  }

  #inString(): Completion {
    const { start } = this.#last;
    const inBraces = /\$\{\$?(\w+)((?:\.\w+|\[\d+\])*)\.(\w*)$/;
    if (this.#before[start] !== "'" && inBraces.test(this.#before.slice(start))) return this.#property(inBraces);
    const name = /\$(\{?)\w*$/.exec(this.#before);
    const isRaw = this.#before[start] === "'";
    if (name !== null && name.index > start && !isRaw) {
      const braces = name[1] ?? '';
      const functions =
        braces === '' ? noCandidates : this.#functions().map((one) => ({ ...one, text: `\${${one.text}` }));
      return this.#fitting(name.index, [...this.#variables(`$${braces}`), ...functions]);
    }
    const { statement, command } = this.#statement();
    if (this.#list.kindAt(statement) === 'include') return this.#included(start);
    return command === undefined ? this.#fitting(start, noCandidates) : this.#inCommand(command, start);
  }

  #inCommand(command: number, start: number): Completion {
    const reading = readCommand(commandParts(this.#tokens.slice(0, -1), command));
    const { value, free } = reading.expected;
    const positional = free.find((one) => one.words === undefined && typeof one.type === 'string');
    const due = value ?? positional;
    const isHelp = reading.definition?.arguments.some((one) => one.type === 'words') === true;
    const completion = this.#fitting(start, isHelp ? this.#helpWords(command) : this.#commandCandidates(reading, due));
    return { ...completion, arguments: due === undefined ? [] : [due] };
  }

  #commandCandidates({ expected }: CommandReading, due: Argument | undefined): readonly Candidate[] {
    const { words, value, free, block } = expected;
    const variables = due === undefined ? noCandidates : this.#variables('$');
    return [
      ...words.map((text): Candidate => ({ text, kind: 'option' })),
      ...(value === undefined ? free.flatMap(optionWords) : valueWords(value)),
      ...(block ? [{ text: 'DO', kind: 'word' } as const] : []),
      ...variables,
    ].map((one) => ({ ...one, text: one.kind === 'variable' ? one.text : this.#inCaseOf(one.text) }));
  }

  /** The words that HELP explains, behind those that are written. */
  #helpWords(command: number): readonly Candidate[] {
    const written = this.#tokens.slice(command + 1, -1).map((one) => one.text);
    return nextHelpWords(written).map((text): Candidate => ({ text: this.#inCaseOf(text), kind: 'word' }));
  }

  #expressionWords(statement: number): readonly Candidate[] {
    const clauses = clauseWords.get(this.#tokens[statement]?.text.toUpperCase() ?? '') ?? [];
    const word = (text: string): Candidate => ({ text, kind: 'word' });
    const previous = this.#tokens[this.#tokens.length - 2];
    if (previous !== undefined && valueEnds.has(previous.kind)) return [...clauses, 'AND', 'OR'].map(word);
    return [...[...clauses, ...valueStarts].map(word), ...this.#functions(), ...this.#variables('$')];
  }

  #eventWords(statement: number): readonly Candidate[] {
    const isName = this.#tokens.length - 1 === statement + 1;
    if (isName) return [...eventNames.keys()].map((text): Candidate => ({ text, kind: 'choice' }));
    return [...['FROM', 'DO'].map((text): Candidate => ({ text, kind: 'word' })), ...this.#variables('$')];
  }

  #variables(prefix: string): readonly Candidate[] {
    return [...this.#known.variables].map((name): Candidate => ({ text: prefix + name, kind: 'variable' }));
  }

  #functions(): readonly Candidate[] {
    const builtIn = [...builtinFunctions].map(
      ([text, { help }]): Candidate => ({ text, kind: 'function', detail: help }),
    );
    return [...[...this.#known.functions].map((text): Candidate => ({ text, kind: 'function' })), ...builtIn];
  }

  #fitting(start: number, candidates: readonly Candidate[]): Completion {
    const written = this.#before.slice(start);
    const fitting = new Map<string, Candidate>();
    for (const one of candidates) {
      const isName = one.kind === 'variable' || one.kind === 'function';
      const text = isName ? one.text : this.#inCaseOf(one.text);
      const fits = text.toUpperCase().startsWith(written.toUpperCase());
      if (fits && !fitting.has(text)) fitting.set(text, { ...one, text });
    }
    return { start, candidates: [...fitting.values()], arguments: [] };
  }

  /** A person who writes small letters gets candidates in small letters. */
  #inCaseOf(text: string): string {
    const written = this.#before.slice(this.#last.start);
    const model = /[A-Za-z]/.test(written) ? written : (this.#tokens[this.#statement().statement]?.text ?? '');
    return /[a-z]/.test(model) && !/[A-Z]/.test(model) ? text.toLowerCase() : text;
  }
}

function commandWords(): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { words, alias, summary } of commands) {
    for (const phrase of alias === undefined ? [words] : [words, alias]) {
      const [first = '', second] = phrase.toUpperCase().split(' ');
      // The help of one command does not fit a word that begins several commands.
      const isShared = found.has(first) || second !== undefined;
      found.set(first, { text: first, kind: 'command', ...(isShared ? {} : { detail: summary }) });
    }
  }
  return [...found.values()];
}

const statementCandidates = statementWords.map(
  ({ word, summary }): Candidate => ({ text: word, kind: 'statement', detail: summary }),
);

/** The words with which an argument can begin; none for an argument that is not implemented yet. */
function optionWords(argument: Argument): readonly Candidate[] {
  if (argument.availability !== undefined) return [];
  if (argument.words === undefined) return typeof argument.type === 'object' ? valueWords(argument) : [];
  return [{ text: argument.words.toUpperCase(), kind: 'option', detail: argument.help }];
}

/** The words with which the value of an argument can begin. */
function valueWords({ type, help }: Argument): readonly Candidate[] {
  const choice = (text: string): Candidate => ({ text, kind: 'choice', detail: help });
  if (typeof type === 'object') {
    const available = type.choice.filter((one) => one.availability === undefined);
    return available.map((one) => choice(one.words.toUpperCase()));
  }
  switch (type) {
    case 'mapping':
      return [choice('EXACT')];
    case 'timeout':
      return [choice('FOREVER')];
    case 'task':
      return taskCommands.map(({ words, summary }) => ({
        text: words.toUpperCase(),
        kind: 'command',
        detail: summary,
      }));
    default:
      return [];
  }
}

/** The words that divide a statement. */
const clauseWords: ReadonlyMap<string, readonly string[]> = new Map([
  ['IF', ['THEN']],
  ['WHILE', ['DO']],
  ['FOR', ['EACH', 'IN', 'TO', 'STEP', 'DO']],
  ['WAIT', ['UNTIL', 'FOR', 'EVERY', 'TIMEOUT']],
  ['EVERY', ['DO']],
  ['PARALLEL', ['DO']],
  ['WRITE', ['TABLE', 'COLUMNS']],
]);
const valueStarts = ['NOT', 'TRUE', 'FALSE', 'NONE'];
