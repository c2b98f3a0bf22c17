// The canonical form of a script as one edit of the part that differs, so that an editor keeps its cursor and its
// folds.
import { formatScript } from '../language/formatter/format-script.ts';
import type { Range, SourceText } from '../language/tree/source-text.ts';

/** Undefined when the script is already in its canonical form, or has errors of syntax and stays as it is. */
export function formattingEdit(source: SourceText): { readonly range: Range; readonly text: string } | undefined {
  const { text } = formatScript(source);
  if (text === undefined || text === source.text) return undefined;
  const shortest = Math.min(text.length, source.text.length);
  let same = 0;
  while (same < shortest && text[same] === source.text[same]) same++;
  let sameAtEnd = 0;
  while (sameAtEnd < shortest - same && text.at(-1 - sameAtEnd) === source.text.at(-1 - sameAtEnd)) sameAtEnd++;
  return {
    range: { start: same, end: source.text.length - sameAtEnd },
    text: text.slice(same, text.length - sameAtEnd),
  };
}
