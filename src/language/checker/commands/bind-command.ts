// Binds a written command to the catalogue: finds the command, and the argument to which each part belongs. A part that
// does not fit is reported together with what would fit; check-arguments.ts checks the types of values.
import { trimmed } from '../../../base/trimmed-list.ts';
import { type CommandMatch, findCommand, findTask, taskCommands } from '../../catalogue/catalogue.ts';
import { matchedWords, wordsOf } from '../../catalogue/definition/abbreviation.ts';
import type { Argument, ArgumentType, CommandDefinition } from '../../catalogue/definition/definition.ts';
import { commandName, describeType, exampleOf, optionNames, syntaxOf } from '../../catalogue/definition/syntax-text.ts';
import { otherWordFor } from '../../catalogue/other-words.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { isLikeOption } from '../../diagnostics/like-option.ts';
import { nearestMatch, suggest } from '../../diagnostics/nearest-match.ts';
import { suggestUnit } from '../../diagnostics/suggest-literal.ts';
import { statementNames } from '../../lexer/token.ts';
import type { BlockPart, CallExpression, CommandNode, CommandPart, Expression } from '../../tree/ast.ts';
import type { Range } from '../../tree/source-text.ts';
import { list, type Value } from '../../values/value.ts';

export type BoundValue =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly type: ArgumentType }
  | { readonly kind: 'mapping'; readonly source: Expression; readonly target: Expression }
  | { readonly kind: 'program'; readonly program: Expression; readonly arguments?: Expression }
  | { readonly kind: 'built-in'; readonly command: BoundCommand }
  /** The call of a TASK, which does not run at this statement: it is queued with its values. */
  | { readonly kind: 'script'; readonly call: CallExpression }
  | { readonly kind: 'block'; readonly block: BlockPart };

export interface BoundArgument {
  readonly argument: Argument;
  readonly value: BoundValue;
}

export interface BoundCommand {
  readonly definition: CommandDefinition;
  readonly node: Range;
  readonly values: readonly BoundArgument[];
  readonly block?: NonNullable<CommandNode['block']>;
}

/** Receives each part that is a keyword of the catalogue: its offset, and the full word as the catalogue spells it. */
export type NoteKeyword = (offset: number, word: string) => void;

/** The bound command, or undefined when it could not be understood and a diagnostic was reported. */
export function bindCommand(
  node: CommandNode,
  sink: DiagnosticSink,
  noteKeyword?: NoteKeyword,
): BoundCommand | undefined {
  // A command that the parser gave up has no parts; the parser reported it.
  if (node.parts.length === 0) return undefined;
  const words = leadingWords(node.parts, 0);
  const match = findCommand(words);
  if (!('definition' in match)) {
    reportUnknown(node, words, match, sink);
    return undefined;
  }
  if (noteKeyword !== undefined) noteName(match, node.parts, 0, noteKeyword);
  const binder = new Binder(node.parts, match.length, match.definition, sink, noteKeyword, false);
  const values = binder.bind(node);
  if (node.block !== undefined && !match.definition.block)
    sink.report(node, 'U0408', { command: commandName(match.definition) });
  if (node.block === undefined && match.definition.block)
    sink.report(node, 'U0409', { command: commandName(match.definition) });
  const { definition } = match;
  if (values === undefined) return undefined;
  return node.block === undefined ? { definition, node, values } : { definition, node, values, block: node.block };
}

/** Notes the words that name a command, in the spelling that was used: its own or its alias. */
function noteName(match: CommandMatch, parts: readonly CommandPart[], from: number, noteKeyword: NoteKeyword): void {
  const { words, alias } = match.definition;
  const written = leadingWords(parts, from);
  const used = [words, alias ?? words].find((phrase) => matchedWords(phrase, written) === match.length) ?? words;
  noteKeywords(used, parts, from, noteKeyword);
}

function noteKeywords(phrase: string, parts: readonly CommandPart[], from: number, noteKeyword: NoteKeyword): void {
  for (const [index, word] of wordsOf(phrase).entries()) {
    const part = parts[from + index];
    if (part?.kind === 'word') noteKeyword(part.start, word);
  }
}

