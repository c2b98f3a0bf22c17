// The stored state of a job on its target: `target.json` in the job's folder, replaced whole and durably.
import { z } from 'zod';
import { type JobSpecification, targetDataStates } from '../../../model/job.ts';
import { captureModes } from '../../../model/promise.ts';
import { failoverReportFields } from '../../../model/shapes/failover-shapes.ts';
import { keptSpecification } from '../../../model/shapes/job-shapes.ts';
import { keptScripts } from '../../../model/shapes/task-shapes.ts';
import type { Storage } from '../../../ports/storage.ts';
import { loadState, storeState } from '../../state-file.ts';

/** As FolderIdentity. */
const identitySchema = z.strictObject({ device: z.int(), inode: z.string(), bornNs: z.string().nullable() });

/** The folders that were opened for a root when the job was made: the job must not write to any other. */
const rememberedFoldersSchema = z.strictObject({
  replica: identitySchema,
  graveyard: identitySchema,
  /** Where the graveyard is: in the server's home folder, or beside the replica. */
  graveyardAt: z.enum(['home', 'beside']),
});
export type RememberedFolders = z.output<typeof rememberedFoldersSchema>;

/** Version 1 knows no pause, version 2 no edits and no undo of a failover. */
const newest = 3;

const stateSchema = z.strictObject({
  version: z.literal([1, 2, newest]),
  specification: keptSpecification,
  number: z.int().positive(),
  establishedMs: z.int(),
  epoch: z.int().nonnegative(),
  failedOver: z.boolean(),
  dataState: z.enum(targetDataStates),
  mirrorsCompleted: z.int().nonnegative(),
  /** Stale places (stale-places.ts); paths are byte strings. */
  stale: z.array(z.strictObject({ root: z.int().nonnegative(), path: z.string(), reason: z.string() })).readonly(),
  /** When the loss of the queue was found; kept until a mirror has completed. */
  queueLostMs: z.int().exactOptional(),
  /** How many differences the last verification found; kept until a mirror has completed. */
  differences: z.int().nonnegative().exactOptional(),
  /** How many objects of the workload the source could not read, as it last said: their copies are stale. */
  unread: z.int().nonnegative().exactOptional(),
  /** The report of the failover, once it is done. */
  failover: z.strictObject(failoverReportFields).exactOptional(),
  /** One entry for each root; absent in files of earlier versions. */
  folders: z.array(rememberedFoldersSchema).readonly().exactOptional(),
  /** The replica was a live copy that its operator has released: a snapshot keeps it before anything is applied. */
  overLive: z.literal(true).exactOptional(),
  /** How the source learns of changes, as it last said. Absent in files of earlier versions. */
  capture: z.enum(captureModes).exactOptional(),
  /** The scripts of mirrors that run on this server. */
  scripts: keptScripts.exactOptional(),
  /** A person has paused this side: what comes is queued, and not applied. */
  paused: z.boolean().exactOptional(),
  /** A failover was undone, and no mirror has completed since. */
  undone: z.literal(true).exactOptional(),
  /** When the source said, after the takeover, that its operator has given the job up. */
  sourceLeftMs: z.int().exactOptional(),
});

export type TargetState = Omit<z.output<typeof stateSchema>, 'version' | 'specification'> & {
  readonly specification: JobSpecification;
};

export async function storeTargetState(storage: Storage, folder: string, state: TargetState): Promise<void> {
  await storeState(storage, `${folder}/target.json`, state, newest);
}

/** undefined when the folder holds none. Throws `FORMAT-NEWER` or `JOB-UNREADABLE`. */
export function loadTargetState(storage: Storage, folder: string): Promise<TargetState | undefined> {
  return loadState(storage, `${folder}/target.json`, stateSchema, newest);
}

const fenceSchema = z.strictObject({ version: z.literal(1), epoch: z.int().nonnegative() });

/**
 * Stores the epoch of a job that was failed over and then given up. Its source may come back after years, and must not
 * be taken for a new one, because its old data would overwrite the live copy. The file lies beside the job's folder and
 * outlives it.
 */
export async function storeFence(storage: Storage, jobFolder: string, epoch: number): Promise<void> {
  await storeState(storage, `${jobFolder}/fence.json`, { epoch });
}

/** The epoch of the takeover; undefined when there was none. */
export async function loadFence(storage: Storage, jobFolder: string): Promise<number | undefined> {
  return (await loadState(storage, `${jobFolder}/fence.json`, fenceSchema))?.epoch;
}
