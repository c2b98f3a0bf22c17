// What a person finds by its name in all scripts of a workspace: functions, tasks, parameters, variables of scripts.
import type { Mention, ScriptReading } from '../../language/reading/script-reading.ts';
import type { Range, SourceText } from '../../language/tree/source-text.ts';
import type { KnownScript, KnownScripts } from './scripts.ts';

export interface WorkspaceSymbol {
  /** A variable and a parameter with their dollar. */
  readonly name: string;
  readonly kind: 'function' | 'task' | 'parameter' | 'variable';
  readonly source: SourceText;
  readonly range: Range;
}

/** More are of no use to a person; with another letter of the name there are fewer. */
export const foundSymbolsMax = 500;

/**
 * The symbols whose names have all characters of the query in its order, in any case, with the shortest names first. A
 * dollar in the query does not count.
 */
export function workspaceSymbols({ byAddress }: KnownScripts, query: string): readonly WorkspaceSymbol[] {
  const wanted = [...query.toLowerCase().replaceAll('$', '')];
  const found = [...byAddress.values()]
    .filter(({ isOwn }) => isOwn)
    .flatMap((script) => symbolsOf(script))
    .filter(({ name }) => hasInOrder(name.toLowerCase(), wanted));
  return found
    .sort((one, other) => one.name.length - other.name.length || (one.name < other.name ? -1 : 1))
    .slice(0, foundSymbolsMax);
}

function symbolsOf({ reading, symbols }: KnownScript): readonly WorkspaceSymbol[] {
  const { source } = reading;
  const functions = reading.functions.map(
    ({ kind, name }): WorkspaceSymbol => ({ name: source.slice(name), kind, source, range: name }),
  );
  const variables = symbols.all.flatMap((symbol): readonly WorkspaceSymbol[] => {
    const isGlobal = symbol.kind === 'variable' && symbol.owner === undefined;
    const range = isGlobal ? symbols.definition(symbol) : undefined;
    if (range === undefined) return [];
    return [{ name: `$${symbol.name}`, kind: isParameter(reading, range) ? 'parameter' : 'variable', source, range }];
  });
  return [...functions, ...variables];
}

function isParameter({ parameters }: ScriptReading, mention: Mention): boolean {
  return parameters.some(({ start }) => start === mention.start);
}

function hasInOrder(text: string, wanted: readonly string[]): boolean {
  let at = 0;
  for (const character of wanted) {
    at = text.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
