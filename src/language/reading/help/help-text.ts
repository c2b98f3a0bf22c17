// The text that HELP prints: about a command, a statement, a function, a unit, a topic, a group or an option; a list
// when a word means several of them; the nearest name when it means none.
import { commands } from '../../catalogue/catalogue.ts';
import type { GroupName } from '../../catalogue/definition/groups.ts';
import { commandName } from '../../catalogue/definition/syntax-text.ts';
import { nearestMatch } from '../../diagnostics/nearest-match.ts';
import { builtinFunctions } from '../../functions/builtin-functions.ts';
import { ourNameOf } from '../../functions/suggest-function.ts';
import { statementWords } from '../statement-words.ts';
import { commandFamilies, commandLines, commandList, commandsBeginning } from './command-help.ts';
import { functionLines, functionNamed } from './function-help.ts';
import { aligned, wrapped } from './layout.ts';
import { groupLines, groupNames, type Kind, kinds, type Meaning, meaningsOf } from './meanings.ts';
import { optionNames } from './option-help.ts';
import { topics } from './topics.ts';
import { units } from './units.ts';

/** The lines that answer HELP with these words. */
export function helpLines(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  if (words.length === 0) return overview();
  if (rest.length === 0 && first.toUpperCase() === 'ALL') return everything();
  const kind = rest.length === 0 ? undefined : kinds.find((one) => one === first.toUpperCase());
  if (kind !== undefined) return linesOfKind(kind, rest);
  const found = meaningsOf(words);
  const pages = found.filter((one) => one.kind !== 'GROUP' && one.kind !== 'OPTION' && !isLookup(one));
  const [page] = pages;
  if (pages.length > 1) return severalLines(words, found);
  return page === undefined ? linesBeginning(words, found) : [...page.lines(), ...more(words, found, page)];
}

/** A function named like what it looks up, as are commands: the word alone asks for these. */
function isLookup({ kind, name }: Meaning): boolean {
  return kind === 'FUNCTION' && builtinFunctions.get(name)?.lookup !== undefined;
}

/** Every name under which HELP has a page, in capitals. */
function helpNames(): readonly string[] {
  const names = [
    ...commands.flatMap((one) => (one.alias === undefined ? [one.words] : [one.words, one.alias])),
    ...statementWords.map(({ word }) => word),
    ...topics.map(({ name }) => name),
    ...groupNames,
    ...builtinFunctions.keys(),
    ...units.flatMap(({ spellings }) => spellings.filter((one) => one.length > 2)),
    'ALL',
  ];
  return [...new Set(names.map((one) => one.toUpperCase()))];
}

/** The words that may come next behind HELP and these words, in capitals. */
export function nextHelpWords(written: readonly string[]): readonly string[] {
  const asked = written.map((one) => one.toUpperCase());
  const names = [...helpNames(), 'GROUP', ...groupNames.map((one) => `GROUP ${one.toUpperCase()}`)];
  const longer = names.map((one) => one.split(' ')).filter((words) => asked.every((one, at) => words[at] === one));
  return [...new Set(longer.flatMap((words) => words[asked.length] ?? []))];
}

function linesOfKind(kind: Kind, words: readonly string[]): readonly string[] {
  const [found] = meaningsOf(words).filter((one) => one.kind === kind);
  if (found !== undefined) return found.lines();
  const group = kind === 'GROUP' ? groupBeginning(words) : undefined;
  if (group !== undefined) return groupLines(group);
  const known = kind === 'GROUP' ? groupNames : [...helpNames(), ...optionNames()];
  return unknownLines(words, known, kind === 'GROUP' ? `The groups are ${groupNames.join(', ')}.` : undefined);
}

function severalLines(words: readonly string[], found: readonly Meaning[]): readonly string[] {
  const list = aligned(found.map(({ kind, name, summary }) => [`HELP ${kind} ${name}`, firstSentence(summary)]));
  return [`${words.join(' ').toUpperCase()} means several things:`, '', ...list.map((line) => `  ${line}`)];
}

/** Leads to what else the words mean, and to the commands that begin with them. */
function more(words: readonly string[], found: readonly Meaning[], shown?: Meaning): readonly string[] {
  const others = found.filter((one) => one !== shown).map(({ kind, name }) => `HELP ${kind} ${name}`);
  const whole = `${words.join(' ').toUpperCase()} `;
  const longer =
    shown === undefined
      ? []
      : commandsBeginning(words)
          .map(commandName)
          .filter((one) => one.startsWith(whole));
  const all = [...others, ...longer.map((one) => `HELP ${one}`)];
  return all.length === 0 ? [] : [`  The word means more: ${all.join(', ')}`];
}

/** For words that name no page exactly: commands or a group that begin so, an option, a function that begins so. */
function linesBeginning(words: readonly string[], found: readonly Meaning[]): readonly string[] {
  const begun = commandsBeginning(words);
  const [only] = begun;
  if (only !== undefined && begun.length === 1) return commandLines(only);
  const group = groupBeginning(words);
  const options = found.filter((one) => one.kind === 'OPTION');
  const others = [...options, ...found.filter(isLookup)];
  if (group !== undefined) return [...groupLines(group), ...more(words, others)];
  if (begun.length > 0) return [...commandList(begun), ...more(words, others)];
  const [option] = options;
  if (option !== undefined) return option.lines();
  const name = functionNamed(words.join(' '));
  const builtin = name === undefined ? undefined : builtinFunctions.get(name);
  if (name !== undefined && builtin !== undefined) return functionLines(name, builtin);
  return unknownLines(words, [...helpNames(), ...optionNames()]);
}

function groupBeginning(words: readonly string[]): GroupName | undefined {
  const name = words.join(' ').toLowerCase();
  const begun = groupNames.filter((one) => one.toLowerCase().startsWith(name));
  return begun.find((one) => one.toLowerCase() === name) ?? (begun.length === 1 ? begun[0] : undefined);
}

function unknownLines(words: readonly string[], known: readonly string[], otherwise?: string): readonly string[] {
  const asked = words.join(' ').toUpperCase();
  const nearest = ourNameOf(asked) ?? nearestMatch(asked, known);
  const next = otherwise ?? 'HELP alone shows what there is.';
  const meant = nearest === undefined ? next : `Did you mean HELP ${nearest.toUpperCase()}? Otherwise: ${next}`;
  return [`There is no help on ${asked}. ${meant}`];
}

function firstSentence(text: string): string {
  return (text.split('. ')[0] ?? text).replace(/\.$/, '');
}

/** What a person sees first: the names, by group, and how to go on. */
function overview(): readonly string[] {
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ...groupNames.map((name): [string, readonly string[]] => [name, commandFamilies(name)]),
    ['statements', statementWords.map(({ word }) => word)],
  ];
  const width = Math.max(...parts.map(([name]) => name.length));
  return [
    ...parts.flatMap(([name, words]) => {
      const [first = '', ...others] = wrapped(words, ' '.repeat(width + 2));
      return [`${name.padEnd(width)}  ${first.trimStart()}`, ...others];
    }),
    '',
    'HELP and a name explains it: HELP CONNECT, HELP snapshots, HELP IF, HELP minutes.',
    ...wrapped(
      topics.map(({ name }) => `HELP ${name.toLowerCase()}`),
      'More: ',
    ),
    'HELP ALL lists every command with a sentence. QUIT ends the session.',
  ];
}

/** Every command with its first sentence, by group. */
function everything(): readonly string[] {
  return [
    ...groupNames.flatMap((name) => [...groupLines(name), '']),
    'Small letters may be left out: QTASK is QUEUETASK. A * marks what is not there yet.',
  ];
}
