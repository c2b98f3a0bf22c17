// Small programs in three languages (scripts/bench/programs/), as whole processes that take turns. Each must write the same
// in all three. The start of a language is not its speed: the median time of a program of one line is taken out. Wall time
// says how long one waits, the time of the processor what was done, also on a machine that does other things.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenMs } from './processor-time.ts';

const folder = join(import.meta.dirname, 'programs');

/** How long ours may take, as a multiple of tclsh. */
const promises: Readonly<Record<string, number>> = {
  strings: 2,
  lists: 3,
  records: 3,
  calls: 2,
  texts: 3,
  nested: 2,
};

interface Language {
  readonly title: string;
  readonly extension: string;
  /** Without the file. */
  readonly command: readonly string[];
}

interface Took {
  readonly wallMs: number;
  readonly processorMs: number;
}

export interface ProgramBench {
  readonly languages: readonly Language[];
  readonly rounds: number;
  /** A program of one line in each language. */
  readonly lineFile: (language: Language) => string;
}

/** Prints the medians and the ratios to tclsh, which is the second language. */
export function comparePrograms({ languages, rounds, lineFile }: ProgramBench): void {
  const starts = measure(languages, rounds, lineFile);
  report('a program of one line, taken out below', languages, starts);
  for (const [name, promised] of Object.entries(promises)) {
    const file = (one: Language): string => join(folder, `${name}.${one.extension}`);
    const took = measure(languages, rounds, file).map((one, index) => ({
      wallMs: one.wallMs - (starts[index]?.wallMs ?? 0),
      processorMs: one.processorMs - (starts[index]?.processorMs ?? 0),
    }));
    const [title = name] = readFileSync(join(folder, `${name}.dtcl`), 'utf8').split('\n');
    report(`${name}: ${title.replace(/^# /, '')}`, languages, took);
    const [ours, tcl] = took;
    if (ours === undefined || tcl === undefined) continue;
    const [wall, processor] = [ours.wallMs / tcl.wallMs, ours.processorMs / tcl.processorMs];
    const verdict = wall <= promised && processor <= promised ? 'holds' : 'DOES NOT HOLD';
    const ratios = `wall ${wall.toFixed(2)}, processor ${processor.toFixed(2)} times tclsh`;
    console.log(`  ${verdict}: ${ratios}, promised: ${promised} or less`);
  }
}

function report(title: string, languages: readonly Language[], took: readonly Took[]): void {
  console.log(`${title}:`);
  for (const [index, one] of languages.entries()) {
    const { wallMs = Number.NaN, processorMs = Number.NaN } = took[index] ?? {};
    console.log(`  ${one.title.padEnd(16)} wall ${wallMs.toFixed(0)} ms, processor ${processorMs.toFixed(0)} ms`);
  }
}

/** The medians, in the order of the languages. The first round warms up what each keeps on disk, and is not counted. */
function measure(languages: readonly Language[], rounds: number, file: (language: Language) => string): Took[] {
  const all = languages.map((): Took[] => []);
  const said = languages.map((one) => timed(one, file(one)).output);
  const another = said.findIndex((output) => output !== said[0]);
  if (another >= 0) throw new Error(`${languages[another]?.title} wrote ${said[another]}, not ${said[0]}`);
  for (let round = 0; round < rounds; round++)
    for (const [index, one] of languages.entries()) all[index]?.push(timed(one, file(one)).took);
  return all.map((times) => ({
    wallMs: median(times.map((one) => one.wallMs)),
    processorMs: median(times.map((one) => one.processorMs)),
  }));
}

function timed(language: Language, file: string): { readonly took: Took; readonly output: string } {
  const [program = '', ...rest] = language.command;
  const beforeMs = childrenMs();
  const startedMs = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, [...rest, file], { encoding: 'utf8' });
  const wallMs = performance.now() - startedMs;
  if (error !== undefined || status !== 0) throw error ?? new Error(`${file} ended with ${status}: ${stderr}`);
  return { took: { wallMs, processorMs: childrenMs() - beforeMs }, output: stdout.trim() };
}

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}
