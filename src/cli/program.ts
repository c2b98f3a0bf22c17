// Passes the words of a command line to a verb, and returns its exit code. program/ has the verbs and their options; a
// verb is loaded only when it is called, so that the program starts fast.
import { Command, CommanderError } from 'commander';
import { type CommandLine, exitCodes, healthExitCodes, reportThrown } from './command-line.ts';
import { packageVersion } from './package-version.ts';
import { addMount, addUnmount } from './program/filter-verbs.ts';
import {
  addCheck,
  addExec,
  addFmt,
  addLanguageServer,
  addPlan,
  addRehearse,
  addRepl,
  addRun,
} from './program/script-verbs.ts';
import { addEvents, addInit, addPair, addRuns, addServe, addSimulate, addStatus } from './program/server-verbs.ts';
import { type VerbContext, verbContext } from './program/verb-context.ts';

type AddVerb = (program: Command, context: VerbContext) => void;

/** A verb whose options come from the catalogue of commands, which no other verb needs at its start. */
const commandVerb = (name: string) => async (): Promise<AddVerb> =>
  (await import('./program/command-verbs.ts')).addCommandVerbs(name);

/** In the order of the help. */
const verbs: Readonly<Record<string, () => AddVerb | Promise<AddVerb>>> = {
  init: () => addInit,
  serve: () => addServe,
  pair: () => addPair,
  status: () => addStatus,
  events: () => addEvents,
  connect: commandVerb('connect'),
  disconnect: commandVerb('disconnect'),
  verify: commandVerb('verify'),
  snapshot: commandVerb('snapshot'),
  failover: commandVerb('failover'),
  run: () => addRun,
  exec: () => addExec,
  repl: () => addRepl,
  runs: () => addRuns,
  mount: () => addMount,
  unmount: () => addUnmount,
  check: () => addCheck,
  fmt: () => addFmt,
  plan: () => addPlan,
  rehearse: () => addRehearse,
  simulate: () => addSimulate,
  lsp: () => addLanguageServer,
};

export async function runProgram(words: readonly string[], commandLine: CommandLine): Promise<number> {
  let exitCode: number = exitCodes.success;
  const program = await commandProgram(words[0], commandLine, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.success;
    const code = error instanceof CommanderError ? exitCodes.usage : reportThrown(error, commandLine);
    // The exit codes of `status` tell the health of the jobs, so the usual codes must not be mixed with them.
    return words[0] === 'status' && code !== exitCodes.defect ? healthExitCodes.unknown : code;
  }
}

/** A program with the verb that `word` names alone, because all others would be made for nothing; else with all of them. */
export async function commandProgram(
  word: string | undefined,
  commandLine: CommandLine,
  finish: (exitCode: number) => void,
): Promise<Command> {
  const program = new Command('understudy')
    .description('Keeps a live copy of a workload on a second server, by script.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => commandLine.out(text.trimEnd()),
      writeErr: (text) => commandLine.note(text.trimEnd()),
    });
  const context = verbContext(commandLine, finish);
  const named = Object.entries(verbs).filter(([name]) => name === word);
  if (named.length === 0) program.version(`understudy ${packageVersion()}`, '-V, --version', 'print the version');
  for (const [, load] of named.length === 0 ? Object.entries(verbs) : named) (await load())(program, context);
  return program;
}
