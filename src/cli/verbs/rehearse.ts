// `understudy rehearse SCRIPT --scenario FILE`: runs the unchanged script against simulated servers and the disasters
// of a scenario (docs/rehearsal.md), in virtual time. Of the real system only files that the script includes are read.
//
// With the format json everything on standard output is one JSON object per line: {"type":"timeline"|"diagnostic"|
// "expectation"|"problem"|"end", …}.
import { readFileSync } from 'node:fs';
import type { Diagnostic, Span } from '../../base/diagnostic.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { Outcome } from '../../language/program.ts';
import { renderDiagnostic } from '../../language/reading/render-diagnostics.ts';
import { decodeSource, SourceText } from '../../language/tree/source-text.ts';
import { readScenario } from '../../simulator/rehearsal/parse-scenario.ts';
import { rehearse as play, type RehearsalReport } from '../../simulator/rehearsal/rehearsal.ts';
import type { Scenario } from '../../simulator/rehearsal/scenario.ts';
import { type TimelineEntry, virtualTimeText } from '../../simulator/rehearsal/timeline.ts';
import { type CommandLine, exitCodes } from '../command-line.ts';
import { readScript } from '../scripts/script-file.ts';
import { type GivenParameters, parameterValues } from '../scripts/secret-parameters.ts';

export interface RehearseRequest extends GivenParameters {
  readonly file: string;
  readonly scenario: string;
  readonly format: 'text' | 'json';
  readonly seed: number;
}

export async function rehearse(request: RehearseRequest, commandLine: CommandLine): Promise<number> {
  const file = await readScript(request.file);
  const printer = new Printer(request.format === 'json', commandLine);
  for (const diagnostic of file.diagnostics) printer.diagnostic(diagnostic, file.source);
  const scenario = openScenario(request.scenario, printer);
  if (file.script === undefined || scenario === undefined) return printer.end(exitCodes.scriptInvalid);
  const report = await play({
    script: file.script,
    scenario,
    seed: request.seed,
    parameters: await parameterValues(file.script, request, commandLine),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    readText: (path) => readBytes(path).toString('utf8'),
    signal: commandLine.interruption,
    tell: (entry) => printer.entry(entry),
  });
  for (const diagnostic of report.outcome?.diagnostics ?? []) printer.diagnostic(diagnostic, file.source);
  if (report.outcome?.kind !== 'usage') printer.report(report, file.source);
  return printer.end(exitCode(report, scenario, commandLine.interruption));
}

function openScenario(path: string, printer: Printer): Scenario | undefined {
  const source = new SourceText(path, decodeSource(readBytes(path)) ?? '');
  const { scenario, diagnostics } = readScenario(source);
  for (const diagnostic of diagnostics) printer.diagnostic(diagnostic, source);
  return scenario;
}

/**
 * The script's own code when it failed, unless the scenario expects an EXIT; otherwise 0 when all expectations hold.
 */
function exitCode(
  { outcome, verdicts, problems }: RehearsalReport,
  scenario: Scenario,
  interruption: AbortSignal,
): number {
  if (interruption.aborted) return exitCodes.interrupted;
  if (outcome?.kind === 'usage') return exitCodes.usage;
  const expectsExit = scenario.expectations.some(({ meaning }) => meaning.kind === 'exit');
  if (!expectsExit && outcome !== undefined && outcome.exitCode !== 0) return codeOf(outcome);
  const endless = outcome === undefined && scenario.lastsMs === undefined;
  const held = verdicts.every(({ verdict }) => verdict.held) && problems.length === 0 && !endless;
  return held ? exitCodes.success : exitCodes.failed;
}

/** A script may EXIT with any code; that becomes `failed`, because this verb's codes have meanings of their own. */
function codeOf({ kind, exitCode: code }: Outcome): number {
  return kind === 'completed' ? exitCodes.failed : code;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    throw systemFailure(code, 'read the file', rawFromText(path));
  }
}

class Printer {
  readonly #json: boolean;
  readonly #commandLine: CommandLine;

  constructor(json: boolean, commandLine: CommandLine) {
    this.#json = json;
    this.#commandLine = commandLine;
  }

  entry(entry: TimelineEntry): void {
    if (this.#json) this.#object({ type: 'timeline', ...entry });
    else {
      const who = (entry.server ?? (entry.teller === 'output' ? '' : entry.teller)).padEnd(8);
      const text = entry.teller === 'output' ? `| ${entry.text}` : entry.text;
      this.#commandLine.out(`${virtualTimeText(entry.atMs).padStart(12)}  ${who}  ${text}`);
    }
  }

  diagnostic(diagnostic: Diagnostic, source: SourceText): void {
    if (this.#json) this.#object({ type: 'diagnostic', ...diagnostic });
    else for (const line of renderDiagnostic(diagnostic, source).split('\n')) this.#commandLine.note(line);
  }

  report({ outcome, verdicts, problems, notRehearsed, lastedMs }: RehearsalReport, source: SourceText): void {
    if (this.#json) this.#reportObjects({ outcome, verdicts, problems, notRehearsed, lastedMs });
    else {
      const { out } = this.#commandLine;
      out('');
      if (outcome === undefined)
        out(`The script still ran when the rehearsal ended, after ${virtualTimeText(lastedMs)}.`);
      for (const { message, span } of problems) out(`failed     ${place(span)}${message}`);
      for (const { line, verdict } of verdicts)
        out(`${(verdict.held ? 'held' : 'NOT HELD').padEnd(10)} ${line.text}  (${verdict.why})`);
      for (const span of notRehearsed) out(`not run    ${place(span)}${source.line(span.line, span.file).trim()}`);
      const held = verdicts.filter(({ verdict }) => verdict.held).length;
      out(`${held} of ${verdicts.length} expectations held in ${virtualTimeText(lastedMs)} of virtual time.`);
    }
  }

  end(code: number): number {
    if (this.#json) this.#object({ type: 'end', exitCode: code });
    return code;
  }

  #reportObjects({ outcome, verdicts, problems, notRehearsed, lastedMs }: RehearsalReport): void {
    for (const problem of problems) this.#object({ type: 'problem', ...problem });
    for (const { line, verdict } of verdicts)
      this.#object({ type: 'expectation', text: line.text, line: line.span.line, ...verdict });
    for (const span of notRehearsed) this.#object({ type: 'not-run', span });
    this.#object({ type: 'script', exitCode: outcome?.exitCode ?? null, lastedMs });
  }

  #object(content: unknown): void {
    this.#commandLine.out(JSON.stringify(content));
  }
}

function place(span: Span | undefined): string {
  return span === undefined ? '' : `${span.file}:${span.line}: `;
}
