// Passes the words of a command line to a verb, and returns its exit code. program/ has the verbs and their options; a
// verb is loaded only when it is called, so that the program starts fast.
import { Command, CommanderError } from 'commander';
import { type CommandLine, exitCodes, healthExitCodes, reportThrown } from './command-line.ts';
import { addCheck, addFmt, addLanguageServer, addPlan, addRehearse, addRepl, addRun } from './program/script-verbs.ts';
import { addPair, addRuns, addServe, addSimulate, addStatus } from './program/server-verbs.ts';
import { verbContext } from './program/verb-context.ts';

/** In the order of the help. */
const verbs = [
  addRun,
  addRehearse,
  addSimulate,
  addCheck,
  addFmt,
  addRepl,
  addLanguageServer,
  addPlan,
  addRuns,
  addServe,
  addPair,
  addStatus,
];

export async function runProgram(words: readonly string[], commandLine: CommandLine): Promise<number> {
  let exitCode: number = exitCodes.success;
  const program = commandProgram(commandLine, (code) => {
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

function commandProgram(commandLine: CommandLine, finish: (exitCode: number) => void): Command {
  const program = new Command('understudy')
    .description('Keeps a live copy of a workload on a second server, by script.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => commandLine.out(text.trimEnd()),
      writeErr: (text) => commandLine.note(text.trimEnd()),
    });
  const context = verbContext(commandLine, finish);
  for (const add of verbs) add(program, context);
  return program;
}
