// The main job, for `npm start`: a folder is mirrored, replicated while an application writes to it, given a snapshot and a
// program at exact points of its stream, verified, and taken over by the replica. The script is examples/demo.dtcl and runs
// as `understudy run` would. Afterwards both trees are compared by means of their own (demo-manifest.ts), and the code is 0
// only when they are equal and everything else held too.
//
//   npm start                                       a working copy of a part of node_modules, in a temporary folder
//   npm start -- --source DIR --replica DIR         any folder; the replica is left in place
//             [--with-writer]                       with the application writing into DIR/understudy-demo
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CommandLine, exitCodes, reportThrown } from '../src/cli/command-line.ts';
import { systemCommandLine } from '../src/cli/system-command-line.ts';
import { systemRunParts } from '../src/cli/system-run-parts.ts';
import { run } from '../src/cli/verbs/run.ts';
import { differencesBetween, manifestOf } from './demo-manifest.ts';
import type { WriterFigures } from './demo-writer.ts';

const projectFolder = join(import.meta.dirname, '..');
const copiedFilesMin = 2_000;
const shownDifferencesMax = 20;

interface Demonstration {
  readonly work: string;
  readonly source: string;
  readonly replica: string;
  readonly withWriter: boolean;
}

/** Every line with the seconds since the start; the script's phases become headings. */
class Timeline {
  readonly #startMs = performance.now();
  #phase: { readonly name: string; readonly startMs: number } | undefined;
  readonly phases: { readonly name: string; readonly seconds: number }[] = [];

