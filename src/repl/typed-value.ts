// A value that is typed alone at the prompt: `1 GB / 10 MB/s`, `$con.mirror.percent`. No statement looks so, so the text is
// read as the right side of an assignment; what is said of it counts in the text as it was typed.
import type { Diagnostic, Span } from '../base/diagnostic.ts';
import { SourceText } from '../language/tree/source-text.ts';

/** Holds the value for a moment; the session forgets it before the next text. */
export const typedValueName = 'understudy_typed_value';

const prefix = `$${typedValueName} = `;

/** Whether a text begins like a value, and not like an assignment: a bracket, a quote, a number, a variable, a call, or one of a few words. */
export function looksLikeValue(text: string): boolean {
  return /^\s*(?:[[({"'\d]|-\s*[\d$([]|\$\w+\b(?!(?:\.\w+|\[[^\]]*\])*\s*[-+*/]?=)|[A-Za-z_]\w*\(|(?:true|false|none|not)\b)/i.test(
    text,
  );
}

/** The script that computes the value. */
export function valueScript(typed: SourceText): SourceText {
  return new SourceText(typed.file, prefix + typed.text.trimStart());
}

/** A diagnostic of that script, as one of the typed text. */
export function asTyped(diagnostic: Diagnostic, typed: SourceText): Diagnostic {
  const leading = typed.text.length - typed.text.trimStart().length;
  const moved = (span: Span): Span => {
    if (span.file !== typed.file) return span;
    const shift = leading - prefix.length;
    return typed.span({ start: Math.max(0, span.start + shift), end: Math.max(0, span.end + shift) });
  };
  const related = diagnostic.related?.map((one) => ({ ...one, span: moved(one.span) }));
  return { ...diagnostic, span: moved(diagnostic.span), ...(related === undefined ? {} : { related }) };
}
