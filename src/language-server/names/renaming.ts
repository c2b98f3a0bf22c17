// Renaming a variable or a function in every file that uses it, or the reason why that would leave scripts that do not
// work. Reasons are sentences for the person who renames.
import { builtinFunctions } from '../../language/functions/builtin-functions.ts';
import { keywords } from '../../language/lexer/token.ts';
import type { ScriptSymbol } from '../../language/reading/symbols.ts';
import type { Analysis } from '../analysis.ts';
import { type SameName, symbolLike } from './same-names.ts';
import type { KnownScripts } from './scripts.ts';

/** The reason why a symbol cannot be renamed, whatever the new name; undefined when it can. */
export function obstacleToAnyName(symbol: ScriptSymbol, same: SameName): string | undefined {
  if (symbol.kind === 'variable' || isDefined(same)) return undefined;
  const name = symbol.name.toLowerCase();
  if (builtinFunctions.has(name)) return `${name} is a built-in function and cannot be renamed`;
  return `${symbol.name} is defined nowhere, so there is nothing to rename`;
}

/** The reason why there is nothing to rename at an offset without a symbol; undefined when no word stands there. */
export function obstacleAtWord({ reading, source }: Analysis, offset: number): string | undefined {
  const at = reading.tokens.findIndex((one) => one.start <= offset && offset <= one.end);
  const token = reading.tokens[at];
  if (token === undefined) return undefined;
  const roles = new Set(['command', 'option', 'choice']);
  const isCatalogues = reading.commands
    .flatMap((one) => one.parts)
    .some((part) => roles.has(part.role) && part.start <= offset && offset <= part.end);
  if (!isCatalogues && !keywords.has(token.kind)) return undefined;
  return `${source.slice(token).toUpperCase()} is a word of the language and cannot be renamed`;
}

/** The reason why a symbol cannot get this name. */
export function obstacleToName(
  known: KnownScripts,
  symbol: ScriptSymbol,
  same: SameName,
  newName: string,
): string | undefined {
  const always = obstacleToAnyName(symbol, same);
  if (always !== undefined) return always;
  for (const [script, own] of same.symbols) {
    const obstacle = script.symbols.obstacleToRename(own, newName);
    if (obstacle !== undefined) return same.symbols.size === 1 ? obstacle : `${obstacle} in ${fileName(script.uri)}`;
  }
  if (symbol.owner !== undefined) return undefined;
  const renamed = { ...symbol, name: newName };
  for (const one of same.programs) {
    const isTaken = !same.symbols.has(one) && symbolLike(one.symbols, renamed) !== undefined;
    if (isTaken) return `there is already a ${symbol.kind} ${written(renamed)} in ${fileName(one.uri)}`;
  }
  return obstacleToEdits(known, symbol, same);
}

/** The reason why not every file that uses the name can be changed, or is known. */
function obstacleToEdits({ isWhole }: KnownScripts, symbol: ScriptSymbol, same: SameName): string | undefined {
  const name = written(symbol);
  for (const script of same.symbols.keys()) {
    if (!script.isOwn) return `${name} is also used in ${script.uri}, which is in no open folder`;
  }
  for (const { uri, unread } of same.programs) {
    if (unread[0] !== undefined)
      return `${fileName(uri)} includes ${unread[0]}, which cannot be read and may use ${name}`;
  }
  return isWhole ? undefined : `there are too many scripts in the open folders to find every use of ${name}`;
}

function isDefined({ symbols }: SameName): boolean {
  return [...symbols].some(([script, symbol]) => script.symbols.definition(symbol) !== undefined);
}

function written({ kind, name }: ScriptSymbol): string {
  return kind === 'variable' ? `$${name}` : name;
}

/** As a person knows it; as it is written where the editor wrote no proper address. */
function fileName(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
