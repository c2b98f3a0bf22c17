// The runs of a home, read from their journals: which runs there were, how each ended, and what it did.
//
// A run without an end counts as running while the process that began it exists; otherwise it was interrupted by a
// kill, a crash or a power failure. The last command of such a run may have had its effect or not.
import { Failure } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import { parseEntry, parseHeading, type RunEntry, type RunOwner } from './run-entries.ts';
import { filesByRun, keptRunsMax, readLines, runsFolder } from './run-format.ts';

export interface RunReport {
  readonly runId: string;
  readonly script: string;
  readonly processId: number;
  readonly startedMs: number;
  /** null while the run goes on, and when its end was not written down. */
  readonly endedMs: number | null;
  readonly state: 'running' | 'completed' | 'failed' | 'usage' | 'budget' | 'interrupted';
  readonly exitCode: number | null;
  readonly commands: number;
  /** Why it ended early; empty when it did not. */
  readonly message: string;
}

export interface RunDetails extends RunReport {
  readonly entries: readonly RunEntry[];
}

export interface RunList {
  /** Oldest first. */
  readonly runs: readonly RunReport[];
  /** Why some runs could not be read. */
  readonly refused: readonly Failure[];
}

type IsRunning = (owner: RunOwner) => boolean;

export async function listRuns(storage: Storage, isRunning: IsRunning): Promise<RunList> {
  const runs: RunReport[] = [];
  const refused: Failure[] = [];
  for (const [runId, names] of await filesByRun(storage)) {
    try {
      const details = await readRun(storage, runId, names, isRunning);
      if (details !== undefined) runs.push(withoutEntries(details));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.push(error);
    }
  }
  return { runs, refused };
}

/** Finds a run by its id, or by a beginning or end of the id that fits only one. RUN-UNKNOWN when there is none. */
export async function findRun(storage: Storage, wanted: string, isRunning: IsRunning): Promise<RunDetails> {
  const all = await filesByRun(storage);
  const given = wanted.toLowerCase();
  const matching = [...all].filter(([runId]) => runId.startsWith(given) || runId.endsWith(given));
  const [only] = matching;
  const details =
    matching.length === 1 && only !== undefined ? await readRun(storage, only[0], only[1], isRunning) : undefined;
  if (details !== undefined) return details;
  throw unknownRun(wanted, matching.length);
}

export function unknownRun(wanted: string, matching: number): Failure {
  return new Failure({
    code: 'RUN-UNKNOWN',
    operation: 'show the run',
    subject: wanted,
    reason: matching > 1 ? `${matching} runs have such an id` : 'there is none of this id',
    hint: 'understudy runs list names them',
  });
}

/** Removes old runs, but none that still runs, and none that cannot be read: a newer program may have written it. */
export async function removeOldRuns(storage: Storage, isRunning: IsRunning): Promise<void> {
  const all = await filesByRun(storage);
  const beyond = [...all].slice(0, Math.max(0, all.size - keptRunsMax));
  for (const [runId, names] of beyond) {
    const state = await stateOf(storage, runId, names, isRunning);
    if (state === 'running' || state === 'refused') continue;
    for (const name of names.toReversed()) await storage.remove(name);
  }
}

async function stateOf(
  storage: Storage,
  runId: string,
  names: readonly string[],
  isRunning: IsRunning,
): Promise<RunReport['state'] | 'refused' | 'empty'> {
  try {
    return (await readRun(storage, runId, names, isRunning))?.state ?? 'empty';
  } catch (error) {
    if (error instanceof Failure) return 'refused';
    throw error;
  }
}

/** Undefined for a run that was killed before its heading was durable: it has done nothing. */
async function readRun(
  storage: Storage,
  runId: string,
  names: readonly string[],
  isRunning: IsRunning,
): Promise<RunDetails | undefined> {
  const lines: unknown[] = [];
  // The run may drop a file while its files are read here.
  for (const name of names) lines.push(...readLines((await storage.read(name)) ?? Buffer.alloc(0)));
  const [first, ...rest] = lines;
  if (first === undefined) return undefined;
  const heading = parseHeading(first, `${runsFolder}/${runId}`);
  const entries = rest.map((one) => parseEntry(one, `${runsFolder}/${runId}`));
  const end = entries.findLast((one) => one.type === 'end');
  const abandoned = isRunning(heading.owner) ? 'running' : 'interrupted';
  return {
    runId,
    script: heading.script,
    processId: heading.owner.processId,
    startedMs: heading.timeMs,
    endedMs: end?.timeMs ?? null,
    state: end?.outcome ?? abandoned,
    exitCode: end?.exitCode ?? null,
    commands: entries.reduce((most, one) => (one.type === 'command' ? Math.max(most, one.number) : most), 0),
    message: end?.message ?? '',
    entries,
  };
}

function withoutEntries({ entries: _, ...report }: RunDetails): RunReport {
  return report;
}
