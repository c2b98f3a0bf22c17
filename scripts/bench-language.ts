// How fast the language is, in whole processes with their start-up, against named peers in the same run. What is measured is the
// build, which is made first. All take turns; medians, with the mean of the processor time beside them, which tells more on a
// machine that is busy, and the ratios that are promised.
//
//   npm run bench:language [-- --rounds 5] [--only loop|programs|check|start]
//
// loop    30 million rounds with an IF (scripts/bench/): half of tclsh's time or less, a third of python3's or less
// programs  six small programs (scripts/bench/programs/) without the start: at most 2 or 3 times tclsh
// check   scripts of 100,000 lines, in two shapes: under 2.5 s
// start   `run` of an empty script: at most 2.5 times `node -e 0`; of a script of one line: at most 4 times
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { functionsAndGlobals, plainStatements } from './bench/long-scripts.ts';
import { childrenMs } from './bench/processor-time.ts';
import { comparePrograms } from './bench/programs.ts';
import { build } from './build.ts';
import { findProgram } from './packages.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } },
});
const rounds = Number(values.rounds);
const scripts = join(import.meta.dirname, 'bench');
const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'));
const dist = join(import.meta.dirname, '../dist');

interface Contestant {
  readonly title: string;
  readonly command: readonly string[];
}

interface Measured {
  readonly tookMs: number;
  readonly processorMs: number;
}

try {
  await build(dist);
  if (values.only === undefined || values.only === 'loop') loop();
  if (values.only === undefined || values.only === 'programs') programs();
  if (values.only === undefined || values.only === 'check') check();
  if (values.only === undefined || values.only === 'start') start();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function loop(): void {
  const [ours, tcl, python] = [
    { title: 'understudy run', command: understudy('run', join(scripts, 'loop.dtcl')) },
    { title: 'tclsh', command: [needed('tclsh', 'tcl'), join(scripts, 'loop.tcl')] },
    { title: 'python3', command: [realPython(), join(scripts, 'loop.py')] },
  ];
  const medians = compare('30 million rounds with an IF', [ours, tcl, python]);
  ratio(medians, ours, tcl, 0.5);
  ratio(medians, ours, python, 1 / 3);
}

function programs(): void {
  const lines: Readonly<Record<string, string>> = {
    dtcl: 'WRITE "ready"\n',
    tcl: 'puts ready\n',
    py: 'print("ready")\n',
  };
  comparePrograms({
    languages: [
      { title: 'understudy run', extension: 'dtcl', command: understudy('run') },
      { title: 'tclsh', extension: 'tcl', command: [needed('tclsh', 'tcl')] },
      { title: 'python3', extension: 'py', command: [realPython()] },
    ],
    rounds,
    lineFile: ({ extension }) => {
      const file = join(folder, `line.${extension}`);
      writeFileSync(file, lines[extension] ?? '');
      return file;
    },
  });
}

function check(): void {
  for (const [shape, text] of [
    ['plain statements', plainStatements(100_000)],
    ['10,000 functions and 10,000 variables', functionsAndGlobals(10_000)],
  ] as const) {
    const file = join(folder, 'long.dtcl');
    writeFileSync(file, text);
    const ours = { title: 'understudy check', command: understudy('check', file) };
    const tookMs = compare(`100,000 lines: ${shape}`, [ours]).get(ours) ?? Number.NaN;
    console.log(`  ${verdict(tookMs < 2500)}: ${seconds(tookMs)}, promised: under 2.50 s`);
  }
}

function start(): void {
  const [empty, line] = [join(folder, 'empty.dtcl'), join(folder, 'line.dtcl')];
  writeFileSync(empty, '');
  writeFileSync(line, 'WRITE "ready"\n');
  const node = { title: 'node -e 0', command: [process.execPath, '-e', '0'] };
  const nothing = { title: 'run an empty script', command: understudy('run', empty) };
  const something = { title: 'run a script of one line', command: understudy('run', line) };
  const medians = compare('start-up', [nothing, node, something], rounds * 4);
  ratio(medians, nothing, node, 2.5);
  ratio(medians, something, node, 4);
}

function understudy(verb: string, file?: string): readonly string[] {
  const home = verb === 'run' ? ['--home', join(folder, 'home')] : [];
  return [process.execPath, join(dist, 'understudy.cjs'), verb, ...home, ...(file === undefined ? [] : [file])];
}

/** The median of each in milliseconds. All write the same, or they did not do the same work; what was never run is run once before. */
function compare(what: string, contestants: readonly Contestant[], times = rounds): ReadonlyMap<Contestant, number> {
  console.log(`${what}:`);
  const took = new Map(contestants.map((one) => [one, [] as Measured[]]));
  const said = new Map(contestants.map((one) => [one, timed(one).output]));
  const [first = ''] = said.values();
  const another = [...said].find(([, output]) => what !== 'start-up' && output !== first);
  if (another !== undefined) throw new Error(`${another[0].title} wrote ${another[1]}, not ${first}`);
  for (let round = 0; round < times; round += 1) {
    for (const [one, all] of took) all.push(timed(one));
  }
  const medians = new Map([...took].map(([one, all]) => [one, median(all.map(({ tookMs }) => tookMs))]));
  for (const [one, all] of took) {
    const processorMs = all.reduce((sum, each) => sum + each.processorMs, 0) / all.length;
    const wall = seconds(medians.get(one) ?? Number.NaN);
    console.log(`  ${one.title.padEnd(26)} ${wall}, processor ${seconds(processorMs)}`);
  }
  return medians;
}

function timed({ title, command }: Contestant): Measured & { readonly output: string } {
  const [program = '', ...rest] = command;
  const usedMs = childrenMs();
  const startedMs = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  const tookMs = performance.now() - startedMs;
  if (error !== undefined || status !== 0) throw error ?? new Error(`${title} ended with ${status}: ${stderr}`);
  return { tookMs, processorMs: childrenMs() - usedMs, output: stdout.trim() };
}

function ratio(medians: ReadonlyMap<Contestant, number>, one: Contestant, other: Contestant, promised?: number): void {
  const found = (medians.get(one) ?? Number.NaN) / (medians.get(other) ?? Number.NaN);
  const pair = `${one.title} / ${other.title}: ratio ${found.toFixed(2)}`;
  if (promised === undefined) console.log(`  ${pair}`);
  else console.log(`  ${verdict(found <= promised)}: ${pair}, promised: ${promised.toFixed(2)} or less`);
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'DOES NOT HOLD';
}

function needed(program: string, debianPackage: string): string {
  const path = findProgram(program);
  if (path !== undefined) return path;
  throw new Error(`${program} is needed to compare with. Install it: apt-get install ${debianPackage}`);
}

/** Its own executable: what is on the path may be a script that chooses among several, and would count as start-up. */
function realPython(): string {
  const asked = ['-c', 'import sys; print(sys.executable)'];
  return spawnSync(needed('python3', 'python3'), asked, { encoding: 'utf8' }).stdout.trim();
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