function reportUnknown(
  node: CommandNode,
  words: readonly string[],
  match: { readonly known: number; readonly next: readonly string[] },
  sink: DiagnosticSink,
): void {
  // A full sink would drop the diagnostic, and searching for the nearest name takes time.
  if (sink.isFull) return;
  const wrong = node.parts[match.known];
  const known = words.slice(0, match.known).join(' ').toUpperCase();
  if (match.known === 0) {
    const [part] = node.parts;
    const first = words[0] ?? (part?.kind === 'call' ? part.name : '');
    sink.report(node.parts[0] ?? node, 'U0401', {
      name: first.slice(0, 40),
      suggestion:
        otherWordFor('', first) ?? suggest(first, [...match.next, ...statementWords], 'HELP lists all commands'),
    });
  } else if (wrong?.kind === 'word') {
    sink.report(wrong, 'U0402', {
      command: known,
      word: wrong.text.slice(0, 40),
      suggestion:
        otherWordFor(known, wrong.text) ??
        suggest(wrong.text, match.next, `${known} goes on with ${anyOf(match.next)}`),
    });
  } else sink.report(node, 'U0413', { command: known, suggestion: `${known} goes on with ${anyOf(match.next)}` });
}

const statementWords = [...statementNames.keys()].map((word) => word.toUpperCase());

function anyOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

function leadingWords(parts: readonly CommandPart[], from: number): string[] {
  const words: string[] = [];
  for (let at = from; at < parts.length && words.length < 4; at++) {
    const part = parts[at];
    if (part?.kind !== 'word') break;
    words.push(part.text);
  }
  return words;
}

function choicesOf(argument: Argument): readonly { readonly words: string; readonly value: string }[] {
  return typeof argument.type === 'object' ? argument.type.choice : [];
}

class Binder {
  readonly #parts: readonly CommandPart[];
  readonly #definition: CommandDefinition;
  readonly #sink: DiagnosticSink;
  /** A task inside QUEUETASK leaves the parts that it does not know to the command around it. */
  readonly #nested: boolean;
  /** Everything that was given, in the order of the text. */
  readonly #values: BoundArgument[] = [];
  /** Arguments whose value was wrong, and reported. */
  readonly #wrong: Argument[] = [];
  readonly #noteKeyword: NoteKeyword | undefined;
  #at: number;
  /** The place behind the last part that has no place in the command. */
  #surplusEnd = -1;
  #failed = false;

  constructor(
    parts: readonly CommandPart[],
    from: number,
    definition: CommandDefinition,
    sink: DiagnosticSink,
    noteKeyword: NoteKeyword | undefined,
    nested: boolean,
  ) {
    this.#noteKeyword = noteKeyword;
    this.#parts = parts;
    this.#at = from;
    this.#definition = definition;
    this.#sink = sink;
    this.#nested = nested;
  }

  get position(): number {
    return this.#at;
  }

