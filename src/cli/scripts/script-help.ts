// `understudy run FILE --help`: the parameters that a script asks for.

import { textTable } from '../../base/text/text-table.ts';
import { renderDiagnostics } from '../../language/reading/render-diagnostics.ts';
import { type CommandLine, exitCodes } from '../command-line.ts';
import { readScript } from './script-file.ts';

export async function scriptHelp(file: string, { out, note }: CommandLine): Promise<number> {
  const { script, source, diagnostics } = await readScript(file);
  if (script === undefined) {
    for (const line of renderDiagnostics(diagnostics, source).split('\n')) note(line);
    return exitCodes.scriptInvalid;
  }
  out(`usage: understudy run ${file} [--NAME VALUE …]`);
  if (script.parameters.length === 0) {
    out('The script has no parameters.');
    return exitCodes.success;
  }
  const rows = script.parameters.map((one) => {
    const preset = one.default === undefined ? '' : ` (${one.default})`;
    return [
      `  --${one.name}${one.type === 'secret' ? '-file' : ''}`,
      one.type,
      `${one.help}${one.required ? ' (required)' : preset}`.trim(),
    ];
  });
  for (const line of textTable(['  Parameter', 'Type', 'Meaning'], rows)) out(line);
  return exitCodes.success;
}
