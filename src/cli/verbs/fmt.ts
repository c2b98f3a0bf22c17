// `understudy fmt [--check] FILE…`: writes scripts in their canonical form. A script with errors stays as it is, and
// its errors are printed. A file is replaced in one step and keeps its mode; a file in canonical form is not touched.
import { formatScript } from '../../language/formatter/format-script.ts';
import { renderDiagnostics } from '../../language/reading/render-diagnostics.ts';
import { type CommandLine, exitCodes, reportThrown } from '../command-line.ts';
import { replaceFile } from '../replace-file.ts';
import { readScript } from '../scripts/script-file.ts';

export interface FormatRequest {
  /** `-` is the standard input, whose canonical form goes to the standard output. */
  readonly files: readonly string[];
  /** Only names the files that would change. */
  readonly check: boolean;
}

/** 3 when a script has errors; else 1 when a file cannot be read or written, or with `check` would change; else 0. */
export async function format({ files, check }: FormatRequest, commandLine: CommandLine): Promise<number> {
  const codes: number[] = [];
  for (const file of files) {
    try {
      codes.push(await formatFile(file, check, commandLine));
    } catch (error) {
      codes.push(reportThrown(error, commandLine));
    }
  }
  return Math.max(exitCodes.success, ...codes);
}

async function formatFile(file: string, check: boolean, { out, note }: CommandLine): Promise<number> {
  const { source, script, diagnostics } = await readScript(file);
  const formatted = script === undefined ? { diagnostics } : formatScript(source);
  if (formatted.text === undefined) {
    for (const line of renderDiagnostics(formatted.diagnostics, source).split('\n')) note(line);
    return exitCodes.scriptInvalid;
  }
  const { text } = formatted;
  const changed = text !== source.text;
  if (check) {
    if (changed) out(file);
    return changed ? exitCodes.failed : exitCodes.success;
  }
  if (file === '-') {
    if (text !== '') out(text.replace(/\n$/, ''));
  } else if (changed) {
    await replaceFile(file, text);
    out(file);
  }
  return exitCodes.success;
}