  bind(range: Range): readonly BoundArgument[] | undefined {
    while (this.#at < this.#parts.length && this.#bindNext());
    this.#checkMissing(range);
    return this.#failed ? undefined : trimmed(this.#values);
  }

  /** Binds the next part or parts; false when they belong to the outer command. */
  #bindNext(): boolean {
    const part = this.#parts[this.#at];
    if (part === undefined) return false;
    if (part.kind === 'equals') {
      if (this.#nested) return false;
      this.#fail(() => this.#sink.report(part, 'U0412', {}));
      this.#at++;
      return true;
    }
    if (part.kind === 'block') {
      this.#fail(() => this.#sink.report(part, 'U0408', { command: commandName(this.#definition) }));
      this.#at++;
      return true;
    }
    if (part.kind === 'word' && (this.#bindOption() || this.#bindChoice())) return true;
    const free = this.#definition.arguments.find(
      (one) =>
        one.words === undefined &&
        typeof one.type === 'string' &&
        (one.repeatable === true || !this.#has(one)) &&
        this.#takes(one, part),
    );
    if (free !== undefined) {
      this.#bindPositional(free, part);
      return true;
    }
    if (this.#nested) return false;
    // What stands behind a part that nobody knows belongs to it.
    if (this.#surplusEnd === this.#at) this.#failed = true;
    else this.#reportSurplus(part);
    this.#at++;
    this.#surplusEnd = this.#at;
    return true;
  }

  /** A bare word that is like an option is not taken for an optional connection: it is more likely misspelt. */
  #takes(argument: Argument, part: Expression): boolean {
    if (argument.required === true || argument.type !== 'connection' || part.kind !== 'word') return true;
    return !this.#nested && !isLikeOption(part.text, this.#definition);
  }

  #bindOption(): boolean {
    const words = leadingWords(this.#parts, this.#at);
    for (const argument of this.#definition.arguments) {
      const length = argument.words === undefined ? 0 : matchedWords(argument.words, words);
      if (length === 0) continue;
      const option = this.#parts[this.#at] ?? { start: 0, end: 0 };
      this.#note(argument.words ?? '');
      this.#at += length;
      if (this.#parts[this.#at]?.kind === 'equals') this.#at++;
      const value = this.#readValue(argument, option);
      if (value === undefined) this.#failed = true;
      this.#add(argument, value, option);
      return true;
    }
    return false;
  }

  #bindChoice(): boolean {
    const words = leadingWords(this.#parts, this.#at);
    for (const argument of this.#definition.arguments) {
      if (argument.words !== undefined) continue;
      for (const choice of choicesOf(argument)) {
        const length = matchedWords(choice.words, words);
        if (length === 0) continue;
        const range = this.#parts[this.#at] ?? { start: 0, end: 0 };
        this.#note(choice.words);
        this.#at += length;
        this.#add(argument, { kind: 'constant', value: choice.value }, range);
        return true;
      }
    }
    return false;
  }

  #bindPositional(argument: Argument, part: Expression): void {
    if (argument.type === 'words') {
      const words: string[] = [];
      for (; this.#at < this.#parts.length; this.#at++) {
        const one = this.#parts[this.#at];
        if (one?.kind === 'word') words.push(one.text);
      }
      this.#add(argument, { kind: 'constant', value: list(words) }, part);
      return;
    }
    this.#at++;
    this.#add(argument, { kind: 'expression', expression: part, type: argument.type }, part);
  }

  #readValue(argument: Argument, option: Range): BoundValue | undefined {
    const part = this.#parts[this.#at];
    const name = optionName(argument);
    if (part?.kind === 'block' && argument.type === 'task') {
      this.#at++;
      return { kind: 'block', block: part };
    }
    const missing = part === undefined || part.kind === 'equals' || part.kind === 'block';
    const isNext = !missing && typeof argument.type !== 'object' && this.#isOption(part);
    if (missing || isNext || (argument.bare !== undefined && this.#isFreeChoice())) {
      if (argument.bare !== undefined) return { kind: 'constant', value: argument.bare };
      if (part?.kind === 'block') this.#at++;
      this.#sink.report(option, 'U0405', {
        option: name,
        expected: describeType(argument.type),
        example: exampleOf(argument.type),
      });
      return undefined;
    }
    if (typeof argument.type === 'object') return this.#readChoice(argument, part, name);
    if (argument.type === 'mapping') return this.#readMapping(part, option);
    if (argument.type === 'task') return this.#readTask(part);
    const forever = argument.type === 'timeout' && part.kind === 'word' && part.text.toUpperCase() === 'FOREVER';
    if (forever) this.#note('FOREVER');
    this.#at++;
    if (forever) return { kind: 'constant', value: 'forever' };
    return { kind: 'expression', expression: part, type: argument.type };
  }

  /** Whether the words of an option begin here. */
  #isOption(part: CommandPart): boolean {
    if (part.kind !== 'word') return false;
    const words = leadingWords(this.#parts, this.#at);
    return this.#definition.arguments.some((one) => one.words !== undefined && matchedWords(one.words, words) > 0);
  }

  /** Whether a choice begins here that stands without words before it. */
  #isFreeChoice(): boolean {
    const words = leadingWords(this.#parts, this.#at);
    const free = this.#definition.arguments.filter((one) => one.words === undefined);
    return free.some((one) => choicesOf(one).some((choice) => matchedWords(choice.words, words) > 0));
  }

  #readChoice(argument: Argument, part: Expression, name: string): BoundValue | undefined {
    const words = leadingWords(this.#parts, this.#at);
    const choices = choicesOf(argument);
    for (const choice of choices) {
      const length = matchedWords(choice.words, words);
      if (length === 0) continue;
      this.#note(choice.words);
      this.#at += length;
      return { kind: 'constant', value: choice.value };
    }
    const names = choices.map((one) => one.words.toUpperCase());
    const written = part.kind === 'word' ? part.text : 'this';
    this.#sink.report(part, 'U0407', {
      option: name,
      word: written.slice(0, 40),
      suggestion: suggest(written, names, `it is ${anyOf(names)}`),
    });
    if (!this.#isOption(part)) this.#at++;
    return undefined;
  }

  #readMapping(part: Expression, option: Range): BoundValue | undefined {
    const exact = part.kind === 'word' && part.text.toUpperCase() === 'EXACT';
    if (exact) this.#note('EXACT');
    this.#at++;
    if (exact) return { kind: 'constant', value: 'exact' };
    const to = this.#parts[this.#at];
    const target = this.#parts[this.#at + 1];
    if (
      to?.kind !== 'word' ||
      to.text.toUpperCase() !== 'TO' ||
      target === undefined ||
      target.kind === 'equals' ||
      target.kind === 'block'
    ) {
      this.#sink.report(option, 'U0405', {
        option: 'MAP',
        expected: describeType('mapping'),
        example: exampleOf('mapping'),
      });
      return undefined;
    }
    this.#note('TO');
    this.#at += 2;
    return { kind: 'mapping', source: part, target };
  }

  #readTask(part: Expression): BoundValue | undefined {
    if (part.kind === 'call') {
      this.#at++;
      return { kind: 'script', call: part };
    }
    if (part.kind === 'word') {
      const match = findTask(leadingWords(this.#parts, this.#at));
      if (match !== undefined) return this.#readBuiltIn(part, match);
      if (!/[/\\.]/.test(part.text)) {
        const names = taskCommands.map((one) => one.words);
        this.#sink.report(part, 'U0407', {
          option: 'a task',
          word: part.text.slice(0, 40),
          suggestion: suggest(part.text, names, `it is a program's path, or ${anyOf(names)}`),
        });
        this.#at++;
        // The literal behind a misspelt task was meant as the task's argument.
        if (this.#parts[this.#at]?.kind === 'literal') this.#at++;
        return undefined;
      }
    }
    this.#at++;
    const next = this.#parts[this.#at];
    if (next === undefined || next.kind === 'equals' || next.kind === 'block' || next.kind === 'word')
      return { kind: 'program', program: part };
    this.#at++;
    return { kind: 'program', program: part, arguments: next };
  }

  #readBuiltIn(part: Expression, match: CommandMatch): BoundValue | undefined {
    const { definition, length } = match;
    const noteKeyword = this.#noteKeyword;
    if (noteKeyword !== undefined) noteName(match, this.#parts, this.#at, noteKeyword);
    const inner = new Binder(this.#parts, this.#at + length, definition, this.#sink, noteKeyword, true);
    const values = inner.bind(part);
    this.#at = inner.position;
    return values && { kind: 'built-in', command: { definition, node: part, values } };
  }

  #add(argument: Argument, value: BoundValue | undefined, range: Range): void {
    if (!argument.repeatable && this.#has(argument))
      this.#fail(() => this.#sink.report(range, 'U0404', { option: optionName(argument) }));
    else if (value === undefined) this.#wrong.push(argument);
    else this.#values.push({ argument, value });
  }

  /** Whether an argument was given, rightly or wrongly. */
  #has(argument: Argument): boolean {
    return this.#values.some((one) => one.argument === argument) || this.#wrong.includes(argument);
  }

  /** Whether one of the arguments of these names was given. */
  #hasOneOf(names: readonly string[]): boolean {
    return this.#definition.arguments.some((one) => names.includes(one.name) && this.#has(one));
  }

  #checkMissing(range: Range): void {
    const definition = this.#definition;
    for (const argument of definition.arguments) {
      if (!argument.required || this.#has(argument)) continue;
      if (argument.unless !== undefined && this.#hasOneOf([argument.unless])) continue;
      this.#reportMissing(argument, range);
    }
    const { oneOf } = definition;
    if (oneOf !== undefined && !this.#hasOneOf(oneOf)) {
      const options = anyOf(definition.arguments.filter((one) => oneOf.includes(one.name)).map(optionName));
      const [command, syntax] = [commandName(definition), syntaxOf(definition)];
      this.#fail(() => this.#sink.report(range, 'U0411', { command, syntax, options }));
    }
  }

  #reportMissing(argument: Argument, range: Range): void {
    const [command, syntax] = [commandName(this.#definition), syntaxOf(this.#definition)];
    const name = argument.words === undefined ? argument.help : optionName(argument);
    this.#fail(() => this.#sink.report(range, 'U0403', { command, syntax, argument: name }));
  }

  #reportSurplus(part: CommandPart): void {
    const definition = this.#definition;
    const command = commandName(definition);
    if (part.kind !== 'word') {
      if (part.kind !== 'error')
        this.#fail(() => this.#sink.report(part, 'U0406', { command, syntax: syntaxOf(definition) }));
      return;
    }
    const other = otherWordFor(command, part.text);
    // An option of a program has dashes before it.
    const nearest = nearestMatch(part.text.replace(/^-+/, ''), optionNames(definition));
    if (other === undefined && nearest === undefined && this.#isUnit(part)) return;
    const forgotten = definition.arguments.find((one) => one.required && one.words !== undefined && !this.#has(one));
    if (other === undefined && nearest === undefined && forgotten !== undefined) {
      this.#reportMissing(forgotten, part);
      this.#wrong.push(forgotten);
      return;
    }
    const meant = nearest === undefined ? `write it as: ${syntaxOf(definition)}` : `did you mean ${nearest}?`;
    this.#fail(() =>
      this.#sink.report(part, 'U0402', { command, word: part.text.slice(0, 40), suggestion: other ?? meant }),
    );
    const option = definition.arguments.find((one) => one.words !== undefined && one.words.toUpperCase() === nearest);
    if (option !== undefined) this.#wrong.push(option);
    if (other !== undefined || option !== undefined) this.#skipValue();
  }

  /** Reports a word that was meant as the unit of the number before it; returns whether it was. */
  #isUnit(part: Expression & { readonly kind: 'word' }): boolean {
    const before = this.#parts[this.#at - 1];
    if (before?.kind !== 'literal' || typeof before.value !== 'number' || !/^[A-Za-z]+$/.test(part.text)) return false;
    const literal = `${before.value} ${part.text}`.slice(0, 40);
    const reason = `\`${part.text.slice(0, 40)}\` is no unit`;
    const suggestion = suggestUnit(String(before.value), part.text);
    this.#fail(() =>
      this.#sink.report({ start: before.start, end: part.end }, 'U0108', { literal, reason, suggestion }),
    );
    return true;
  }

  /** Passes over the value of an option that does not exist, so that one mistake is one message. */
  #skipValue(): void {
    if (this.#parts[this.#at + 1]?.kind === 'equals') this.#at++;
    const value = this.#parts[this.#at + 1];
    if (value !== undefined && value.kind !== 'equals' && value.kind !== 'block') this.#at++;
  }

  /** Notes the words of a phrase that begins at the current part. */
  #note(phrase: string): void {
    if (this.#noteKeyword !== undefined) noteKeywords(phrase, this.#parts, this.#at, this.#noteKeyword);
  }

  #fail(report: () => void): void {
    this.#failed = true;
    report();
  }
}

function optionName(argument: Argument): string {
  return (
    argument.words?.toUpperCase() ??
    choicesOf(argument)
      .map((one) => one.words.toUpperCase())
      .join(' | ')
  );
}
