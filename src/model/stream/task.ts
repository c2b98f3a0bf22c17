// A stream task (QUEUETASK): what it does at which of the four points, and what became of it.
import type { JsonValue } from '../../base/json-value.ts';
import { type MirrorScript, type ScriptPoint, scriptPoints } from './mirror-script.ts';

export const taskPoints = ['onqueue', 'ontransmit', 'onreceive', 'onexecute'] as const;
/** `onqueue` and `ontransmit` run on the source, `onreceive` and `onexecute` on the target. */
export type TaskPoint = (typeof taskPoints)[number];
/** Where a program of a script's author may run: at a point of the stream, or of a mirror. */
export type RunPoint = TaskPoint | ScriptPoint;
export const runPoints: readonly RunPoint[] = [...taskPoints, ...scriptPoints];

export type TaskAction =
  | { readonly type: 'program'; readonly program: string; readonly arguments: readonly string[] }
  | JavaScriptAction
  | BlockAction
  | { readonly type: 'snapshot'; readonly name: string }
  | { readonly type: 'verify' }
  | { readonly type: 'failover' }
  | {
      readonly type: 'dns-update';
      readonly name: string;
      readonly address: string;
      readonly from?: string;
      readonly ttlSeconds: number;
    };

/** The inside of an async function with these parameters, and their values, in their order. */
export interface JavaScriptAction {
  readonly type: 'javascript';
  readonly names: readonly string[];
  readonly body: string;
  readonly values: readonly JsonValue[];
}

/** DO … END: text of the language, and the values it uses (as runtime/values/bindings.ts writes them). */
export interface BlockAction {
  readonly type: 'block';
  readonly body: string;
  readonly bindings: string;
}

export interface StreamTask {
  readonly taskId: string;
  /** The label that logs show; need not be unique. */
  readonly name: string;
  readonly actions: Readonly<Partial<Record<RunPoint, TaskAction>>>;
  /** How long the stream waits at a point for its action, in milliseconds; 0 goes on at once, null waits for ever (FOREVER). */
  readonly timeoutMs: number | null;
  /** `kill` ends an action that outlives its timeout; absent: it goes on beside the stream (guide, ch. 9). */
  readonly onTimeout?: 'kill';
}

/**
 * queued      the marker is durable, the point has not been reached
 * running     its start is durable; it was or is about to be spawned
 * finished    ended with success (exit code 0)
 * failed      ended without success, or could not be started
 * detached    its timeout passed; the stream went on, the task still runs
 * refused     the server that should run it does not allow it
 * cancelled   its marker was discarded, or an operator cancelled it, before the point was reached; or an operator ended it there
 * interrupted its server died while it ran; it is not started again
 */
export const taskStates = [
  'queued',
  'running',
  'finished',
  'failed',
  'detached',
  'refused',
  'cancelled',
  'interrupted',
] as const;
export type TaskState = (typeof taskStates)[number];

export interface TaskReport {
  readonly taskId: string;
  readonly name: string;
  readonly point: RunPoint;
  readonly state: TaskState;
  /** Why, for failed, refused, cancelled and interrupted; empty otherwise. */
  readonly reason: string;
  /** Of a program that ended. */
  readonly exitCode?: number;
  /** The first 4 KiB of what a program wrote to its two outputs, or a script to its log. */
  readonly output?: string;
  /** What a script that finished gave back, at most 4,096 characters of JSON. */
  readonly result?: JsonValue;
}

/** A script of mirrors, and how it last ran. */
export interface ScriptReport extends MirrorScript {
  /** null when it has not run yet. */
  readonly last: Pick<TaskReport, 'state' | 'reason' | 'exitCode' | 'output'> | null;
}

/** A script, with the name of the server that runs it. */
export interface ServerScript {
  readonly server: string;
  readonly script: ScriptReport;
}
