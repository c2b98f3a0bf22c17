// Secrets that stand in a text as they are: the password behind LOGIN, what secret() is given. Such a text is not kept in the
// history, and a session that is saved asks for them instead. Texts that did not check count too: a password behind a
// misspelt LOGIN is still a password.
import type { IToken } from 'chevrotain';
import { commands } from '../language/catalogue/catalogue.ts';
import type { CommandDefinition } from '../language/catalogue/definition.ts';
import * as tokens from '../language/lexer/tokens.ts';
import { nearestMatch } from '../language/nearest-match.ts';
import { readScript, type ScriptReading } from '../language/reading/script-reading.ts';
import type { Range } from '../language/source-text.ts';

const takesSecret = (definition: CommandDefinition): boolean =>
  definition.arguments.some((one) => one.type === 'secret');
const secretWords = commands
  .filter(takesSecret)
  .flatMap(({ words, alias }) => [words, ...(alias === undefined ? [] : [alias])]);
const firstSecretWords = new Set(secretWords.map((words) => words.split(' ')[0] ?? ''));

/** Whether a text holds a secret, or may: where it cannot be told, it does. */
export function holdsSecret(text: string): boolean {
  const reading = readScript('prompt', text);
  if (secretRanges(reading).length > 0) return true;
  return (
    reading.tokens.some((token, at) => isSecretParameter(reading.tokens, token, at) || hidesSecretCall(token)) ||
    reading.commands.some(
      ({ definition, parts, start }) =>
        parts.some((one) => one.role === 'unknown') &&
        (definition === undefined ? isLikeSecretCommand(text.slice(start)) : takesSecret(definition)),
    )
  );
}

/** `PARAM $x AS secret = …`: a value is written down for it. */
function isSecretParameter(all: readonly IToken[], token: IToken, at: number): boolean {
  const type = all[at + 3]?.image.toLowerCase();
  return token.tokenType === tokens.Param && type === 'secret' && all[at + 4]?.tokenType === tokens.Equals;
}

/** Inside a string, where nothing can be put into its place. */
function hidesSecretCall(token: IToken): boolean {
  return token.tokenType === tokens.StringLiteral && /\$\{[^}]*\bsecret\s*\(/i.test(token.image);
}

function isLikeSecretCommand(text: string): boolean {
  const word = /^\S*/.exec(text)?.[0] ?? '';
  return nearestMatch(word, firstSecretWords) !== undefined;
}

/** A text with a variable in the place of each secret; `name` makes up the variables. */
export function withoutSecrets(text: string, name: () => string): string {
  const ranges = secretRanges(readScript('prompt', text)).sort((one, other) => other.start - one.start);
  return ranges.reduce((rest, { start, end }) => `${rest.slice(0, start)}$${name()}${rest.slice(end)}`, text);
}

function secretRanges(reading: ScriptReading): Range[] {
  const { source } = reading;
  const values = reading.commands.flatMap(({ parts }) =>
    parts.filter((one) => one.role === 'value' && one.argument?.type === 'secret'),
  );
  const literals = values.filter((one) => !/^\$\w+$/.test(source.slice(one)));
  const calls = reading.tokens.flatMap((token, at) => secretCall(reading.tokens, token, at));
  return [
    ...literals,
    ...calls.filter((call) => !literals.some((one) => one.start <= call.start && call.end <= one.end)),
  ];
}

/** `secret("…")`, whatever is inside; a variable there is no literal. */
function secretCall(all: readonly IToken[], token: IToken, at: number): readonly Range[] {
  const opens = token.tokenType === tokens.PlainName && token.image.toLowerCase() === 'secret';
  if (!opens || all[at + 1]?.tokenType !== tokens.OpenRound) return [];
  const isVariable = all[at + 2]?.tokenType === tokens.Variable && all[at + 3]?.tokenType === tokens.CloseRound;
  if (isVariable) return [];
  let depth = 0;
  for (const one of all.slice(at + 1)) {
    if (one.tokenType === tokens.OpenRound) depth++;
    if (one.tokenType === tokens.CloseRound && --depth === 0)
      return [{ start: token.startOffset, end: tokens.tokenEnd(one) }];
  }
  return [];
}
