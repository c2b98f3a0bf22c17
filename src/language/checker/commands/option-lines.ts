// Options that stand on the line below their command. A line end ends a command; only a `\` takes it away. Options could
// not go on by themselves: at the prompt a command is carried out at the end of its line, and a later command with the
// name of an option would change what scripts mean that are there already. So such lines are read as what they were
// meant to be, for the check alone, and each gets one message.
//
// Only a word that begins no command and no statement is taken for an option, because any other may be meant as that.
import { commands, findCommand, isCommandWord } from '../../catalogue/catalogue.ts';
import { keywordForms, matchedWords, wordsOf } from '../../catalogue/definition/abbreviation.ts';
import { optionPhrases } from '../../catalogue/definition/syntax-text.ts';
import { statementWords } from '../../lexer/patterns.ts';
import type { Block, CommandNode, Statement } from '../../tree/ast.ts';
import type { SourceText } from '../../tree/source-text.ts';

export interface WithOptionLines {
  readonly statement: Statement;
  readonly lines: readonly CommandNode[];
}

let known: ReadonlySet<string> | undefined;

/** The first words of all options, in capitals, in all their forms, but for those that begin a command or a statement. */
export function optionLineWords(): ReadonlySet<string> {
  known ??= new Set(
    commands
      .flatMap(optionPhrases)
      .flatMap((words) => [...keywordForms(wordsOf(words)[0] ?? '')])
      .filter((form) => !isCommandWord(form) && !statementWords.has(form.toLowerCase())),
  );
  return known;
}

/** The command of the statement at `at`, with the lines behind it that were meant as its options; undefined for none. */
export function withOptionLines(block: Block, at: number, source: SourceText): WithOptionLines | undefined {
  const statement = block[at];
  const command = statement?.kind === 'assign' ? statement.value : statement;
  if (statement === undefined || command?.kind !== 'command' || !beginsWithOption(block[at + 1])) return undefined;
  const match = findCommand(wordsOfParts(command));
  if (!('definition' in match)) return undefined;
  const options = optionPhrases(match.definition);
  const lines: CommandNode[] = [];
  let before: Statement = statement;
  for (const next of block.slice(at + 1)) {
    if (next.kind !== 'command' || !beginsWithOption(next) || !isNextLine(before, next, source)) break;
    if (!options.some((words) => matchedWords(words, wordsOfParts(next)) > 0)) break;
    lines.push(next);
    before = next;
  }
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const whole: CommandNode = {
    ...command,
    parts: [command, ...lines].flatMap((one) => one.parts),
    end: last.end,
    ...(last.block === undefined ? {} : { block: last.block }),
  };
  return { statement: statement.kind === 'assign' ? { ...statement, value: whole } : whole, lines };
}

function wordsOfParts({ parts }: CommandNode): readonly string[] {
  return parts.slice(0, 4).flatMap((one) => (one.kind === 'word' ? [one.text] : []));
}

function beginsWithOption(statement: Statement | undefined): boolean {
  const [first] = statement?.kind === 'command' ? statement.parts : [];
  return first?.kind === 'word' && optionLineWords().has(first.text.toUpperCase());
}

function isNextLine(before: Statement, next: Statement, source: SourceText): boolean {
  const between = source.slice({ start: before.end, end: next.start });
  return /^[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)[ \t]*$/.test(between);
}
