// The runs of a home: which there were, what became of each, and what they did, read from their journals.
//
// A run without an end is running as long as the process that began it is there; otherwise it was interrupted, by a kill, a
// crash or a power failure. Its last command may have had its effect or not.
import { Failure } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import { parseEntry, parseHeading, type RunEntry, type RunOwner } from './run-entries.ts';
import { filesByRun, keptRunsMax, readLines, runsFolder } from './run-format.ts';

export interface RunReport {
  readonly runId: string;
  readonly script: string;
  readonly processId: number;
  readonly startedMs: number;
  /** null while it runs, and when nobody wrote it down. */
  readonly endedMs: number | null;
  readonly state: 'running' | 'completed' | 'failed' | 'usage' | 'budget' | 'interrupted';
  readonly exitCode: number | null;
  readonly commands: number;
  /** What ended it early. */
  readonly message: string;
}

export interface RunDetails extends RunReport {
  readonly entries: readonly RunEntry[];
}

export interface RunList {
  /** The oldest first. */
  readonly runs: readonly RunReport[];
  /** Why some are not among them. */
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

/** By the id, or as much of its beginning or end as is not ambiguous. RUN-UNKNOWN when there is none. */
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

/** Keeps the newest that have ended, and all that run. One that cannot be read was written by somebody newer: it stays. */
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

/** Undefined for a run that was killed before its heading was durable: nothing of it has happened. */
async function readRun(
  storage: Storage,
  runId: string,
  names: readonly string[],
  isRunning: IsRunning,
): Promise<RunDetails | undefined> {
  const lines: unknown[] = [];
  // A file may be dropped by the run while it is read here.
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
