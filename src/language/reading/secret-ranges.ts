// Finds the secrets in a text: the password behind LOGIN, the argument of secret(), the value of PARAM … AS secret. A
// word is a secret by its place among the tokens and in its command, over all lines of the statement, and not by how it
// looks. Texts with mistakes count, too: a password behind a misspelt LOGIN is still a password.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { commands } from '../catalogue/catalogue.ts';
import type { Argument, CommandDefinition } from '../catalogue/definition/definition.ts';
import { nearestMatch } from '../diagnostics/nearest-match.ts';
import { isWord, type Token } from '../lexer/token.ts';
import { type Range, SourceText } from '../tree/source-text.ts';
import type { CommandReading, ReadPart } from './command-reading.ts';
import { readCommand } from './command-reading.ts';
import { commandParts, readScript, type ScriptReading } from './script-reading.ts';
import { type TornLines, tornLines } from './torn-lines.ts';

const secretArgument = (definition: CommandDefinition): Argument | undefined =>
  definition.arguments.find((one) => one.type === 'secret');

const secretCommands = commands.filter((one) => secretArgument(one) !== undefined);
const commandsByFirstWord = new Map(
  secretCommands.flatMap((one) =>
    [one.words, ...(one.alias === undefined ? [] : [one.alias])].map((words) => [words.split(' ')[0] ?? '', one]),
  ),
);
/** The words behind which a secret stands, in small letters. */
const optionWords = new Set(secretCommands.flatMap((one) => secretArgument(one)?.words?.toLowerCase() ?? []));

/** Secrets that are written as literals in the right place: each range could be replaced by a variable. */
export function literalSecrets({ source, tokens, commands: read }: ScriptReading): Range[] {
  const values = read.flatMap(({ parts }) =>
    parts.filter((one) => one.role === 'value' && one.argument?.type === 'secret' && !isVariable(source.slice(one))),
  );
  const calls = tokens.flatMap((token, at) => secretCall(tokens, token, at));
  const isValue = coveredBy(values);
  return [...values, ...calls.filter((call) => !isValue(call))];
}

/** Text that may be a secret, because without the mistakes around it this would be the place of a secret. */
export function likelySecrets({ source, tokens, commands: read }: ScriptReading): Range[] {
  const isRead = coveredBy(read);
  const known = read.flatMap((command) => likelyParts(command, source));
  const stray = tokens.flatMap((token, at) =>
    !isRead(token) && isStraySecretCommand(token) ? strayParts(tokens, at, source) : [],
  );
  const strings = tokens.filter(hidesSecretCall);
  return [
    ...known,
    ...stray,
    ...strings,
    ...tornOff(tokens),
    ...tokens.flatMap((token, at) => parameterValue(tokens, token, at)),
  ];
}

/** The lines that may continue a secret whose quote or bracket is not closed on its line. */
export function tornSecrets(reading: ScriptReading): TornLines {
  const isSecret = coveredBy([...literalSecrets(reading), ...likelySecrets(reading)]);
  const asks = (token: Token, isFirst: boolean): boolean =>
    asksForSecret(token) || (isFirst && nearestMatch(token.text, commandsByFirstWord.keys()) !== undefined);
  return tornLines(reading.source, reading.tokens, { isSecret, asks });
}

/** Whether a command that takes a secret stands where none may, as in the middle of a broken statement. */
function isStraySecretCommand({ kind, text }: Token): boolean {
  return (isWord(kind) || kind === 'name') && commandsByFirstWord.has(text.toUpperCase());
}

function strayParts(tokens: readonly Token[], at: number, source: SourceText): Range[] {
  const words = tokens.slice(at).map((one): Token => (one.kind === 'name' ? { ...one, kind: 'word' } : one));
  const end = words.findIndex((one) => one.kind === 'terminator');
  const read = readCommand(commandParts(end < 0 ? words : words.slice(0, end), 0));
  const values = read.parts.filter((one) => one.argument?.type === 'secret' && one.role === 'value');
  return [...values, ...likelyParts(read, source)];
}

/** The parts that belong to no argument, in a command that takes a secret or resembles one that does. */
function likelyParts({ definition, parts }: CommandReading, source: SourceText): ReadPart[] {
  if (definition !== undefined) {
    return secretArgument(definition) === undefined
      ? behindStrayOption(parts, source)
      : partsWithoutPlace(parts, source);
  }
  const first = parts[0];
  const word = first === undefined ? undefined : nearestMatch(source.slice(first), commandsByFirstWord.keys());
  const behind = parts.findIndex((one) => optionWords.has(source.slice(one).toLowerCase()));
  if (behind >= 0) return parts.slice(behind + 1);
  const meant = word === undefined ? undefined : commandsByFirstWord.get(word);
  return meant === undefined ? [] : parts.slice(placeOfSecret(meant));
}

