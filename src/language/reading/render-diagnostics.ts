// Diagnostics for people, with the line, a caret and what to write instead; and for machines, as JSON.
//
//   error[U0301]: there is no variable $cno
//     --> sales.dtcl:6:12
//      |
//    6 | status con $cno
//      |            ^^^^
//      = fix: did you mean $con?
import type { Diagnostic, Span } from '../../base/diagnostic.ts';
import { displayColumns } from '../../base/text/display-columns.ts';
import { printable } from '../../base/text/printable.ts';
import type { Range, SourceText } from '../tree/source-text.ts';
import { hiddenRanges } from './secret-ranges.ts';

/** Of a longer line only the part around the caret is shown. */
const shownColumnsMax = 160;

export function renderDiagnostics(diagnostics: readonly Diagnostic[], source: SourceText): string {
  return diagnostics.map((one) => renderDiagnostic(one, source)).join('\n\n');
}

export function renderDiagnostic(diagnostic: Diagnostic, source: SourceText): string {
  const { span } = diagnostic;
  const related = diagnostic.related ?? [];
  const gutter = ' '.repeat(Math.max(span.line, ...related.map((one) => one.span.line)).toString().length + 2);
  const lines = [
    `${diagnostic.severity}[${diagnostic.code}]: ${printable(diagnostic.message)}`,
    `${gutter}--> ${span.file}:${span.line}:${span.column}`,
    `${gutter} |`,
  ];
  lines.push(...renderLine(span, source, gutter, ''));
  for (const one of related)
    lines.push(...renderLine(one.span, source, gutter, ` ${one.message}`).slice(one.span.line === span.line ? 1 : 0));
  if (diagnostic.fix !== undefined) lines.push(`${gutter} = fix: ${printable(diagnostic.fix)}`);
  return lines.join('\n');
}

function renderLine(span: Span, source: SourceText, gutter: string, label: string): string[] {
  const whole = shownLine(source, span);
  const from = span.column <= shownColumnsMax ? 0 : span.column - 1 - shownColumnsMax / 2;
  const shown = printable(whole.slice(from, from + shownColumnsMax));
  const before = printable(whole.slice(from, span.column - 1));
  const length = Math.max(
    1,
    Math.min(span.end - span.start, whole.length - span.column + 1, from + shownColumnsMax - span.column + 1),
  );
  const marked = printable(whole.slice(span.column - 1, span.column - 1 + length));
  const number = String(span.line).padStart(gutter.length - 1);
  return [
    `${number}  | ${shown}`.trimEnd(),
    `${gutter} | ${' '.repeat(displayColumns(before))}${'^'.repeat(Math.max(1, displayColumns(marked)))}${label}`,
  ];
}

/** The last shown line of each text is kept, because a line may be very long and have a thousand diagnostics. */
const lastShown = new WeakMap<SourceText, { readonly place: string; readonly shown: string }>();

function shownLine(source: SourceText, { file, line, start, column }: Span): string {
  const place = `${line}:${file}`;
  const last = lastShown.get(source);
  if (last?.place === place) return last.shown;
  const text = source.line(line, file);
  const lineStart = start - column + 1;
  const range = { start: lineStart, end: lineStart + text.length };
  const shown = withoutSecrets(text, lineStart, hiddenRanges(source.part(file), range));
  lastShown.set(source, { place, shown });
  return shown;
}

/** A line that begins at an offset, with its secrets masked character by character, so that carets stay in place. */
function withoutSecrets(line: string, lineStart: number, secrets: readonly Range[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end } of secrets) {
    const from = Math.max(at, start - lineStart);
    const to = Math.max(from, end - lineStart);
    pieces.push(line.slice(at, from), line.slice(from, to).replace(/[^\s]/g, '•'));
    at = to;
  }
  return pieces.join('') + line.slice(at);
}

/**
 * One object for a whole check; `diagnostics` are as in base/diagnostic.ts. The shape is described in
 * cli/verbs/check.ts.
 */
export function diagnosticsAsJson(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify({ version: 1, diagnostics }, null, 2);
}
