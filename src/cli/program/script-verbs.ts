// The verbs about scripts: run, exec, rehearse, plan, check, format, the prompt and the language server. An action imports
// its modules only when it is called.
import { type Command, Option } from 'commander';
import { packageVersion } from '../package-version.ts';
import { addAllowOptions, allowanceOf } from '../scripts/allow-options.ts';
import { addBudgetOptions, budgetsOf } from '../scripts/budget-options.ts';
import { lasting } from '../system-command-line.ts';
import { homeOption, type VerbContext, wholeNumber } from './verb-context.ts';

export function addRun(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
  addAllowOptions(addBudgetOptions(program.command('run')))
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
        const { scriptHelp } = await import('../scripts/script-help.ts');
        finish(await scriptHelp(file, commandLine));
        return;
      }
      const [{ run }, { systemRunParts }, { givenParameters }] = await Promise.all([
        import('../verbs/run.ts'),
        import('../system-run-parts.ts'),
        import('../scripts/secret-parameters.ts'),
      ]);
      const { json = false, stay = false } = options;
      const budgets = budgetsOf(options as Readonly<Record<string, unknown>>);
      const allowance = allowanceOf(options);
      const given = givenParameters(rest);
      const request = { file, ...given, home: await ownHome(options), json, stay, budgets, allowance };
      finish(await run(request, systemRunParts(request.home, allowance), commandLine));
    });
}

export function addExec(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
  addAllowOptions(addBudgetOptions(program.command('exec')))
    .description('run a script from the command line, one line in each argument, against the servers of a home')
    .argument('<line...>', "lines of a script, quoted for the shell: understudy exec 'source alpha' 'verify 1 report'")
    .addOption(homeOption())
    .option('--json', 'one JSON object per line: output, results, events, diagnostics')
    .option('--stay', 'keep the connections of an embedded run until Ctrl-C')
    .option('--yes', 'carry out what cannot be taken back without asking')
    .action(async (lines: readonly string[], options) => {
      const [{ exec }, { systemRunParts }] = await Promise.all([
        import('../verbs/exec.ts'),
        import('../system-run-parts.ts'),
      ]);
      const { json = false, stay = false, yes = false } = options;
      const budgets = budgetsOf(options as Readonly<Record<string, unknown>>);
      const allowance = allowanceOf(options);
      const home = await ownHome(options);
      const request = { title: 'exec', lines, home, json, stay, yes, budgets, allowance };
      finish(await exec(request, systemRunParts(home, allowance), commandLine));
    });
}

export function addRehearse(program: Command, { commandLine, finish }: VerbContext): void {
  program
    .command('rehearse')
    .description(
      'run a script against simulated servers and a scenario of disasters, in virtual time; PARAMs as for run',
    )
    .argument('<file>')
    .argument('[parameters...]')
    .usage('FILE --scenario FILE [--NAME VALUE …] [options]')
    .requiredOption('--scenario <file>', 'what fails when, and what has to hold at the end (docs/rehearsal.md)')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--seed <number>', 'decides what is left to chance', wholeNumber, 1)
    .allowUnknownOption()
    .action(async (file: string, rest: readonly string[], { scenario, format, seed }) => {
      const [{ rehearse }, { givenParameters }] = await Promise.all([
        import('../verbs/rehearse.ts'),
        import('../scripts/secret-parameters.ts'),
      ]);
      const request = { file, scenario, ...givenParameters(rest), format, seed };
      finish(await rehearse(request, commandLine));
    });
}

export function addPlan(program: Command, { commandLine, finish, home }: VerbContext): void {
  addAllowOptions(addBudgetOptions(program.command('plan')))
    .description('what run would do, command by command; nothing is changed, and nobody is asked without --ask')
    .argument('<file>')
    .argument('[parameters...]')
    .usage('FILE [--NAME VALUE …] [options]')
    .addOption(homeOption())
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--ask', 'also ask the servers, with calls that only read, what stands in the way')
    .allowUnknownOption()
    .action(async (file: string, rest: readonly string[], options) => {
      const [{ plan }, { SystemClock }, { givenParameters }] = await Promise.all([
        import('../verbs/plan.ts'),
        import('../../platform/kernel/system-clock.ts'),
        import('../scripts/secret-parameters.ts'),
      ]);
      const budgets = budgetsOf(options as Readonly<Record<string, unknown>>);
      const { format, ask = false } = options;
      const allowance = allowanceOf(options);
      const request = { file, ...givenParameters(rest), home: await home(options), format, ask, budgets, allowance };
      finish(await plan(request, new SystemClock(), commandLine));
    });
}

export function addCheck(program: Command, { commandLine, finish }: VerbContext): void {
  program
    .command('check')
    .description('report every error of scripts; nothing runs')
    .argument('<files...>')
    .addOption(new Option('--format <format>').choices(['text', 'json', 'sarif']).default('text'))
    .action(async (files: readonly string[], { format }) => {
      const { check } = await import('../verbs/check.ts');
      finish(await check({ files, format, version: packageVersion() }, commandLine));
    });
}

export function addFmt(program: Command, { commandLine, finish }: VerbContext): void {
  program
    .command('fmt')
    .description('write scripts in their canonical form; - is the standard input')
    .argument('<files...>')
    .option('--check', 'change nothing; name the files that would change, and end with 1 when there are any')
    .action(async (files: readonly string[], { check = false }) => {
      const { format } = await import('../verbs/fmt.ts');
      finish(await format({ files, check }, commandLine));
    });
}

export function addRepl(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
  addAllowOptions(program.command('repl'))
    .description('the prompt')
    .addOption(homeOption())
    .action(async (options) => {
      const [{ repl }, { systemRunParts }] = await Promise.all([
        import('../verbs/repl.ts'),
        import('../system-run-parts.ts'),
      ]);
      const { stdin, stdout, stderr } = process;
      const coloured = { prompt: stdout.isTTY === true, messages: stderr.isTTY === true };
      const terminal = { input: stdin, output: lasting(stdout), interactive: stdin.isTTY === true, coloured };
      const home = await ownHome(options);
      finish(await repl(home, systemRunParts(home, allowanceOf(options)), terminal, commandLine));
    });
}

export function addLanguageServer(program: Command): void {
  program
    .command('lsp')
    .description('the language server for editors, on standard input and output')
    .option('--stdio', 'as editors say; there is no other way')
    .action(async () => {
      const [{ languageServer }, { SystemClock }] = await Promise.all([
        import('../verbs/lsp.ts'),
        import('../../platform/kernel/system-clock.ts'),
      ]);
      languageServer(new SystemClock());
    });
}
