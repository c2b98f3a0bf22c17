// `understudy check FILE… [--format text|json|sarif]`: every error of every file in one go; nothing runs.
//
// As JSON, one object: {"version": 1, "diagnostics": [{code, severity, message, span: {file, start, end, line, column},
// fix?, related?: [{span, message}]}]}. Offsets and columns are UTF-16 units; lines and columns count from 1, `end` is
// exclusive. The version changes when a reader of the old shape would misread the new one.
import { diagnosticsAsSarif } from '../../language/diagnostics/sarif.ts';
import { diagnosticsAsJson, renderDiagnostics } from '../../language/reading/render-diagnostics.ts';
import { type CommandLine, exitCodes, reportThrown } from '../command-line.ts';
import { readScript, type ScriptFile } from '../scripts/script-file.ts';

export interface CheckRequest {
  readonly files: readonly string[];
  readonly format: 'text' | 'json' | 'sarif';
  /** The version of this program. */
  readonly version: string;
}

/** 3 when a file has errors, else 1 when a file could not be read, else 0. */
export async function check({ files, format, version }: CheckRequest, commandLine: CommandLine): Promise<number> {
  const read: ScriptFile[] = [];
  let unreadable = 0;
  for (const file of files) {
    try {
      read.push(await readScript(file));
    } catch (error) {
      unreadable = reportThrown(error, commandLine);
    }
  }
  if (format === 'json') commandLine.out(diagnosticsAsJson(read.flatMap((one) => one.diagnostics)));
  else if (format === 'sarif') commandLine.out(diagnosticsAsSarif(read, { version, successful: unreadable === 0 }));
  else
    for (const { source, diagnostics } of read) printDiagnostics(renderDiagnostics(diagnostics, source), commandLine);
  const wrong = read.filter((one) => one.script === undefined);
  if (format === 'text') commandLine.out(summary(files.length, wrong.length));
  return wrong.length > 0 ? exitCodes.scriptInvalid : unreadable;
}

function printDiagnostics(text: string, { out }: CommandLine): void {
  if (text === '') return;
  for (const line of text.split('\n')) out(line);
  out('');
}

function summary(count: number, wrongCount: number): string {
  const checked = count === 1 ? '1 script checked' : `${count} scripts checked`;
  return `${checked}, ${wrongCount === 0 ? 'no errors' : `${wrongCount} with errors`}`;
}
