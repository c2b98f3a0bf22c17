// `understudy run FILE [--param value …] [options]`: checks the whole script, then runs it.
//
// With --json everything on standard output is one JSON object per line:
// {"type":"run"|"write"|"record"|"note"|"result"|"event"|"progress"|"diagnostic"|"end", …}. Without it a script's own lines go
// there, and events of embedded servers that matter go to the notes.
import type { Clock } from '../../base/waiting/clock.ts';
import type { Budgets } from '../../language/interpreter/execution.ts';
import type { Outcome, Script } from '../../language/program.ts';
import type { Host } from '../../language/values/host.ts';
import type { Storage } from '../../ports/storage.ts';
import type { ScriptParts } from '../../runtime/commands/script-calls.ts';
import { type Allowance, nothingAllowed, refusalsBy } from '../../runtime/machine/allowance.ts';
import type { OwnMachine } from '../../runtime/machine/own-machine.ts';
import type { RunJournal } from '../../runtime/runs/run-journal.ts';
import { type CommandLine, exitCodes } from '../command-line.ts';
import { RunHost, type RunHostOptions } from '../scripts/run-host.ts';
import { RunPrinter } from '../scripts/run-printer.ts';
import { checkedScript, readScript } from '../scripts/script-file.ts';
import { parameterValues } from '../scripts/secret-parameters.ts';
import type { EmbeddedServerMaker } from '../servers/own-server.ts';

export interface RunRequest {
  /** The script's file; where `text` is given, only what the script is called. */
  readonly file: string;
  /** The script itself. */
  readonly text?: string;
  /** By name, without the dollar. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The file that holds each secret, by the name of the parameter. */
  readonly secretFiles?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly json: boolean;
  readonly stay: boolean;
  readonly budgets?: Partial<Budgets>;
  /** What the script may reach of this machine; absent: nothing. */
  readonly allowance?: Allowance;
  /** Asked before a command that cannot simply be taken back; absent in a script, where it stands because it is meant. */
  readonly confirm?: RunHostOptions['confirm'];
}

export interface RunParts {
  readonly clock: Clock;
  readonly openStorage: (home: string) => Promise<Storage>;
  readonly makeEmbedded: EmbeddedServerMaker;
  /** Loads the parts that carry out calls of tasks in JavaScript. */
  readonly loadScripts?: () => Promise<ScriptParts>;
  /** Loads the machine that the script may reach; absent: nothing of it. */
  readonly loadMachine?: () => Promise<OwnMachine>;
  readonly beginJournal: (script: string, storage: Storage, warn: (line: string) => void) => Promise<RunJournal>;
}

export async function run(request: RunRequest, parts: RunParts, commandLine: CommandLine): Promise<number> {
  const { text, confirm, allowance = nothingAllowed } = request;
  const refusals = refusalsBy(allowance);
  const file =
    text === undefined ? await readScript(request.file, refusals) : await checkedScript(request.file, text, refusals);
  const printer = new RunPrinter(request.json, file, commandLine, parts.clock);
  await printer.diagnostics(file.diagnostics);
  if (file.script === undefined) {
    printer.end(exitCodes.scriptInvalid);
    return exitCodes.scriptInvalid;
  }
  const parameters = await parameterValues(file.script, request, commandLine);
  const storage = await parts.openStorage(request.home);
  const host = new RunHost({
    ...parts,
    home: request.home,
    storage,
    write: (line, row) => printer.write(line, row),
    note: (line) => printer.note(line),
    onEvent: (server, event) => printer.event(server, event),
    ...(confirm === undefined ? {} : { confirm }),
    ...(printer.progress === undefined ? {} : { progress: printer.progress }),
  });
  const exitCode = await runAndStop(
    file.script,
    { ...request, parameters },
    parts,
    storage,
    host,
    printer,
    commandLine,
  );
  printer.end(exitCode);
  return exitCode;
}

