// Finds secrets in texts at the prompt: such a text stays out of the history, and a saved session asks for the secret.
import { readScript } from '../language/reading/script-reading.ts';
import { likelySecrets, literalSecrets, tornSecrets } from '../language/reading/secret-ranges.ts';

/**
 * Whether a text holds a secret or, when that cannot be told, may hold one. A secret may begin in the text `before`.
 */
export function holdsSecret(text: string, before = ''): boolean {
  const reading = readScript('prompt', before + text);
  const ranges = [...literalSecrets(reading), ...likelySecrets(reading), ...tornSecrets(reading).ranges];
  return ranges.some(({ end }) => end > before.length);
}

/** Whether the text ends inside a secret, so that the next line may be the rest of it. */
export function leavesSecretOpen(text: string): boolean {
  return tornSecrets(readScript('prompt', text)).goesOn;
}

/** The text with a variable in place of each secret; `name` makes up the variables. */
export function withoutSecrets(text: string, name: () => string): string {
  const ranges = literalSecrets(readScript('prompt', text)).sort((one, other) => other.start - one.start);
  return ranges.reduce((rest, { start, end }) => `${rest.slice(0, start)}$${name()}${rest.slice(end)}`, text);
}
