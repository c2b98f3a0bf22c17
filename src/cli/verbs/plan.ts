// `understudy plan FILE [--NAME VALUE …]`: shows what `run` would do, command by command, without doing it. The home is
// read and never written, no server is asked, no link is opened. runtime/plan has the assumptions of a plan.
//
// Waits are over at once, WAIT UNTIL tests once, EVERY has one round, handlers of events are not called. A loop that
// waits for a change in the world is ended by the budget of steps; only the first steps of a line that repeats are
// shown.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { sameServerName } from '../../base/given-names.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Budgets } from '../../language/interpreter/execution.ts';
import { runScript } from '../../language/program.ts';
import { renderDiagnostic } from '../../language/reading/render-diagnostics.ts';
import type { SourceText } from '../../language/tree/source-text.ts';
import { loadIdentity } from '../../platform/identity/identity.ts';
import { TrustStore } from '../../platform/identity/trust-store.ts';
import { PlanHost, type PlanStep } from '../../runtime/plan/plan-host.ts';
import type { PlannedServersOptions } from '../../runtime/plan/planned-servers.ts';
import { type CommandLine, exitCodes } from '../command-line.ts';
import { readScript, readText } from '../scripts/script-file.ts';
import { plannedValues } from '../scripts/secret-parameters.ts';
import { unknownServer } from '../servers/configured-servers.ts';

export interface PlanRequest {
  readonly file: string;
  /** By name, without the dollar. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The file that holds each secret, by the name of the parameter. */
  readonly secretFiles?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly format: 'text' | 'json';
  readonly budgets: Partial<Budgets>;
}

/** A plan with more steps is in a loop that waits for a change in the world. */
const stepsMax = 100_000;
const shownPerLineMax = 10;

/** The exit code that `run` would have if all went well, 3 when the script does not check. */
export async function plan(request: PlanRequest, clock: Clock, commandLine: CommandLine): Promise<number> {
  const file = await readScript(request.file);
  const printer = new PlanPrinter(request.format, file.source, commandLine);
  for (const diagnostic of file.diagnostics) printer.diagnostic(diagnostic);
  if (file.script === undefined) return printer.end(exitCodes.scriptInvalid);
  const host = new PlanHost({
    clock,
    ...(await serversOf(request.home)),
    readHome: (name) => readIfThere(join(request.home, name)),
    readText,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    onStep: (step) => printer.step(step),
    onOutput: (line) => printer.output(line),
  });
  const outcome = await runScript(file.script, {
    host,
    clock,
    signal: commandLine.interruption,
    parameters: plannedValues(file.script, request),
    budgets: { steps: stepsMax, ...request.budgets },
    planned: true,
  });
  for (const diagnostic of outcome.diagnostics) printer.diagnostic(diagnostic);
  return printer.end(outcome.exitCode);
}

/** The servers that a run would use (open-servers.ts), without asking whether the home's own server runs. */
async function serversOf(home: string): Promise<Pick<PlannedServersOptions, 'local' | 'known' | 'checkName'>> {
  const peers = await new TrustStore(home).peers();
  const own = (await loadIdentity(home))?.name;
  if (peers.length === 0) return { local: own, known: [], checkName: async () => undefined };
  const names = [...(own === undefined ? [] : [own]), ...peers.map((one) => one.name)];
  const checkName = async (name: string): Promise<void> => {
    if (!names.some((one) => sameServerName(one, name))) throw unknownServer(name, names);
  };
  const known = peers.map(({ name, address, roles }) => ({
    name,
    address: address ?? null,
    access: roles.join(', '),
  }));
  return { local: own, known, checkName };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Prints a plan as text, or as JSON with one object per line: {"type":"step"|"write"|"repeated"|"diagnostic"|"end", …}.
 */
class PlanPrinter {
  readonly #json: boolean;
  readonly #source: SourceText;
  readonly #commandLine: CommandLine;
  /** How often each line was reached. */
  readonly #counts = new Map<string, number>();
  #steps = 0;
  #shown = true;

  constructor(format: PlanRequest['format'], source: SourceText, commandLine: CommandLine) {
    this.#json = format === 'json';
    this.#source = source;
    this.#commandLine = commandLine;
  }

  step(step: PlanStep): void {
    const place = `${step.file}:${step.line}`;
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    this.#steps += 1;
    this.#shown = count <= shownPerLineMax;
    if (!this.#shown) return;
    if (this.#json) this.#object({ type: 'step', ...step });
    else for (const line of stepLines(step, this.#source.file)) this.#commandLine.out(line);
  }

  /** A line that the script itself prints; hidden while the steps before it are hidden. */
  output(text: string): void {
    if (!this.#shown) return;
    if (this.#json) this.#object({ type: 'write', text });
    else this.#commandLine.out(`prints    ${text}`);
  }

  diagnostic(diagnostic: Diagnostic): void {
    if (this.#json) this.#object({ type: 'diagnostic', ...diagnostic });
    else for (const line of renderDiagnostic(diagnostic, this.#source).split('\n')) this.#commandLine.note(line);
  }

  end(exitCode: number): number {
    const repeated = [...this.#counts].filter(([, count]) => count > shownPerLineMax);
    for (const [place, count] of repeated) {
      if (this.#json) this.#object({ type: 'repeated', place, count });
      else this.#commandLine.out(`${place} comes ${count} times; ${shownPerLineMax} of them are shown`);
    }
    const commands = this.#steps === 1 ? '1 command' : `${this.#steps} commands`;
    if (this.#json) this.#object({ type: 'end', exitCode, commands: this.#steps });
    else this.#commandLine.out(`${commands} planned, nothing was changed`);
    return exitCode;
  }

  #object(content: object): void {
    this.#commandLine.out(JSON.stringify({ version: 1, ...content }));
  }
}

function stepLines(step: PlanStep, script: string): string[] {
  const place = step.file === script ? `line ${step.line}` : `${step.file}:${step.line}`;
  const indent = ' '.repeat(10);
  return [
    `${place.padEnd(9)} ${step.command}`,
    `${indent}${touchedText(step)}: ${step.effect}`,
    ...(step.gives === '' ? [] : [`${indent}gives ${step.gives}`]),
    ...step.remarks.map((remark) => `${indent}${remark}`),
  ];
}

function touchedText({ changes, asks }: PlanStep): string {
  const parts = [
    ...(changes.length === 0 ? [] : [`changes ${changes.join(', ')}`]),
    ...(asks.length === 0 ? [] : [`asks ${asks.join(', ')}`]),
  ];
  return parts.length === 0 ? 'changes nothing' : parts.join(', ');
}
