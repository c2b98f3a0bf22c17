// The verbs and their options: takes the words of the command line to a verb, and gives the verb's exit code. A verb is loaded
// when it is called, because the time of a start counts.
import { Command, CommanderError, Option } from 'commander';
import { type CommandLine, exitCodes, healthExitCodes, homeFolder, reportThrown, UsageError } from './command-line.ts';
import { addBudgetOptions, budgetsOf } from './scripts/budget-options.ts';

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
    // The codes of `status` say how the jobs are; the usual ones must not be taken for these.
    return words[0] === 'status' && code !== exitCodes.defect ? healthExitCodes.unknown : code;
  }
}

const homeOption = (): Option => new Option('--home <folder>', "the server's folder; default by the XDG rules");

function commandProgram(commandLine: CommandLine, finish: (exitCode: number) => void): Command {
  const { environment } = commandLine;
  const home = (given: { readonly home?: string }): string => homeFolder(given.home, environment);
  const program = new Command('understudy')
    .description('Keeps a live copy of a workload on a second server, by script.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => commandLine.out(text.trimEnd()),
      writeErr: (text) => commandLine.note(text.trimEnd()),
    });
  addBudgetOptions(program.command('run'))
    .description('check a script, then run it; --NAME VALUE sets a PARAM, --NAME-file FILE one AS secret')
    .argument('[file]')
    .argument('[parameters...]')
    .usage('FILE [--NAME VALUE …] [options]')
    .addOption(homeOption())
    .option('--json', 'one JSON object per line: output, results, events, diagnostics')
    .option('--stay', 'keep the connections of an embedded run until Ctrl-C')
    .allowUnknownOption()
    // Behind a script, --help asks for the script's own parameters.
    .helpOption(false)
    .action(async (file: string | undefined, rest: readonly string[], options, command: Command) => {
      if (file === '--help') command.help();
      if (file === undefined) command.error('error: run needs the script to run');
      if (rest.includes('--help')) {
        const { scriptHelp } = await import('./scripts/script-help.ts');
        finish(await scriptHelp(file, commandLine));
        return;
      }
      const [{ run }, { systemRunParts }, { givenParameters }] = await Promise.all([
        import('./verbs/run.ts'),
        import('./system-run-parts.ts'),
        import('./scripts/secret-parameters.ts'),
      ]);
      const { json = false, stay = false } = options;
      const budgets = budgetsOf(options as Readonly<Record<string, unknown>>);
      const request = { file, ...givenParameters(rest), home: home(options), json, stay, budgets };
      finish(await run(request, systemRunParts(request.home), commandLine));
    });
  program
    .command('rehearse')
    .description('run a script against simulated servers and a scenario of disasters, in virtual time')
    .argument('<file>')
    .argument('[parameters...]')
    .usage('FILE --scenario FILE [--NAME VALUE …] [options]')
    .requiredOption('--scenario <file>', 'what fails when, and what has to hold at the end (docs/rehearsal.md)')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--seed <number>', 'decides what is left to chance', wholeNumber, 1)
    .allowUnknownOption()
    .action(async (file: string, rest: readonly string[], { scenario, format, seed }) => {
      const [{ rehearse }, { givenParameters }] = await Promise.all([
        import('./verbs/rehearse.ts'),
        import('./scripts/secret-parameters.ts'),
      ]);
      finish(await rehearse({ file, scenario, ...givenParameters(rest), format, seed }, commandLine));
    });
  program
    .command('simulate')
    .description('play random histories of whole clusters with all their faults, in virtual time')
    .option('--seed <n>', 'the first seed', wholeNumber, 1)
    .option('--runs <n>', 'how many histories, one for each seed', wholeNumber, 100)
    .option('--minutes <m>', 'end after so many minutes', wholeNumber)
    .option('--scenario <file>', 'play this history instead')
    .option('--no-shrink', 'do not look for the shortest history that still fails')
    .action(async ({ seed, runs, minutes, scenario, shrink }) => {
      const { simulate } = await import('./verbs/simulate.ts');
      finish(await simulate({ seed, runs, minutes, scenario, shrink }, commandLine));
    });
  program
    .command('check')
    .description('report every error of scripts; nothing runs')
    .argument('<files...>')
    .addOption(new Option('--format <format>').choices(['text', 'json', 'sarif']).default('text'))
    .action(async (files: readonly string[], { format }) => {
      const [{ check }, { packageVersion }] = await Promise.all([
        import('./verbs/check.ts'),
        import('./package-version.ts'),
      ]);
      finish(await check({ files, format, version: packageVersion() }, commandLine));
    });
  program
    .command('fmt')
    .description('write scripts in their canonical form; - is the standard input')
    .argument('<files...>')
    .option('--check', 'change nothing; name the files that would change, and end with 1 when there are any')
    .action(async (files: readonly string[], { check = false }) => {
      const { format } = await import('./verbs/fmt.ts');
      finish(await format({ files, check }, commandLine));
    });
  program
    .command('repl')
    .description('the prompt')
    .addOption(homeOption())
    .action(async (options) => {
      const [{ repl }, { systemRunParts }] = await Promise.all([
        import('./verbs/repl.ts'),
        import('./system-run-parts.ts'),
      ]);
      const terminal = { input: process.stdin, output: process.stdout, interactive: process.stdin.isTTY === true };
      finish(await repl(home(options), systemRunParts(home(options)), terminal, commandLine));
    });
  program
    .command('lsp')
    .description('the language server for editors, on standard input and output')
    .option('--stdio', 'as editors say; there is no other way')
    .action(async () => {
      const [{ languageServer }, { SystemClock }] = await Promise.all([
        import('./verbs/lsp.ts'),
        import('../platform/kernel/system-clock.ts'),
      ]);
      languageServer(new SystemClock());
    });
  addBudgetOptions(program.command('plan'))
    .description('what run would do, command by command; nothing is changed, nobody is asked')
    .argument('<file>')
    .argument('[parameters...]')
    .usage('FILE [--NAME VALUE …] [options]')
    .addOption(homeOption())
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .allowUnknownOption()
    .action(async (file: string, rest: readonly string[], options) => {
      const [{ plan }, { SystemClock }, { givenParameters }] = await Promise.all([
        import('./verbs/plan.ts'),
        import('../platform/kernel/system-clock.ts'),
        import('./scripts/secret-parameters.ts'),
      ]);
      const budgets = budgetsOf(options as Readonly<Record<string, unknown>>);
      const { format } = options;
      const request = { file, ...givenParameters(rest), home: home(options), format, budgets };
      finish(await plan(request, new SystemClock(), commandLine));
    });
  const runs = program.command('runs').description('what earlier and present runs did');
  runs
    .command('list')
    .description('all runs that are kept, and what became of them')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .action(async (options) => {
      const { runsList } = await import('./verbs/runs.ts');
      finish(await runsList({ home: home(options), json: options.json ?? false }, commandLine));
    });
  runs
    .command('show')
    .description('the commands and results of a run')
    .argument('<id>', 'its id, or an end or beginning of it')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .action(async (id: string, options) => {
      const { runsShow } = await import('./verbs/runs.ts');
      finish(await runsShow(id, { home: home(options), json: options.json ?? false }, commandLine));
    });
  program
    .command('serve')
    .description('run a server until SIGTERM')
    .option('--name <name>', 'what the server is called; needed on the first start, unless the home has a server.json')
    .addOption(homeOption())
    .option('--listen <host:port>', 'where links from other servers are accepted')
    .option('--api <host:port>', 'where the API is offered to paired servers')
    .option('--json', 'say ready as a JSON object')
    .action(async (options) => {
      const [{ serve }, { systemServeParts }] = await Promise.all([
        import('./verbs/serve.ts'),
        import('./system-parts.ts'),
      ]);
      const { name, listen, api, json = false } = options;
      finish(
        await serve({ home: home(options), json, name, listen, api }, systemServeParts(home(options)), commandLine),
      );
    });
  program
    .command('pair')
    .description("print this server's name, fingerprint and a one-time code; or, with a code, trust another server")
    .argument('[address]', 'HOST:PORT of the other server')
    .addOption(homeOption())
    .option('--code <code>', 'the code that understudy pair printed on the other server')
    .option('--allow <roles>', 'what the other server may do here: source, target, monitor, operator, with commas')
    .option('--json', 'print a JSON object')
    .action(async (address: string | undefined, options) => {
      const [{ pair, rolesNamed, usualRoles }, { systemPairParts }] = await Promise.all([
        import('./verbs/pair.ts'),
        import('./system-parts.ts'),
      ]);
      const { code, json = false, allow } = options;
      if ((address === undefined) !== (code === undefined)) {
        program.error('error: HOST:PORT and --code CODE belong together');
      }
      const other = address === undefined ? {} : { other: { address, code } };
      const usual = address === undefined ? usualRoles.offering : usualRoles.joining;
      const roles = allow === undefined ? usual : rolesNamed(allow);
      finish(await pair({ home: home(options), json, ...other, roles }, systemPairParts(), commandLine));
    });
  program
    .command('status')
    .description('what the server of a home is doing')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .action(async (options) => {
      const { status } = await import('./verbs/status.ts');
      finish(await status({ home: home(options), json: options.json ?? false }, commandLine));
    });
  return program;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${text} is no whole number`);
  return Number(text);
}
