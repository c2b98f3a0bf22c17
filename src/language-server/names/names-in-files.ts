// The names that the files of a script share: what can be used at a place, and where it is defined.
import type { ReadIncluded } from '../../language/parser/include.ts';
import type { KnownNames } from '../../language/reading/completion.ts';
import { type Range, SourceText } from '../../language/tree/source-text.ts';
import type { Analysis } from '../analysis.ts';
import { fileIncludedAt } from '../included.ts';
import { symbolLike } from './same-names.ts';

/** The variables and functions that can be used at an offset. */
export function knownNamesAt({ source, reading, symbols, included }: Analysis, offset: number): KnownNames {
  const variables = included.flatMap((one) => one.symbols.variablesAt(one.reading.source.text.length));
  const own = reading.functions.map((one) => source.slice(one.name));
  const others = included.flatMap((one) => one.reading.functions.map(({ name }) => one.reading.source.slice(name)));
  return { variables: [...symbols.variablesAt(offset), ...variables], functions: [...own, ...others] };
}

/** The definition of the name at an offset, or the file that is included there. */
export function definitionAt(
  { source, reading, symbols, included }: Analysis,
  offset: number,
  read: ReadIncluded,
): { readonly source: SourceText; readonly range: Range } | undefined {
  const named = symbols.at(offset);
  if (named === undefined) {
    const file = fileIncludedAt(reading, offset, read);
    return file === undefined ? undefined : { source: new SourceText(file, ''), range: { start: 0, end: 0 } };
  }
  const range = symbols.definition(named.symbol);
  if (range !== undefined) return { source, range };
  for (const one of included) {
    const same = symbolLike(one.symbols, named.symbol);
    const elsewhere = same && one.symbols.definition(same);
    if (elsewhere !== undefined) return { source: one.reading.source, range: elsewhere };
  }
  return undefined;
}
