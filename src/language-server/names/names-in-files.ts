// Names over the files of a script: included files add functions and variables, and may prevent that a name is changed.
import type { ReadIncluded } from '../../language/parser/include.ts';
import type { KnownNames } from '../../language/reading/completion.ts';
import type { ScriptSymbol } from '../../language/reading/symbols.ts';
import { type Range, SourceText } from '../../language/tree/source-text.ts';
import type { Analysis } from '../analysis.ts';
import { fileIncludedAt, type IncludedScript } from '../included.ts';

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
    const same = sameSymbol(one, named.symbol);
    const elsewhere = same && one.symbols.definition(same);
    if (elsewhere !== undefined) return { source: one.reading.source, range: elsewhere };
  }
  return undefined;
}

/**
 * The reason why a symbol cannot be renamed, as a sentence. Only the open file is changed, so no other file may use it.
 */
export function obstacleToRename(
  { symbols, included }: Analysis,
  symbol: ScriptSymbol,
  newName: string,
): string | undefined {
  const renamed = { ...symbol, name: newName };
  for (const one of included) {
    const { file } = one.reading.source;
    if (sameSymbol(one, symbol) !== undefined)
      return `${symbol.name} is also used in ${file}, which would not be changed`;
    if (sameSymbol(one, renamed) !== undefined) return `there is already a ${symbol.kind} ${newName} in ${file}`;
  }
  return symbols.obstacleToRename(symbol, newName);
}

/** The symbol of an included file that has the same name and kind. */
function sameSymbol({ symbols }: IncludedScript, { kind, name, owner }: ScriptSymbol): ScriptSymbol | undefined {
  if (owner !== undefined) return undefined;
  const comparable = (text: string): string => (kind === 'function' ? text.toLowerCase() : text);
  return symbols.all.find(
    (one) => one.kind === kind && one.owner === undefined && comparable(one.name) === comparable(name),
  );
}
