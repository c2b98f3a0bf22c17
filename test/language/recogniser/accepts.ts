// What the parser says of a text as a sentence of the language. What a sentence means, whether its names exist and its values
// are values, is not asked.
import { check } from '../scripted-host.ts';

/** Beyond text and syntax: a bare name is no value (U0306), TRY needs a handler (U0604). A literal may be no value (U0108). */
const isAboutSyntax = (code: string): boolean =>
  (/^U0[12]/.test(code) && code !== 'U0108') || ['U0306', 'U0604'].includes(code);

export function accepts(text: string): boolean {
  return !check(text).diagnostics.some((one) => isAboutSyntax(one.code));
}
