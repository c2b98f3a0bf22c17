// The analysis of one state of one document: the diagnostics of the checker, and everything that can be read from its
// tokens even when the text is broken. All features compute their answers from it, as ranges in the text. Making it
// never fails.
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

/** Mistakes in an included file are shown only in that file, when it is open. */
export function analyse(file: string, text: string, read?: ReadIncluded): Analysis {
  const source = new SourceText(file, text);
  const reading = readScript(file, text);
  const diagnostics = checkScript(source, read === undefined ? {} : { read }).diagnostics.filter(
    (one) => one.span.file === file,
  );
  const included = read === undefined ? [] : includedScripts(reading, read);
  return { source, reading, symbols: new Symbols(reading), included, diagnostics };
}
