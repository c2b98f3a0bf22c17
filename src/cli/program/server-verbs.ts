// The verbs about servers: set up, serve, pair, show their status and their runs, simulate. An action imports its modules only
// when it is called.
import { type Command, Option } from 'commander';
import { durationOf, homeOption, type VerbContext, wholeNumber } from './verb-context.ts';

export function addInit(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
  program
    .command('init')
    .description('set up the server of a home; on a terminal it asks for what no option says')
    .addOption(homeOption())
    .option('--name <name>', 'what the server is called')
    .option('--listen <host:port>', 'where links from other servers are accepted')
    .option('--api <host:port>', 'where the API is offered to paired servers, or none')
    .option('--replicas <folder...>', 'folders below which paired servers may make replicas')
    .option('--yes', 'ask nothing')
    .action(async (options) => {
      const [{ initialise }, { thisMachine }] = await Promise.all([
        import('../verbs/server/init.ts'),
        import('../servers/reaching.ts'),
      ]);
      const { name, listen, api, replicas = [], yes = false } = options;
      const request = { home: await ownHome(options), name, listen, api, replicas, yes };
      finish(await initialise(request, thisMachine(), commandLine));
    });
}

export function addServe(program: Command, { commandLine, finish, ownHome }: VerbContext): void {
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
        import('../verbs/server/serve.ts'),
        import('../system-parts.ts'),
      ]);
      const { name, listen, api, json = false } = options;
      const home = await ownHome(options);
      finish(await serve({ home, json, name, listen, api }, systemServeParts(home), commandLine));
    });
}

export function addPair(program: Command, { commandLine, finish, home }: VerbContext): void {
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
        import('../verbs/server/pair.ts'),
        import('../system-parts.ts'),
      ]);
      const { code, json = false, allow } = options;
      if ((address === undefined) !== (code === undefined)) {
        program.error('error: HOST:PORT and --code CODE belong together');
      }
      const other = address === undefined ? {} : { other: { address, code } };
      const usual = address === undefined ? usualRoles.offering : usualRoles.joining;
      const roles = allow === undefined ? usual : rolesNamed(allow);
      finish(await pair({ home: await home(options), json, ...other, roles }, systemPairParts(), commandLine));
    });
}

export function addStatus(program: Command, { commandLine, finish, home }: VerbContext): void {
  program
    .command('status')
    .description('what the server of a home is doing; ends with 0 healthy, 1 warning, 2 error, 3 not known')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .addOption(new Option('--check', 'print one line for monitoring systems (docs/monitoring.md)').conflicts('json'))
    .addOption(new Option('--watch', 'show it live on this terminal; q ends').conflicts(['json', 'check']))
    .action(async (options) => {
      const { json = false, check = false } = options;
      const folder = await home(options);
      if (options.watch === true) {
        const [{ watch }, { liveTerminal }, { SystemClock }] = await Promise.all([
          import('../verbs/server/watch.ts'),
          import('../terminal/live-screen.ts'),
          import('../../platform/kernel/system-clock.ts'),
        ]);
        finish(await watch(folder, new SystemClock(), liveTerminal(), commandLine));
        return;
      }
      const { status } = await import('../verbs/server/status.ts');
      finish(await status({ home: folder, json, check }, commandLine));
    });
}

export function addEvents(program: Command, { commandLine, finish, home }: VerbContext): void {
  program
    .command('events')
    .description('what has happened on the server of a home, the oldest first')
    .addOption(homeOption())
    .option('--follow', 'go on with what happens, until Ctrl-C')
    .addOption(
      new Option('--severity <severity>', 'only this severity and what is worse')
        .choices(['information', 'warning', 'error'])
        .default('information'),
    )
    .option('--id <event...>', 'only these events, by number or name: 5001, link.lost')
    .option('--job <connection>', 'only those of a connection, by its number, name or id')
    .option('--last <count>', 'only the newest', wholeNumber)
    .option('--since <duration>', 'only those of the last time: 1h, 30m', durationOf)
    .option('--json', 'one JSON object per line')
    .action(async (options) => {
      const [{ events }, { SystemClock }] = await Promise.all([
        import('../verbs/server/events.ts'),
        import('../../platform/kernel/system-clock.ts'),
      ]);
      const { follow = false, severity, id: ids = [], job, last, since: sinceMs, json = false } = options;
      const request = { home: await home(options), follow, severity, ids, job, last, sinceMs, json };
      finish(await events(request, new SystemClock(), commandLine));
    });
}

export function addRuns(program: Command, { commandLine, finish, home }: VerbContext): void {
  const runs = program.command('runs').description('what earlier and present runs did');
  runs
    .command('list')
    .description('all runs that are kept, and what became of them')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .action(async (options) => {
      const { runsList } = await import('../verbs/server/runs.ts');
      finish(await runsList({ home: await home(options), json: options.json ?? false }, commandLine));
    });
  runs
    .command('show')
    .description('the commands and results of a run')
    .argument('<id>', 'its id, or an end or beginning of it')
    .addOption(homeOption())
    .option('--json', 'print a JSON object')
    .action(async (id: string, options) => {
      const { runsShow } = await import('../verbs/server/runs.ts');
      finish(await runsShow(id, { home: await home(options), json: options.json ?? false }, commandLine));
    });
}

export function addSimulate(program: Command, { commandLine, finish }: VerbContext): void {
  program
    .command('simulate')
    .description('play random histories of whole clusters with all their faults, in virtual time')
    .option('--seed <n>', 'the first seed', wholeNumber, 1)
    .option('--runs <n>', 'how many histories, one for each seed', wholeNumber, 100)
    .option('--minutes <m>', 'end after so many minutes', wholeNumber)
    .option('--scenario <file>', 'play this history instead')
    .option('--no-shrink', 'do not look for the shortest history that still fails')
    .action(async ({ seed, runs, minutes, scenario, shrink }) => {
      const { simulate } = await import('../verbs/simulate.ts');
      finish(await simulate({ seed, runs, minutes, scenario, shrink }, commandLine));
    });
}
