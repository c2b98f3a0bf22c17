// Which modules of the program are in one file of a build. What a verb needs at once is together, and what it may never need is
// apart: a start costs as much as what it reads and compiles.

/**
 * Each chunk has the modules that are named here, by the beginnings of their paths, and all that these import. A module that
 * several chunks would have is in the first of them. A module of none is in a chunk for the import() that loads it.
 */
export const chunks: Readonly<Record<string, readonly string[]>> = {
  // What every start loads, and what is too small for a file of its own.
  main: ['src/cli/main.ts', 'src/cli/terminal/line-prompt.ts'],
  // What `run` needs for a script without statements (the table is small, and for verbs that need little else),
  run: [
    'src/cli/verbs/run.ts',
    'src/cli/system-run-parts.ts',
    'src/cli/scripts/secret-parameters.ts',
    'src/base/text/text-table.ts',
    'src/cli/servers/home-folder.ts',
    'src/runtime/text/instant-text.ts',
  ],
  // and for one without a command.
  language: [
    'src/language/program.ts',
    'src/language/interpreter/execution.ts',
    'src/language/formatter/format-script.ts',
    'src/language/reading/',
    'src/language/catalogue/definition/command-text.ts',
    'src/platform/heap-use.ts',
    'src/cli/scripts/included-files.ts',
    'src/cli/verbs/check.ts',
    'src/cli/program/command-verbs.ts',
  ],
  // The check of foreign data.
  zod: ['node_modules/zod/'],
  // The commands of a script, which may be for servers elsewhere.
  commands: [
    'src/runtime/script/command-host.ts',
    'src/runtime/session/queued-tasks.ts',
    'src/cli/servers/open-servers.ts',
    'src/cli/verbs/plan.ts',
    'src/cli/verbs/exec.ts',
    'src/cli/verbs/repl.ts',
  ],
  // Servers in this process.
  server: [
    'src/cli/system-parts.ts',
    'src/cli/servers/run-socket.ts',
    'src/cli/verbs/server/serve.ts',
    'src/cli/verbs/server/pair.ts',
    'src/cli/verbs/server/init.ts',
  ],
  simulator: ['src/cli/verbs/simulate.ts', 'src/cli/verbs/rehearse.ts'],
};

/**
 * Programs that share no chunk, by the name of their file. The launcher is compiled before there is a cache. The others run in
 * threads and processes of their own, where a chunk of the command line would begin to run it; that of a JavaScript task may
 * read nothing but its own folder, too (src/sandbox/DESIGN.md).
 */
export const alone: ReadonlyMap<string, string> = new Map([
  ['scripts/build/launcher.cjs', 'understudy'],
  ['src/cli/simulate-worker.ts', 'simulate-worker'],
  ['src/platform/watch-capture/capture-worker.ts', 'capture-worker'],
  ['src/platform/filter-capture/guard/guard-process.ts', 'filter-guard'],
  ['src/platform/filter-capture/filter-process.ts', 'filter-process'],
  ['src/platform/filter-capture/loop/waiting-thread.ts', 'filter-thread'],
  ['src/sandbox/main.ts', 'sandbox/main'],
]);
