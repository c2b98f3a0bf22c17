// What the parser says of a text as a sentence of the language. What a sentence means, whether its names exist and its values
// are values, is not asked.
import type { Repair } from '../../../src/language/lexer/foreign-forms.ts';
import { lex } from '../../../src/language/lexer/lexer.ts';
import { check } from '../scripted-host.ts';

/** Beyond text and syntax: a bare name is no value (U0306), TRY needs a handler (U0604). */
const isAboutSyntax = (code: string): boolean => /^U0[12]/.test(code) || ['U0306', 'U0604'].includes(code);

/** A colon alone begins a command by its form, too, and is taken for what is left of a block's head. */
function isMeant({ kind, start, end }: Repair, text: string): boolean {
  return text.slice(start, end) === ':' || kind === 'word' || kind === 'variable' || kind === 'end';
}

/**
 * Undefined when it does not say: a literal that is no value (U0108) is a matter of values, but hides what else its line
 * has; and a statement that begins with no command, which is a command by its form, is taken for what was meant.
 */
export function accepts(text: string): boolean | undefined {
  const { diagnostics } = check(text);
  if (diagnostics.some((one) => one.code === 'U0108')) return undefined;
  const repairs: Repair[] = [];
  lex(text, 0, 'statements', repairs);
  if (repairs.some((one) => isMeant(one, text))) return undefined;
  return !diagnostics.some((one) => isAboutSyntax(one.code));
}
