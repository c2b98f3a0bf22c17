// The outline of a script: the parts that an editor lists, and the ranges that it may fold.
import type { Range } from '../language/tree/source-text.ts';
import type { Analysis } from './analysis.ts';

export interface OutlineEntry {
  readonly name: string;
  readonly kind: 'function' | 'variable' | 'command';
  readonly detail: string;
  /** The range of the whole entry, and below the range of its name. */
  readonly range: Range;
  readonly nameRange: Range;
}

/** Functions, the script's variables where they get their first value, and commands with a block, such as SCHEDULE. */
export function outline({ source, reading, symbols }: Analysis): readonly OutlineEntry[] {
  const entries: OutlineEntry[] = reading.functions.map((one) => ({
    name: source.slice(one.name),
    kind: 'function',
    detail: source.slice(one.parameterList),
    range: { start: one.start, end: one.end },
    nameRange: one.name,
  }));
  for (const symbol of symbols.all) {
    const definition =
      symbol.owner === undefined && symbol.kind === 'variable' ? symbols.definition(symbol) : undefined;
    if (definition === undefined) continue;
    const nameRange = { start: definition.start - 1, end: definition.end };
    entries.push({
      name: `$${symbol.name}`,
      kind: 'variable',
      detail: definition.type ?? '',
      range: nameRange,
      nameRange,
    });
  }
  for (const { definition, parts, start, end } of reading.commands) {
    const name = parts.find((one) => one.role === 'value');
    if (definition?.block !== true || name === undefined) continue;
    const nameRange = { start: name.start, end: name.end };
    const detail = definition.words.toUpperCase();
    entries.push({ name: source.slice(name), kind: 'command', detail, range: { start, end }, nameRange });
  }
  return entries.sort((one, other) => one.range.start - other.range.start);
}

/** Blocks, and runs of comment lines; each over more than one line. Lines count from 1. */
export function foldings(
  analysis: Analysis,
): readonly { readonly startLine: number; readonly endLine: number; readonly kind: 'block' | 'comment' }[] {
  const { source, reading } = analysis;
  const lineOf = (offset: number): number => source.span({ start: offset, end: offset }).line;
  const blocks = reading.blocks.map(({ start, end }) => ({
    startLine: lineOf(start),
    // The line of END stays visible.
    endLine: lineOf(end) - 1,
    kind: 'block' as const,
  }));
  return [...blocks, ...commentRuns(analysis)]
    .filter((one) => one.endLine > one.startLine)
    .sort((one, other) => one.startLine - other.startLine || one.endLine - other.endLine);
}

function commentRuns({ source, reading }: Analysis): { startLine: number; endLine: number; kind: 'comment' }[] {
  const insideTokens = new Set<number>();
  for (const token of reading.tokens) {
    if (!/[\r\n]./s.test(token.text)) continue;
    const { start, end } = token;
    const [first, last] = [source.span({ start, end: start }).line, source.span({ start: end, end }).line];
    for (let line = first; line <= last; line++) insideTokens.add(line);
  }
  const runs: { startLine: number; endLine: number; kind: 'comment' }[] = [];
  const lineCount = source.span({ start: source.text.length, end: source.text.length }).line;
  for (let line = 1; line <= lineCount; line++) {
    if (insideTokens.has(line) || !/^\s*#/.test(source.line(line))) continue;
    const last = runs[runs.length - 1];
    if (last?.endLine === line - 1) last.endLine = line;
    else runs.push({ startLine: line, endLine: line, kind: 'comment' });
  }
  return runs;
}
