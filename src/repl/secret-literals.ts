// Secrets that stand in a text as they are: the password behind LOGIN, what secret() is given. Such a text is not kept in the
// history, and a session that is saved asks for them instead. Texts that did not check count too: a password behind a
// misspelt LOGIN is still a password.
import { commands } from '../language/catalogue/catalogue.ts';
import type { CommandDefinition } from '../language/catalogue/definition.ts';
import type { Token } from '../language/lexer/token.ts';
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
function isSecretParameter(all: readonly Token[], token: Token, at: number): boolean {
  const type = all[at + 3]?.text.toLowerCase();
  return token.kind === 'param' && type === 'secret' && all[at + 4]?.kind === 'equals';
}

/** Inside a string, where nothing can be put into its place. */
function hidesSecretCall(token: Token): boolean {
  return token.kind === 'string' && /\$\{[^}]*\bsecret\s*\(/i.test(token.text);
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
function secretCall(all: readonly Token[], token: Token, at: number): readonly Range[] {
  const opens = token.kind === 'name' && token.text.toLowerCase() === 'secret';
  if (!opens || all[at + 1]?.kind !== 'open-round') return [];
  const isVariable = all[at + 2]?.kind === 'variable' && all[at + 3]?.kind === 'close-round';
  if (isVariable) return [];
  let depth = 0;
  for (const one of all.slice(at + 1)) {
    if (one.kind === 'open-round') depth++;
    if (one.kind === 'close-round' && --depth === 0) return [{ start: token.start, end: one.end }];
  }
  return [];
}
