// The fix of a diagnostic as an edit, when its text says exactly what to write and where.
import type { Diagnostic } from '../base/diagnostic.ts';
import { meantWord } from '../language/diagnostics/nearest-match.ts';
import type { Range, SourceText } from '../language/tree/source-text.ts';

export interface QuickFix {
  readonly title: string;
  /** The range to replace, and the text to put there. */
  readonly range: Range;
  readonly text: string;
}

export function quickFix(diagnostic: Diagnostic, source: SourceText): QuickFix | undefined {
  const { code, fix, span } = diagnostic;
  if (fix === undefined) return undefined;
  const meant = meantWord(fix);
  if (meant !== undefined) return replaceWord(meant, span, source, code === 'U0214');
  const insert = (text: string, offset: number): QuickFix => ({
    title: fix,
    range: { start: offset, end: offset },
    text,
  });
  if (code === 'U0418') return continuedAbove(fix, span, source);
  const [, expected] = /^write ([A-Z]+|[,)\]}:]) here$/.exec(fix) ?? [];
  if (expected !== undefined)
    return code === 'U0202' ? insert(` ${expected}`, span.end) : insert(`${expected} `, span.start);
  const [, closing] = /^close it with (["')\]}]|""")(?:$|,)/.exec(fix) ?? [];
  if (closing !== undefined) return insert(closing, code === 'U0103' ? span.end : endOfLine(source, span.end));
  return needless.has(code) && fix.startsWith('take it away')
    ? { title: 'take it away', range: span, text: '' }
    : undefined;
}

/** Codes of diagnostics whose range only has to be removed. */
const needless: ReadonlySet<string> = new Set(['U0106', 'U0205', 'U0208', 'U0412', 'U0601']);

/** Replaces the misspelt word; the range of the diagnostic may be larger, such as a whole call. */
function replaceWord(meant: string, { start, end }: Range, source: SourceText, lacksDollar: boolean): QuickFix {
  const written = source.slice({ start, end });
  const isDollarKept = !lacksDollar && meant.startsWith('$') && !written.startsWith('$');
  const text = isDollarKept ? meant.slice(1) : meant;
  const [name] = /^\$?[A-Za-z_]\w*(?=[(}]|$)/.exec(written) ?? [written];
  return { title: `Change to ${text}`, range: { start, end: start + name.length }, text };
}

/** A `\` at the end of the line above; a comment there would be behind it, where none may be. */
function continuedAbove(title: string, { start }: Range, source: SourceText): QuickFix | undefined {
  const [, line = '', lineEnd = ''] = /([^\r\n]*)(\r\n|\r|\n)[ \t]*$/.exec(source.text.slice(0, start)) ?? [];
  const offset = start - (/[ \t]*$/.exec(source.text.slice(0, start))?.[0].length ?? 0) - lineEnd.length;
  return line.includes('#') ? undefined : { title, range: { start: offset, end: offset }, text: ' \\' };
}

function endOfLine(source: SourceText, offset: number): number {
  const lineEnd = /[\r\n]|$/g;
  lineEnd.lastIndex = offset;
  return lineEnd.exec(source.text)?.index ?? source.text.length;
}
