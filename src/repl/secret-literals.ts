// Texts at the prompt that hold a secret are not kept in the history, and a session that is saved asks for it instead.

import { readScript } from '../language/reading/script-reading.ts';
import { likelySecrets, literalSecrets } from '../language/reading/secret-ranges.ts';

/** Whether a text holds a secret, or may: where it cannot be told, it does. */
export function holdsSecret(text: string): boolean {
  const reading = readScript('prompt', text);
  return literalSecrets(reading).length > 0 || likelySecrets(reading).length > 0;
}

/** A text with a variable in the place of each secret; `name` makes up the variables. */
export function withoutSecrets(text: string, name: () => string): string {
  const ranges = literalSecrets(readScript('prompt', text)).sort((one, other) => other.start - one.start);
  return ranges.reduce((rest, { start, end }) => `${rest.slice(0, start)}$${name()}${rest.slice(end)}`, text);
}
