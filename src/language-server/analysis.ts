// What the server knows of one state of one document: what the checker says of it, and what can be read of it however broken it
// is. Everything the features answer is computed from this, as ranges in the text; making it never fails.
import type { Diagnostic } from '../base/diagnostic.ts';
import type { ReadIncluded } from '../language/parser/include.ts';
import { checkScript } from '../language/program.ts';
import { readScript, type ScriptReading } from '../language/reading/script-reading.ts';
import { Symbols } from '../language/reading/symbols.ts';
import { SourceText } from '../language/tree/source-text.ts';
import { type IncludedScript, includedScripts } from './included.ts';

export interface Analysis {
  readonly source: SourceText;
  readonly reading: ScriptReading;
  readonly symbols: Symbols;
  readonly included: readonly IncludedScript[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Mistakes in a file that is included are shown in that file, when it is open. */
export function analyse(file: string, text: string, read?: ReadIncluded): Analysis {
  const source = new SourceText(file, text);
  const reading = readScript(file, text);
  const diagnostics = checkScript(source, read === undefined ? {} : { read }).diagnostics.filter(
    (one) => one.span.file === file,
  );
  const included = read === undefined ? [] : includedScripts(reading, read);
  return { source, reading, symbols: new Symbols(reading), included, diagnostics };
}
