// Reads one command as far as it is written: the words of its name, the options, the value of each option, and what may
// come next. It never reports mistakes and never gives up, so that completion, help and colours work in the middle of a
// word; the checker reports mistakes (checker/commands/bind-command.ts). Both read a complete command the same way; a test
// checks this with every example of the catalogue.
import { commands, findCommand, findTask, taskCommands } from '../catalogue/catalogue.ts';
import { matchedWords, matchesKeyword } from '../catalogue/definition/abbreviation.ts';
import type { Argument, CommandDefinition } from '../catalogue/definition/definition.ts';
import { isLikeOption } from '../diagnostics/like-option.ts';
import type { Range } from '../tree/source-text.ts';

/** A piece of a command: a bare word, the `=` behind an option, or any other value. */
export type Part = Range & ({ readonly kind: 'word'; readonly text: string } | { readonly kind: 'equals' | 'value' });

export type PartRole = 'command' | 'option' | 'choice' | 'value' | 'equals' | 'unknown';

export interface ReadPart extends Range {
  readonly role: PartRole;
  /** The argument to which an option, a choice or a value belongs. */
  readonly argument?: Argument;
  /** The command to which a name belongs; inside QUEUETASK the command of the task. */
  readonly definition?: CommandDefinition;
}

/** The words and arguments that may follow the last part. */
export interface Expected {
  /** Words that continue an unfinished name, option or choice, in capitals. */
  readonly words: readonly string[];
  /** The argument whose value must come next, because its option is the last part. */
  readonly value: Argument | undefined;
  /** The arguments that may be given here; the first without a word of its own may be given by its value. */
  readonly free: readonly Argument[];
  readonly block: boolean;
}

export interface CommandReading {
  readonly definition: CommandDefinition | undefined;
  readonly parts: readonly ReadPart[];
  readonly expected: Expected;
}

/** No name of a command or of an option has more words. To look at all words that follow would take quadratic time. */
const phraseWordsMax = 16;

export function readCommand(parts: readonly Part[]): CommandReading {
  return new CommandReader(parts).read();
}

