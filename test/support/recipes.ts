// The recipes of examples/recipes, and the rehearsals that each names in its comment: what a reader would type is what is run.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { Cluster } from '../../src/simulator/rehearsal/cluster.ts';
import { recordingChanges } from './recorded-changes.ts';
import { RecordedCommandLine } from './recorded-command-line.ts';

const folder = 'examples/recipes';
const projectFolder = join(import.meta.dirname, '../..');

export interface Rehearsal {
  /** Such as `01-first-protection`. */
  readonly recipe: string;
  /** From the folder of the project. */
  readonly file: string;
  /** Behind `npx understudy`. */
  readonly words: readonly string[];
  /** The words that set the parameters of the recipe. */
  readonly parameters: readonly string[];
}

/** The names of the recipes, in order. */
export const recipes: readonly string[] = globSync('*.dtcl', { cwd: join(projectFolder, folder) })
  .map((file) => basename(file, '.dtcl'))
  .toSorted();

export function textOf(recipe: string): string {
  return readFileSync(join(projectFolder, folder, `${recipe}.dtcl`), 'utf8');
}

export function rehearsalsOf(recipe: string): readonly Rehearsal[] {
  const named = textOf(recipe).matchAll(/^# Rehearse: npx understudy (.+)$/gm);
  return Array.from(named, ([, line = '']) => ({
    recipe,
    file: `${folder}/${recipe}.dtcl`,
    words: line.split(' '),
    parameters: line
      .replace(/^\S+ \S+ --scenario \S+ ?/, '')
      .split(' ')
      .filter((word) => word !== ''),
  }));
}

export const rehearsals: readonly (readonly [string, Rehearsal])[] = recipes.flatMap((recipe) =>
  rehearsalsOf(recipe).map((one) => [one.words.slice(1).join(' ').replaceAll(`${folder}/`, ''), one] as const),
);

export interface Rehearsed {
  readonly exitCode: number;
  readonly output: readonly string[];
  readonly notes: readonly string[];
  /** Every call that changed a server, as recordingChanges notes it. */
  readonly changes: readonly string[];
}

/** Rehearses as the comment of the recipe says. Paths below /tmp/understudy-tour are taken from the given folder. */
export async function rehearse({ words }: Rehearsal, tourFolder: string): Promise<Rehearsed> {
  const commandLine = new RecordedCommandLine();
  const changes: string[] = [];
  const get = Cluster.prototype.get;
  const spied = vi.spyOn(Cluster.prototype, 'get').mockImplementation(async function (this: Cluster, name) {
    return recordingChanges(await get.call(this, name), changes);
  });
  try {
    const typed = words.map((word) => word.replace('/tmp/understudy-tour', tourFolder));
    const exitCode = await runProgram(typed, commandLine);
    const { output, notes } = commandLine;
    return { exitCode, output, notes, changes };
  } finally {
    spied.mockRestore();
  }
}
