// The state that a source keeps of a job: `source.json` in the job's folder, replaced whole and durably. A job found
// there connects again by itself after a restart (guide, ch. 10, auto-reconnect).
import { z } from 'zod';
import type { JobSpecification, KeptByHand } from '../../../model/job.ts';
import { keptByHand, keptSpecification } from '../../../model/shapes/job-shapes.ts';
import { keptScripts } from '../../../model/shapes/task-shapes.ts';
import { lineSettings } from '../../../model/shapes/transmission-shapes.ts';
import type { KeptScripts } from '../../../model/stream/mirror-script.ts';
import type { LineSettings } from '../../../model/transmission.ts';
import type { Storage } from '../../../ports/storage.ts';
import { loadState, storeState } from '../../state-file.ts';
import type { LastVerification } from './verifications.ts';

/** Version 1 knows no line and no stop; version 2 no edits, no undo, and nothing that a person says of mirrors and replication. */
const newest = 3;

const stateSchema = z.strictObject({
  version: z.literal([1, 2, newest]),
  specification: keptSpecification,
  number: z.int().positive(),
  establishedMs: z.int(),
  forPeer: z.string().exactOptional(),
  scripts: keptScripts.exactOptional(),
  line: lineSettings.exactOptional(),
  address: z.string().min(1).exactOptional(),
  stopped: z.literal(true).exactOptional(),
  byHand: keptByHand.exactOptional(),
  keptNone: z.literal(true).exactOptional(),
  epoch: z.int().positive().exactOptional(),
  lastVerification: z.strictObject({ finishedMs: z.int(), differences: z.int().nonnegative() }).exactOptional(),
});

export interface SourceState {
  readonly specification: JobSpecification;
  readonly number: number;
  readonly establishedMs: number;
  /** The peer that asked for the job; absent when the owner did. */
  readonly forPeer?: string;
  /** The scripts of mirrors that run on this server. */
  readonly scripts?: KeptScripts;
  /** How data travels to the target; the same in the files of all jobs to that address. Absent: as usual. */
  readonly line?: LineSettings;
  /** The chosen address of the target, HOST or HOST:PORT; absent: where it was when it was paired. */
  readonly address?: string;
  /** An operator has stopped the job: it begins again, with a mirror, when it is started. */
  readonly stopped?: true;
  /** Absent: nothing. */
  readonly byHand?: KeptByHand;
  /**
   * Orphans were deleted by a mirror before an EDIT said that they are to be kept: of what was in the replica before the first
   * mirror nothing is left, so what only the replica has is what the source had.
   */
  readonly keptNone?: true;
  /** Since when its target has undone a failover; absent before: 0. */
  readonly epoch?: number;
  /** Absent before the first, and in files of earlier versions. */
  readonly lastVerification?: LastVerification;
}

export async function storeSourceState(storage: Storage, folder: string, state: SourceState): Promise<void> {
  await storeState(storage, `${folder}/source.json`, state, newest);
}

/** undefined when the folder holds none. Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
export function loadSourceState(storage: Storage, folder: string): Promise<SourceState | undefined> {
  return loadState(storage, `${folder}/source.json`, stateSchema, newest);
}
