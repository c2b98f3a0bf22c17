// The files that a script includes, directly or through others, as far as they can be read. The script can use their
// names.
import type { ReadIncluded } from '../language/parser/include.ts';
import { type Include, readScript, type ScriptReading } from '../language/reading/script-reading.ts';
import { Symbols } from '../language/reading/symbols.ts';

export interface IncludedScript {
  readonly reading: ScriptReading;
  readonly symbols: Symbols;
}

/** Nobody edits a script that includes more files than this. */
const includedFilesMax = 200;

/** Each file once, in the order in which they are asked for. */
export function includedScripts(reading: ScriptReading, read: ReadIncluded): readonly IncludedScript[] {
  const found = new Map<string, IncludedScript>();
  const waiting = [reading];
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    for (const include of script.includes) {
      const file = read(include.path, script.source.file);
      if ('reason' in file || file.file === reading.source.file || found.has(file.file)) continue;
      if (found.size === includedFilesMax) return [...found.values()];
      const included = readScript(file.file, file.text);
      found.set(file.file, { reading: included, symbols: new Symbols(included) });
      waiting.push(included);
    }
  }
  return [...found.values()];
}

/** The file that the INCLUDE at an offset names; undefined where there is none, or none that can be read. */
export function fileIncludedAt(reading: ScriptReading, offset: number, read: ReadIncluded): string | undefined {
  const touches = (one: Include): boolean => one.start <= offset && offset <= one.end;
  const include = reading.includes.find(touches);
  const file = include && read(include.path, reading.source.file);
  return file === undefined || 'reason' in file ? undefined : file.file;
}