/** Runs the script, and in any case stops the servers of this process and completes the journal. */
async function runAndStop(
  script: Script,
  request: RunRequest,
  parts: RunParts,
  storage: Storage,
  host: RunHost,
  printer: RunPrinter,
  { interruption, onLeaving }: CommandLine,
): Promise<number> {
  let exitCode: number;
  interruption.addEventListener('abort', () => void sayWhatIsLeft(host, printer));
  onLeaving?.(() => {
    for (const line of host.notUpToDate()) printer.note(`left at once: ${line}`);
    printer.end(exitCodes.interrupted);
  });
  try {
    exitCode = await runOn(script, request, parts, storage, host, printer, interruption);
  } catch (error) {
    await host.stop();
    throw error;
  }
  const clean = await host.stop();
  return clean || exitCode !== exitCodes.success ? exitCode : exitCodes.failed;
}

/** The end of a run may wait for its targets, so an interruption says at once what for. */
async function sayWhatIsLeft(host: RunHost, printer: RunPrinter): Promise<void> {
  if (!host.embedded) return;
  const left = await host.unended();
  const lines = left.length === 0 ? ['the servers of this run stop'] : left;
  for (const line of lines) printer.note(`interrupted: ${line}; Ctrl-C again leaves at once`);
}

async function runOn(
  script: Script,
  request: RunRequest,
  parts: RunParts,
  storage: Storage,
  host: RunHost,
  printer: RunPrinter,
  interruption: AbortSignal,
): Promise<number> {
  const journal = await parts.beginJournal(request.file, storage, (line) => printer.note(line));
  printer.began(journal.runId);
  const outcome = await journal.record(host, async (journalled) => {
    const reported = request.json ? reporting(journalled, printer) : journalled;
    const ended = await outcomeOf(script, request, reported, parts.clock, interruption);
    await printer.diagnostics(ended.diagnostics);
    if (request.stay && host.embedded && ended.kind === 'completed') {
      printer.note('The connections stay until Ctrl-C.');
      await interrupted(interruption);
    }
    return withTasks(ended, host, printer, interruption);
  });
  return outcome.exitCode;
}

/**
 * A run with a failed task has failed, too, unless the script set its result with EXIT. Tasks that have not ended are
 * named: on servers of this process they end with the run, which has then failed; on other servers they go on.
 */
async function withTasks(
  ended: Outcome,
  host: RunHost,
  printer: RunPrinter,
  interruption: AbortSignal,
): Promise<Outcome> {
  const { failed, left } = await host.taskEnds(interruption);
  for (const line of failed) printer.note(`error: ${line}`);
  for (const line of left) {
    printer.note(host.embedded ? `error: ${line}, and is ended with this run` : `note: ${line}; it goes on there`);
  }
  const isGood = failed.length === 0 && (left.length === 0 || !host.embedded);
  if (isGood || ended.kind !== 'completed' || ended.exited) return ended;
  return { kind: 'failed', exitCode: exitCodes.failed, diagnostics: [] };
}

/**
 * Runs the script, with a budget for memory that fits this process. The interpreter is loaded only when there are
 * statements.
 */
async function outcomeOf(
  script: Script,
  { parameters, budgets = {} }: RunRequest,
  host: Host,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome> {
  if (script.block.length === 0 && Object.keys(parameters).length === 0)
    return { kind: 'completed', exitCode: exitCodes.success, exited: false, diagnostics: [] };
  const [{ runScript }, { defaultBudgets }, { heapBytesMax, heapReader }] = await Promise.all([
    import('../../language/program.ts'),
    import('../../language/interpreter/execution.ts'),
    import('../../platform/heap-use.ts'),
  ]);
  const memoryBytes = Math.min(budgets.memoryBytes ?? defaultBudgets.memoryBytes, heapBytesMax());
  return runScript(script, {
    host,
    clock,
    signal,
    parameters,
    budgets: { ...budgets, memoryBytes },
    memoryBytes: heapReader(memoryBytes),
  });
}

/** The host, with a report of each command's result. */
function reporting(host: Host, printer: RunPrinter): Host {
  return {
    execute: async (request, signal) => {
      const result = await host.execute(request, signal);
      const { resultText } = await import('../../language/catalogue/definition/command-text.ts');
      printer.result(request.command, request.span.line, resultText(request, result));
      return result;
    },
    property: (handle, path, span) => host.property(handle, path, span),
    watch: (request, deliver, signal) => host.watch(request, deliver, signal),
    write: (line, row) => host.write(line, row),
  };
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