  say(line: string): void {
    const seconds = (performance.now() - this.#startMs) / 1000;
    console.log(`${seconds.toFixed(2).padStart(8)} s  ${line}`);
  }

  phase(name: string): void {
    this.endPhase();
    this.#phase = { name, startMs: performance.now() };
    this.say(`== ${name}`);
  }

  endPhase(): void {
    if (this.#phase === undefined) return;
    const seconds = (performance.now() - this.#phase.startMs) / 1000;
    this.phases.push({ name: this.#phase.name, seconds });
    this.#phase = undefined;
  }
}

const usage = 'usage: npm start -- [--source DIR --replica DIR [--with-writer]]';

async function main(): Promise<number> {
  const { source, replica, withWriter } = options();
  const work = mkdtempSync(join(tmpdir(), 'understudy-demo-'));
  try {
    const timeline = new Timeline();
    if (source !== undefined && replica !== undefined) {
      return await demonstrate({ work, source, replica, withWriter }, timeline);
    }
    const workload = join(work, 'workload');
    timeline.say(copyOfModules(workload));
    return await demonstrate({ work, source: workload, replica: join(work, 'replica'), withWriter: true }, timeline);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function options(): { readonly source?: string; readonly replica?: string; readonly withWriter: boolean } {
  const { values } = parseArgs({
    options: {
      source: { type: 'string' },
      replica: { type: 'string' },
      'with-writer': { type: 'boolean', default: false },
    },
  });
  if ((values.source === undefined) !== (values.replica === undefined)) throw new TypeError(usage);
  const withWriter = values['with-writer'];
  if (values.source === undefined || values.replica === undefined) return { withWriter };
  return { source: resolve(values.source), replica: resolve(values.replica), withWriter };
}

/** Whole packages of node_modules until there are enough files; says what was taken. */
function copyOfModules(workload: string): string {
  const modules = join(projectFolder, 'node_modules');
  const packages = readdirSync(modules).filter((name) => !name.startsWith('.'));
  let files = 0;
  let taken = 0;
  for (const name of packages) {
    if (files >= copiedFilesMin) break;
    cpSync(join(modules, name), join(workload, name), {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
    });
    files += readdirSync(join(workload, name), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    ).length;
    taken += 1;
  }
  return `The workload is a copy of ${taken} of the ${packages.length} folders of node_modules, ${files} files`;
}

async function demonstrate(demonstration: Demonstration, timeline: Timeline): Promise<number> {
  const { work, source, replica, withWriter } = demonstration;
  const stopFile = join(work, 'stop');
  const writerFolder = join(source, 'understudy-demo');
  const writer = withWriter ? startWriter(writerFolder, stopFile) : undefined;
  timeline.say(`Source:  ${source}`);
  timeline.say(`Replica: ${replica}`);
  timeline.say(
    withWriter ? `An application writes into ${writerFolder}` : 'Nothing writes (--with-writer starts an application)',
  );
  let exitCode: number;
  let figures: WriterFigures | undefined;
  try {
    exitCode = await runScript(demonstration, timeline, stopFile);
  } finally {
    // Whatever happened, nothing goes on writing into the folder.
    writeFileSync(stopFile, '');
    figures = await writer?.ended;
  }
  timeline.endPhase();
  if (exitCode !== exitCodes.success) {
    timeline.say(`The script ended with code ${exitCode}`);
    return exitCode;
  }
  return conclude(demonstration, timeline, figures);
}

async function runScript(
  { work, source, replica, withWriter }: Demonstration,
  timeline: Timeline,
  stopFile: string,
): Promise<number> {
  const counter = join(replica, 'understudy-demo', 'counter');
  const parameters = {
    workload: source,
    replica,
    quiesce: shellProgram(
      join(work, 'quiesce'),
      withWriter
        ? `touch ${quoted(stopFile)}; until [ -e ${quoted(`${stopFile}.done`)} ]; do sleep 0.05; done`
        : 'true',
    ),
    stamp: shellProgram(
      join(work, 'stamp'),
      withWriter
        ? `cp ${quoted(counter)} ${quoted(join(work, 'counter-in-stream'))}`
        : `date > ${quoted(join(work, 'stamped'))}`,
    ),
  };
  const system = systemCommandLine();
  const commandLine: CommandLine = {
    out: (line) => (line.startsWith('PHASE ') ? timeline.phase(line.slice('PHASE '.length)) : timeline.say(line)),
    note: (line) => timeline.say(line),
    interruption: system.interruption,
    environment: system.environment,
  };
  const home = join(work, 'home');
  const file = join(projectFolder, 'examples', 'demo.dtcl');
  return run({ file, parameters, home, json: false, stay: false }, systemRunParts(home), commandLine);
}

/** Compares, prints the figures, and decides. */
async function conclude(
  { work, source, replica, withWriter }: Demonstration,
  timeline: Timeline,
  figures: WriterFigures | undefined,
): Promise<number> {
  timeline.phase('compare');
  const [ours, theirs] = [await manifestOf(source), await manifestOf(replica)];
  const differences = differencesBetween(ours, theirs);
  timeline.endPhase();
  const faults = differences.slice(0, shownDifferencesMax).map((line) => `DIFFERENT ${line}`);
  if (differences.length > shownDifferencesMax) faults.push(`and ${differences.length - shownDifferencesMax} more`);
  timeline.say(
    `${ours.objects.size} objects, ${ours.files} files, ${(ours.bytes / 1_048_576).toFixed(1)} MiB compared`,
  );
  if (withWriter) {
    const stamped = join(work, 'counter-in-stream');
    const counted = existsSync(stamped) ? Number(readFileSync(stamped, 'utf8')) : Number.NaN;
    if (figures === undefined) faults.push('the application did not end as it should');
    else timeline.say(`The application made ${figures.inserts} inserts and ${figures.appends} appends meanwhile`);
    if (counted > 0) timeline.say(`The program in the stream saw its counter at ${counted} on the replica`);
    else faults.push('the program in the stream left nothing');
  } else if (!existsSync(join(work, 'stamped'))) faults.push('the program in the stream left nothing');
  for (const { name, seconds } of timeline.phases) timeline.say(`${name.padEnd(22)} ${seconds.toFixed(2)} s`);
  for (const fault of faults) timeline.say(fault);
  timeline.say(faults.length === 0 ? 'The replica equals the source. Everything held.' : 'NOT EVERYTHING HELD.');
  return faults.length === 0 ? exitCodes.success : exitCodes.failed;
}

interface Writer {
  /** What it did, or undefined when it did not end as it should. */
  readonly ended: Promise<WriterFigures | undefined>;
}

function startWriter(folder: string, stopFile: string): Writer {
  const program = join(import.meta.dirname, 'demo-writer.ts');
  const child: ChildProcess = spawn(process.execPath, [program, folder, stopFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const ended = new Promise<WriterFigures | undefined>((resolveEnd) => {
    child.on('error', () => resolveEnd(undefined));
    child.on('close', (code) => resolveEnd(code === 0 ? (JSON.parse(output) as WriterFigures) : undefined));
  });
  return { ended };
}

function shellProgram(path: string, commands: string): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\nset -e\n${commands}\n`, { mode: 0o755 });
  return path;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof TypeError && error.message.startsWith('usage')) {
    console.error(error.message);
    process.exitCode = exitCodes.usage;
  } else {
    process.exitCode = reportThrown(error, systemCommandLine());
  }
}
