// Texts at the prompt that hold a secret are not kept in the history, and a session that is saved asks for it instead.
import { readScript } from '../language/reading/script-reading.ts';
import { likelySecrets, literalSecrets, tornSecrets } from '../language/reading/secret-ranges.ts';

/** Whether a text holds a secret, or may: where it cannot be told, it does. A secret in the text before may go on in it. */
export function holdsSecret(text: string, before = ''): boolean {
  const reading = readScript('prompt', before + text);
  const ranges = [...literalSecrets(reading), ...likelySecrets(reading), ...tornSecrets(reading).ranges];
  return ranges.some(({ end }) => end > before.length);
}

/** Whether a line behind the text may be the rest of a secret in it that is not closed. */
export function leavesSecretOpen(text: string): boolean {
  return tornSecrets(readScript('prompt', text)).goesOn;
}

/** A text with a variable in the place of each secret; `name` makes up the variables. */
export function withoutSecrets(text: string, name: () => string): string {
  const ranges = literalSecrets(readScript('prompt', text)).sort((one, other) => other.start - one.start);
  return ranges.reduce((rest, { start, end }) => `${rest.slice(0, start)}$${name()}${rest.slice(end)}`, text);
}
