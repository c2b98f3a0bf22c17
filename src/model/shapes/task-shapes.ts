// The shapes (zod) of a stream task and of what became of it, for the wire, the journal of tasks and the API.
import { z } from 'zod';
import { type KeptScripts, type NewMirrorScript, scriptPoints } from '../stream/mirror-script.ts';
import {
  runPoints,
  type ScriptReport,
  type StreamTask,
  type TaskAction,
  type TaskPoint,
  type TaskReport,
  taskStates,
} from '../stream/task.ts';
import { dnsChangeFields } from './failover-shapes.ts';
import { newName, shallowJson } from './plain-shapes.ts';

function taskAction(snapshotName: z.ZodType<string>): z.ZodType<TaskAction> {
  return z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('program'), program: z.string().min(1), arguments: z.array(z.string()) }),
    z.strictObject({
      type: z.literal('javascript'),
      names: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)),
      body: z.string(),
      values: z.array(shallowJson),
    }),
    z.strictObject({ type: z.literal('block'), body: z.string(), bindings: z.string() }),
    z.strictObject({ type: z.literal('snapshot'), name: snapshotName }),
    z.strictObject({ type: z.literal('verify') }),
    z.strictObject({ type: z.literal('failover') }),
    z.strictObject({ type: z.literal('dns-update'), ...dnsChangeFields }),
  ]);
}

function taskFields(name: z.ZodType<string>) {
  const action = taskAction(name).exactOptional();
  const actions = { onqueue: action, ontransmit: action, onreceive: action, onexecute: action };
  return {
    name,
    actions: z.strictObject(actions satisfies Record<TaskPoint, unknown>),
    timeoutMs: z.number().nonnegative().nullable(),
    onTimeout: z.literal('kill').exactOptional(),
  };
}

/** As it stands in the stream. */
export const streamTask: z.ZodType<StreamTask> = z.strictObject({
  taskId: z.string().min(1),
  ...taskFields(z.string()),
});

/** As it is asked for. */
export const newTask: z.ZodType<Omit<StreamTask, 'taskId'>> = z.strictObject(taskFields(newName));

/** Strict where a version was agreed before, not strict where a newer program may have written it. */
export const taskReportFields = {
  taskId: z.string().min(1),
  name: z.string(),
  point: z.enum(runPoints),
  state: z.enum(taskStates),
  reason: z.string(),
  exitCode: z.int().exactOptional(),
  output: z.string().exactOptional(),
  result: shallowJson.exactOptional(),
};

export const taskReport: z.ZodType<TaskReport> = z.object(taskReportFields);

const scriptFields = {
  point: z.enum(scriptPoints),
  program: z.string().min(1),
  arguments: z.array(z.string()).readonly(),
  timeoutMs: z.number().nonnegative().nullable(),
  onTimeout: z.literal('kill').exactOptional(),
};

/** As it is asked for. */
export const newScript: z.ZodType<NewMirrorScript> = z.strictObject(scriptFields);

export const keptScripts: z.ZodType<KeptScripts> = z.strictObject({
  scripts: z.array(z.strictObject({ scriptId: z.string().min(1), ...scriptFields })).readonly(),
  mirror: z.strictObject({ mirrorId: z.string(), streamId: z.string() }).exactOptional(),
});

const { state, reason, exitCode, output } = taskReportFields;

export const scriptReport: z.ZodType<ScriptReport> = z.object({
  scriptId: z.string(),
  ...scriptFields,
  last: z.object({ state, reason, exitCode, output }).nullable(),
});