/** The parts behind the option of a secret in a command that takes no secret: `… SECRET "…"`. */
function behindStrayOption(parts: readonly ReadPart[], source: SourceText): ReadPart[] {
  const option = parts.findIndex((one) => one.role === 'unknown' && optionWords.has(source.slice(one).toLowerCase()));
  return option < 0 ? [] : parts.slice(option + 1).filter(({ role }) => role === 'unknown');
}

/**
 * Parts that belong to no argument. When no secret was read, each may be the secret; otherwise only those in quotes,
 * and those that may continue a secret without quotes.
 */
function partsWithoutPlace(parts: readonly ReadPart[], source: SourceText): ReadPart[] {
  const given = parts.findIndex((one) => one.role === 'value' && one.argument?.type === 'secret');
  const isOpen = given >= 0 && !/^(?:[eE]?"|['$])/.test(source.slice(parts[given] ?? { start: 0, end: 0 }));
  const next = parts.findIndex((one, at) => at > given && one.role !== 'unknown');
  return parts.filter(
    (one, at) =>
      one.role === 'unknown' &&
      !isLikeOption(source.slice(one)) &&
      (given < 0 || /^(?:[eE]?"|')/.test(source.slice(one)) || (isOpen && at > given && (next < 0 || at < next))),
  );
}

function isLikeOption(text: string): boolean {
  return nearestMatch(text, optionWords) !== undefined;
}

/** How many parts a command has before its secret, when none is left out. */
function placeOfSecret({ words, arguments: all }: CommandDefinition): number {
  return words.split(' ').length + all.findIndex((one) => one.type === 'secret');
}

function isVariable(text: string): boolean {
  return /^\$\w+$/.test(text);
}

/** `secret(…)` with anything but a single variable inside. */
function secretCall(all: readonly Token[], token: Token, at: number): readonly Range[] {
  const opens = (isWord(token.kind) || token.kind === 'name') && token.text.toLowerCase() === 'secret';
  if (!opens || all[at + 1]?.kind !== 'open-round') return [];
  if (all[at + 2]?.kind === 'variable' && all[at + 3]?.kind === 'close-round') return [];
  let depth = 0;
  for (const one of all.slice(at + 1)) {
    if (one.kind === 'open-round') depth++;
    if (one.kind === 'close-round' && --depth === 0) return [{ start: token.start, end: one.end }];
  }
  return [];
}

/**
 * `secret(` that is never closed: the lexer drops its bracket, so the rest of its line, or the next line, is hidden.
 */
function openCall({ kind, text, end }: Token, source: SourceText): readonly Range[] {
  if (kind !== 'name' || text.toLowerCase() !== 'secret') return [];
  const behind = /^\s*\((?:\s|\\(?=\s))*/.exec(source.text.slice(end, end + 200))?.[0];
  if (behind === undefined) return [];
  const start = end + behind.length;
  const lineEnd = source.text.indexOf('\n', start);
  return [{ start, end: lineEnd < 0 ? source.text.length : lineEnd }];
}

/**
 * No statement begins with a string. A string at the beginning of a statement, behind a statement that asks for a
 * secret, was cut off from that statement by a bracket or a quote that is never closed.
 */
function tornOff(tokens: readonly Token[]): readonly Range[] {
  const found: Range[] = [];
  let asks = false;
  let asked = false;
  let begins = true;
  for (const token of tokens) {
    if (token.kind === 'terminator') {
      [asked, asks, begins] = [asks || (begins && asked), false, true];
      continue;
    }
    if (begins && asked && /string|block/.test(token.kind)) {
      found.push(token);
      asks = true;
    }
    begins = false;
    asks ||= asksForSecret(token);
  }
  return found;
}

function asksForSecret(token: Token): boolean {
  const word = token.text.toLowerCase();
  return word === 'secret' || optionWords.has(word) || isStraySecretCommand(token);
}

/** `secret(…)` inside the braces of a string. */
function hidesSecretCall({ kind, text }: Token): boolean {
  return /string|block/.test(kind) && /\$\{[^}]*\bsecret\s*\(/i.test(text);
}

/** The default value of `PARAM $x AS secret = …`. */
function parameterValue(all: readonly Token[], token: Token, at: number): readonly Range[] {
  const type = all[at + 3]?.text.toLowerCase() ?? '';
  const isSecret = token.kind === 'param' && nearestMatch(type, ['secret']) === 'secret';
  const value = all[at + 5];
  return isSecret && all[at + 4]?.kind === 'equals' && value !== undefined && value.kind !== 'terminator'
    ? [value]
    : [];
}

/** A diagnostic quotes text at its own place or at most this many characters away. */
const quotedWithin = 4096;

const tornMessage = 'this may be the rest of the secret above that is not closed, and is not shown';

/** The diagnostic without the secrets that it quotes. Its places stay as they are. */
export function withoutQuotedSecrets(diagnostic: Diagnostic, source: SourceText): Diagnostic {
  const { message, fix, span } = diagnostic;
  const { torn } = hiddenIn(source.part(span.file));
  if (torn.some(({ start, end }) => start <= span.start && span.start < end)) {
    const { fix: _, ...rest } = diagnostic;
    return { ...rest, message: tornMessage };
  }
  if (!message.includes('`') && fix?.includes('`') !== true) return diagnostic;
  const part = source.part(span.file);
  const near = hiddenRanges(part, { start: span.start - quotedWithin, end: span.end + quotedWithin });
  if (near.length === 0) return diagnostic;
  const secrets = near.map(({ start, end }) => part.text.slice(start, end));
  const masked = (text: string): string =>
    text.replace(/`([^`]*)`/g, (whole, quoted: string) =>
      secrets.some((one) => isQuoted(one, quoted)) ? '`•••`' : whole,
    );
  return { ...diagnostic, message: masked(message), ...(fix === undefined ? {} : { fix: masked(fix) }) };
}

/** Whether a quotation holds a secret. A very short secret must match whole, because many other words contain it. */
function isQuoted(secret: string, quoted: string): boolean {
  const bare = quoted.replace(/^[eE]?["']+|["']+$/g, '');
  return (
    quoted === secret || (secret.length >= 3 && quoted.includes(secret)) || (bare.length >= 3 && secret.includes(bare))
  );
}

/** Tokens inside a secret's range that may be shown: variables, and the punctuation around them. */
const shownKinds = new Set(['variable', 'open-round', 'close-round', 'comma', 'plus', 'terminator']);

/** Ranges in order, in the offsets of one text. */
interface Hidden {
  readonly all: readonly Range[];
  /** Those of `all` that are whole lines, torn from the statement that asked for the secret. */
  readonly torn: readonly Range[];
}

const found = new WeakMap<SourceText, Hidden>();

/**
 * The ranges that must not be shown in a stretch of a text or of an included file, in the offsets of that file, in
 * order.
 */
export function hiddenRanges(part: SourceText, { start, end }: Range): readonly Range[] {
  const { all } = hiddenIn(part);
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while ((all[last]?.start ?? end) < end) last++;
  return all.slice(low, last);
}

/** A text that was typed behind another one: a secret that is not closed in the earlier text may go on in it. */
export function typedBehind(before: string, part: SourceText): SourceText {
  const { all, torn } = findHidden(new SourceText(part.file, before + part.text));
  const own = (ranges: readonly Range[]): readonly Range[] =>
    ranges
      .filter(({ end }) => end > before.length)
      .map(({ start, end }) => ({ start: Math.max(0, start - before.length), end: end - before.length }));
  found.set(part, { all: own(all), torn: own(torn) });
  return part;
}

function hiddenIn(part: SourceText): Hidden {
  const hidden = found.get(part) ?? findHidden(part);
  found.set(part, hidden);
  return hidden;
}

function findHidden(part: SourceText): Hidden {
  const reading = readScript(part.file, part.text);
  const { tokens } = reading;
  const isSecret = coveredBy([...literalSecrets(reading), ...likelySecrets(reading)]);
  const hidden = tokens.flatMap((token, at) => {
    const isCall = token.text.toLowerCase() === 'secret' && tokens[at + 1]?.kind === 'open-round';
    if (!isCall && !shownKinds.has(token.kind) && isSecret(token)) return [token];
    return isCall ? [] : openCall(token, part);
  });
  const { ranges: torn } = tornSecrets(reading);
  const isTorn = coveredBy(torn);
  const rest = hidden.filter((one) => !isTorn(one)).map(({ start, end }) => ({ start, end }));
  return { all: [...rest, ...torn].sort((one, other) => one.start - other.start), torn };
}

/** Returns a function that tells of tokens, in their order, whether each begins inside one of the ranges. */
function coveredBy(ranges: readonly Range[]): (token: Range) => boolean {
  const sorted = [...ranges].sort((one, other) => one.start - other.start);
  let next = 0;
  let end = 0;
  return (token) => {
    for (let one = sorted[next]; one !== undefined && one.start <= token.start; one = sorted[++next])
      end = Math.max(end, one.end);
    return token.start < end;
  };
}
