// Text to tree. Never throws, whatever the text: mistakes become diagnostics, and the tree holds what could be
// understood.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { wordsMax } from '../lexer/lexer.ts';
import { nestingMax, reportSurplus, tokenize, tokenizeExpression, wholeLines } from '../lexer/tokenize.ts';
import type { Block } from '../tree/ast.ts';
import { SourceText } from '../tree/source-text.ts';
import { ScriptParser } from './script-parser.ts';
import type { PendingInterpolation } from './token-cursor.ts';

/** A longer text is refused, so that hostile input costs a bounded amount of memory. */
const scriptCharactersMax = 16 * 1024 * 1024;
/** From this length on, the beginning of a text decides whether it is a script at all, so that noise costs little. */
const longCharactersMin = 128 * 1024;
const beginningCharacters = 48 * 1024;
/** Strings inside `${…}` inside strings: each level may nest brackets of its own. */
const interpolationLevelsMax = 4;

let parser: ScriptParser | undefined;

/** One parser for all texts, made for the first: Chevrotain analyses the grammar then. */
function theParser(): ScriptParser {
  parser ??= new ScriptParser();
  return parser;
}

/** The statements of a script, or of a file that it includes; mistakes are reported to the sink. */
export function parseScript(sink: DiagnosticSink, part: SourceText = sink.source): Block {
  if (part.base + part.text.length > scriptCharactersMax) {
    sink.report({ start: part.base, end: part.base }, 'U0111', { limit: scriptCharactersMax });
    return [];
  }
  const hopeless = hopelessBeginning(part);
  if (hopeless !== undefined) {
    sink.found.push(...hopeless);
    return [];
  }
  return parseText(sink, part).block;
}

interface Parsed {
  readonly block: Block;
  /** False when the text was given up. */
  readonly parseable: boolean;
}

function parseText(sink: DiagnosticSink, part: SourceText): Parsed {
  const earlier = sink.found.length;
  const { tokens, parseable } = tokenize(sink, part);
  // A text with so many mistakes is not a script; more messages would help nobody.
  if (!parseable || sink.isFull) return { block: [], parseable: false };
  let pending: PendingInterpolation[] = [];
  let words = tokens.length;
  const block = theParser().parseScript({ tokens, sink, pending });
  for (let level = 1; pending.length > 0; level++) {
    const current = pending;
    pending = [];
    for (const one of current) {
      words += parseInterpolation(one, sink, pending, level);
      if (words <= wordsMax) continue;
      reportSurplus(one.start, sink);
      return { block: [], parseable: false };
    }
  }
  keepFirstPerLine(sink, earlier);
  return { block, parseable: !sink.isFull };
}

/** The diagnostics of the beginning of a long text, when they are so many that the text is not a script. */
function hopelessBeginning({ file, text, base }: SourceText): readonly Diagnostic[] | undefined {
  if (text.length < longCharactersMin) return undefined;
  const beginning = wholeLines(text.slice(0, beginningCharacters));
  const sink = new DiagnosticSink(new SourceText(file, beginning, base));
  return parseText(sink, sink.source).parseable ? undefined : sink.found;
}

/** Parses an interpolated expression; returns its number of words. */
function parseInterpolation(
  one: PendingInterpolation,
  sink: DiagnosticSink,
  pending: PendingInterpolation[],
  level: number,
): number {
  if (level > interpolationLevelsMax) {
    sink.report(one, 'U0107', { limit: nestingMax });
    return 0;
  }
  const earlier = sink.found.length;
  const { tokens, parseable } = tokenizeExpression(sink, one);
  if (!parseable) return 0;
  if (tokens.length === 0) {
    // Tokens that cannot be there were reported; blanks or a comment alone were not.
    if (sink.found.length === earlier) sink.report({ start: one.start - 2, end: one.end + 1 }, 'U0110', {});
    return 0;
  }
  const expression = theParser().parseInterpolation({ tokens, sink, pending });
  if (expression !== undefined) one.fill(expression);
  return tokens.length;
}

/** One mistake often confuses the rest of its line, so only the first message about the syntax of a line is kept. */
function keepFirstPerLine(sink: DiagnosticSink, earlier: number): void {
  // Before commands are looked up, U0401 is a word of another language that was taken for what it means.
  const text = (one: Diagnostic): boolean => one.code.startsWith('U01') || one.code === 'U0401';
  const found = sink.found.splice(earlier).sort((one, other) => one.span.start - other.span.start);
  const lines = new Set<number>(found.filter(text).map((one) => one.span.line));
  for (const one of found) {
    if (!text(one) && one.code.startsWith('U02')) {
      if (lines.has(one.span.line)) continue;
      lines.add(one.span.line);
    }
    sink.found.push(one);
  }
}
