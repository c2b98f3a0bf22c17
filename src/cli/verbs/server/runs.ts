// `understudy runs list` and `understudy runs show ID`: show the runs of a home, from their journals.
import { access } from 'node:fs/promises';
import { textTable } from '../../../base/text/text-table.ts';
import { isAlive } from '../../../platform/processes/process-identity.ts';
import { openRealStorage } from '../../../platform/storage/real-storage.ts';
import type { Storage } from '../../../ports/storage.ts';
import type { RunEntry } from '../../../runtime/runs/run-entries.ts';
import { findRun, listRuns, type RunDetails, type RunReport, unknownRun } from '../../../runtime/runs/run-history.ts';
import { instantText } from '../../../runtime/text/instant-text.ts';
import { machineText } from '../../../runtime/text/machine-text.ts';
import { type CommandLine, exitCodes, failureLines } from '../../command-line.ts';

export interface RunsRequest {
  readonly home: string;
  readonly json: boolean;
}

/** 1 when the journal of a run could not be read; the others are listed all the same. */
export async function runsList({ home, json }: RunsRequest, { out, note }: CommandLine): Promise<number> {
  const storage = await storageOf(home);
  const { runs, refused } = storage === undefined ? { runs: [], refused: [] } : await listRuns(storage, isAlive);
  if (json) out(JSON.stringify({ version: 1, runs: machineText(runs) }));
  else for (const line of listLines(runs)) out(line);
  for (const line of refused.flatMap(failureLines)) note(line);
  return refused.length === 0 ? exitCodes.success : exitCodes.failed;
}

/** RUN-UNKNOWN when there is none. */
export async function runsShow(id: string, { home, json }: RunsRequest, { out }: CommandLine): Promise<number> {
  const storage = await storageOf(home);
  if (storage === undefined) throw unknownRun(id, 0);
  const details = await findRun(storage, id, isAlive);
  if (json) out(JSON.stringify({ version: 1, ...machineText(details) }));
  else for (const line of detailLines(details)) out(line);
  return exitCodes.success;
}

/** Undefined when there is no such home, because a listing must not make one. */
async function storageOf(home: string): Promise<Storage | undefined> {
  try {
    await access(home);
  } catch {
    return undefined;
  }
  return openRealStorage(home);
}

function listLines(runs: readonly RunReport[]): string[] {
  if (runs.length === 0) return ['No runs'];
  const rows = runs.map((one) => [
    one.runId,
    instantText(one.startedMs),
    one.state,
    one.exitCode === null ? '' : String(one.exitCode),
    String(one.commands),
    one.script,
  ]);
  return textTable(['Run', 'Started', 'State', 'Exit', 'Commands', 'Script'], rows);
}

function detailLines(details: RunDetails): string[] {
  const { runId, script, state, startedMs, endedMs, exitCode, processId, message, entries } = details;
  const ended = endedMs === null ? '' : `, ended ${instantText(endedMs)} with ${exitCode}`;
  return [
    `Run ${runId} of ${script}`,
    `${state}: started ${instantText(startedMs)} by process ${processId}${ended}`,
    ...(message === '' ? [] : [message]),
    ...(state === 'interrupted' && endedMs === null
      ? ['Its process is gone. A last command without a result may have had its effect.']
      : []),
    ...(entries.length === 0 ? [] : ['']),
    ...entries.flatMap(entryLines),
  ];
}

function entryLines(entry: RunEntry): string[] {
  switch (entry.type) {
    case 'command':
      return [`${instantText(entry.timeMs)}  ${entry.number}  line ${entry.line}: ${entry.text}`];
    case 'result':
      return entry.value === 'none' ? [] : [`${instantText(entry.timeMs)}  ${entry.number}    = ${entry.value}`];
    case 'failure':
      return [`${instantText(entry.timeMs)}  ${entry.number}    failed: ${entry.message}`];
    case 'end':
      return [];
  }
}
