// The places where a name means the same variable or function, over all files. The variables and functions of a script
// are also those of the files that it includes (grammar/grammar.md, INCLUDE), so a file stands in a program for each
// script that includes it, and in one of its own. Two files use a name for the same thing when a program has both, or
// when a third file that uses the name connects them.
import type { ScriptSymbol, Symbols } from '../../language/reading/symbols.ts';
import type { KnownScript, KnownScripts } from './scripts.ts';

export interface SameName {
  /** The symbol of each file that uses the name; that of the file that was asked about comes first. */
  readonly symbols: ReadonlyMap<KnownScript, ScriptSymbol>;
  /** All files of the programs that these files are in. */
  readonly programs: ReadonlySet<KnownScript>;
}

export function sameName(known: KnownScripts, script: KnownScript, symbol: ScriptSymbol): SameName {
  const symbols = new Map([[script, symbol]]);
  const programs = new Set([script]);
  if (symbol.owner !== undefined) return { symbols, programs };
  const waiting = allPrograms(known);
  for (let hasGrown = true; hasGrown; ) {
    hasGrown = false;
    for (const program of waiting) {
      if (!program.some((one) => symbols.has(one))) continue;
      waiting.delete(program);
      for (const one of program) {
        programs.add(one);
        const same = symbols.has(one) ? undefined : symbolLike(one.symbols, symbol);
        if (same === undefined) continue;
        symbols.set(one, same);
        hasGrown = true;
      }
    }
  }
  return { symbols, programs };
}

/** The symbol of a file that another file of the same program calls by this name. */
export function symbolLike(symbols: Symbols, { kind, name, owner }: ScriptSymbol): ScriptSymbol | undefined {
  if (owner !== undefined) return undefined;
  const comparable = (text: string): string => (kind === 'function' ? text.toLowerCase() : text);
  return symbols.all.find(
    (one) => one.kind === kind && one.owner === undefined && comparable(one.name) === comparable(name),
  );
}

/** Each file with all that it includes, directly or through others. */
function allPrograms({ byAddress }: KnownScripts): Set<readonly KnownScript[]> {
  const programs = new Set<readonly KnownScript[]>();
  for (const root of byAddress.values()) {
    const program = new Set([root]);
    for (const one of program) {
      for (const address of one.includes) {
        const included = byAddress.get(address);
        if (included !== undefined) program.add(included);
      }
    }
    programs.add([...program]);
  }
  return programs;
}
