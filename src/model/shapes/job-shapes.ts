// The shape (zod) of a job's specification, for the wire, the files of a job and the API.
import { z } from 'zod';
import {
  type JobSpecification,
  type KeptByHand,
  type NewJob,
  orphanChoices,
  rootsMax,
  ruleActions,
  rulesMax,
} from '../job.ts';
import { type EditReport, editedOptions, forcedKinds, type JobEdit, type JobOptions } from '../options/job-edit.ts';
import { captureWishes } from '../promise.ts';
import { mirrorMethods } from '../stream/marker.ts';
import { byteString, count, newName, serverName } from './plain-shapes.ts';
import { lineWishes } from './transmission-shapes.ts';

/** A part of names on the target's disk, so nothing in it may lead elsewhere. */
export const jobIdentifier = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is no identifier of a job');

const root = z.strictObject({ source: byteString, replica: byteString });
const roots = z.array(root).max(rootsMax);
const rule = z.strictObject({ action: z.enum(ruleActions), root: count, pattern: byteString });
const rules = z.array(rule).max(rulesMax).readonly();

export const jobRoots = z.array(root);

/** What a job is to protect. That it has a root is said in better words where the job is made. */
export const workload = z.strictObject({ roots: roots.readonly(), rules }) satisfies z.ZodType<
  Pick<JobSpecification, 'roots' | 'rules'>
>;

export const mirrorMethod = z.enum(mirrorMethods);
const options = {
  mirrorMethod,
  orphans: z.enum(orphanChoices),
  capture: z.enum(captureWishes).exactOptional(),
  diagnosis: z.string().min(1).exactOptional(),
};

/** As it is told: of a job that is there. */
export const jobSpecification = z.strictObject({
  jobId: jobIdentifier,
  name: z.string(),
  replicationSet: z.string(),
  sourceServer: z.string(),
  targetServer: z.string(),
  roots: roots.min(1).readonly(),
  rules,
  ...options,
}) satisfies z.ZodType<JobSpecification>;

export const keptByHand = z.strictObject({
  mirrorPaused: z.literal(true).exactOptional(),
  replicationStopped: z.literal(true).exactOptional(),
}) satisfies z.ZodType<KeptByHand>;
/** As it is kept. An earlier version knows no revision. */
export const keptSpecification = jobSpecification.extend({
  revision: z.int().positive().exactOptional(),
}) satisfies z.ZodType<JobSpecification>;

/** The options that both servers keep, as one tells the other. */
export const jobOptions = z.strictObject({
  revision: count,
  name: newName,
  mirrorMethod,
  orphans: options.orphans,
  capture: options.capture,
}) satisfies z.ZodType<JobOptions>;

/** As it is asked for. */
export const jobEdit: z.ZodType<JobEdit> = z.strictObject({
  name: newName.exactOptional(),
  mirrorMethod: mirrorMethod.exactOptional(),
  orphans: options.orphans.exactOptional(),
  capture: options.capture,
  line: lineWishes.exactOptional(),
});

export const editReport: z.ZodType<EditReport> = z.object({
  revision: count,
  forces: z.enum(forcedKinds),
  changed: z.array(z.enum(editedOptions)).readonly(),
  sharing: z.array(z.string()).readonly(),
});

/** As it is asked for. */
export const newJob: z.ZodType<NewJob> = z.strictObject({
  name: newName,
  replicationSet: newName,
  sourceServer: serverName,
  targetServer: serverName,
  ...workload.shape,
  ...options,
  line: lineWishes.exactOptional(),
});