class CommandReader {
  readonly #parts: readonly Part[];
  readonly #read: ReadPart[] = [];
  readonly #words: string[] = [];
  readonly #free: Argument[] = [];
  #value: Argument | undefined;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get #at(): number {
    return this.#read.length;
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#parts.length;
  }

  read(): CommandReading {
    const match = findCommand(this.#wordsFrom(0));
    const definition = 'definition' in match ? match.definition : undefined;
    this.#take('definition' in match ? match.length : match.known, {
      role: 'command',
      ...(definition && { definition }),
    });
    if (this.#isAtEnd) this.#words.push(...longerNames(commands, this.#wordsFrom(0)));
    if (definition !== undefined) this.#arguments(definition, false);
    while (!this.#isAtEnd) this.#take(1, { role: 'unknown' });
    const block = definition?.block === true && this.#value === undefined;
    return {
      definition,
      parts: this.#read,
      expected: { words: this.#words, value: this.#value, free: this.#value === undefined ? this.#free : [], block },
    };
  }

  /** A task inside QUEUETASK leaves the parts that it does not know to the command around it. */
  #arguments(definition: CommandDefinition, nested: boolean): void {
    const given = new Set<Argument>();
    while (!this.#isAtEnd) {
      const argument = this.#option(definition) ?? this.#choice(definition) ?? this.#positional(definition, given);
      if (argument !== undefined) given.add(argument);
      else if (nested) break;
      else this.#take(1, { role: this.#parts[this.#at]?.kind === 'equals' ? 'equals' : 'unknown' });
    }
    if (this.#isAtEnd) this.#free.push(...definition.arguments.filter((one) => !given.has(one) || one.repeatable));
  }

  #option(definition: CommandDefinition): Argument | undefined {
    const words = this.#wordsFrom(this.#at);
    if (words.length === 0) return undefined;
    let written: { argument: Argument | undefined; length: number } = { argument: undefined, length: 0 };
    for (const argument of definition.arguments) {
      const length = argument.words === undefined ? 0 : matchedWords(argument.words, words);
      if (length > written.length) written = { argument, length };
    }
    // Only the last words can be the beginning of a longer name.
    const isLast = this.#at + words.length === this.#parts.length;
    const begun = isLast ? definition.arguments.filter((one) => this.#wordAfterBeginning(one.words) !== undefined) : [];
    this.#words.push(...begun.map((one) => this.#wordAfterBeginning(one.words) ?? ''));
    const argument = written.argument ?? begun[0];
    if (argument === undefined) return undefined;
    this.#take(written.length || words.length, { role: 'option', argument });
    if (written.argument === undefined) return argument;
    if (this.#parts[this.#at]?.kind === 'equals') this.#take(1, { role: 'equals' });
    this.#readValue(definition, argument);
    return argument;
  }

  #choice(definition: CommandDefinition): Argument | undefined {
    return definition.arguments.find((argument) => argument.words === undefined && this.#readChoice(argument));
  }

  #readChoice(argument: Argument): boolean {
    const choices = typeof argument.type === 'object' ? argument.type.choice : [];
    const words = this.#wordsFrom(this.#at);
    for (const choice of choices) {
      const length = matchedWords(choice.words, words);
      if (length > 0) {
        this.#take(length, { role: 'choice', argument });
        return true;
      }
    }
    const next = choices.map((one) => this.#wordAfterBeginning(one.words)).filter((one) => one !== undefined);
    this.#words.push(...next);
    if (next.length > 0) this.#take(words.length, { role: 'choice', argument });
    return next.length > 0;
  }

  #positional(definition: CommandDefinition, given: ReadonlySet<Argument>): Argument | undefined {
    const part = this.#parts[this.#at];
    if (part === undefined || part.kind === 'equals') return undefined;
    const free = definition.arguments.find(
      (one) =>
        one.words === undefined &&
        typeof one.type === 'string' &&
        (one.repeatable || !given.has(one)) &&
        // As in the checker: a bare word that is like an option is not taken for an optional connection.
        (one.required || one.type !== 'connection' || part.kind !== 'word' || !isLikeOption(part.text, definition)),
    );
    if (free === undefined) return undefined;
    this.#take(free.type === 'words' ? this.#parts.length - this.#at : 1, { role: 'value', argument: free });
    return free;
  }

  #readValue(definition: CommandDefinition, argument: Argument): void {
    const part = this.#parts[this.#at];
    if (part === undefined) this.#value = argument;
    else if (typeof argument.type === 'object') this.#readChoice(argument);
    else if (part.kind === 'equals' || this.#beginsOption(definition)) return;
    else if (argument.type === 'mapping') this.#readMapping(argument, part);
    else if (argument.type === 'task') this.#readTask(argument);
    else this.#take(1, { role: argument.type === 'timeout' && isWord(part, 'FOREVER') ? 'choice' : 'value', argument });
  }

  #beginsOption(definition: CommandDefinition): boolean {
    const words = this.#wordsFrom(this.#at);
    return definition.arguments.some((one) => one.words !== undefined && matchedWords(one.words, words) > 0);
  }

  #readMapping(argument: Argument, part: Part): void {
    if (isWord(part, 'EXACT')) {
      this.#take(1, { role: 'choice', argument });
      return;
    }
    this.#take(1, { role: 'value', argument });
    const to = this.#parts[this.#at];
    if (to === undefined) this.#words.push('TO');
    else if (isWord(to, 'TO')) {
      this.#take(1, { role: 'option', argument });
      if (this.#isAtEnd) this.#value = { ...argument, type: 'path' };
      else this.#take(1, { role: 'value', argument });
    }
  }

  #readTask(argument: Argument): void {
    const words = this.#wordsFrom(this.#at);
    const match = findTask(words);
    if (match !== undefined) {
      this.#take(match.length, { role: 'command', definition: match.definition });
      this.#arguments(match.definition, true);
      return;
    }
    const longer =
      words.length > 0 && this.#at + words.length === this.#parts.length ? longerNames(taskCommands, words) : [];
    this.#take(1, { role: longer.length > 0 ? 'command' : 'value', argument });
    this.#words.push(...longer);
    if (this.#parts[this.#at]?.kind === 'value') this.#take(1, { role: 'value', argument });
  }

  /** The next word of a phrase, when the last parts are the first words of the phrase; otherwise undefined. */
  #wordAfterBeginning(phrase: string | undefined): string | undefined {
    const keywords = phrase?.split(' ') ?? [];
    const words = this.#wordsFrom(this.#at);
    const isBeginning =
      words.length > 0 &&
      this.#at + words.length === this.#parts.length &&
      words.every((word, index) => matchesKeyword(keywords[index] ?? '', word));
    return isBeginning ? keywords[words.length]?.toUpperCase() : undefined;
  }

  #take(count: number, as: Omit<ReadPart, keyof Range>): void {
    for (const { start, end } of this.#parts.slice(this.#at, this.#at + count)) this.#read.push({ start, end, ...as });
  }

  #wordsFrom(index: number): string[] {
    const words: string[] = [];
    for (const part of this.#parts.slice(index, index + phraseWordsMax)) {
      if (part.kind !== 'word') break;
      words.push(part.text);
    }
    return words;
  }
}

function isWord(part: Part, word: string): boolean {
  return part.kind === 'word' && part.text.toUpperCase() === word;
}

/** The words that continue a name of which the first words are written. */
function longerNames(definitions: readonly CommandDefinition[], written: readonly string[]): readonly string[] {
  const next = definitions
    .flatMap((one) => (one.alias === undefined ? [one.words] : [one.words, one.alias]))
    .map((phrase) => phrase.split(' '))
    .filter((keywords) => keywords.length > written.length)
    .filter((keywords) => written.every((word, index) => matchesKeyword(keywords[index] ?? '', word)))
    .map((keywords) => (keywords[written.length] ?? '').toUpperCase());
  return [...new Set(next)];
}
