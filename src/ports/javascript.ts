// Runs the JavaScript of a task where it can do no harm: outside this process, without rights, within limits.
//
// Failure semantics: `start` and `check` reject with a Failure when no script could be started at all:
// `SANDBOX-UNAVAILABLE` (which says why), or `TASK-TOO-LARGE` for a script or parameters beyond the limits. Once
// `start` resolved, `ended` resolves exactly once, whatever the script does, and never rejects: its value tells what
// the script threw or why it was stopped. When `ended` has resolved, nothing of the script runs any more, `log` and
// `run` are not called again, and answers to earlier calls are dropped. Values are copies in both directions.
import type { JsonValue } from '../base/json-value.ts';
import type { ScriptProblem, TaskText } from '../base/sandbox-protocol.ts';

export interface JavaScriptLimits {
  /** Memory of the script; the process around it has a higher limit of its own. */
  readonly memoryMiB: number;
  /** Processor time, in whole seconds. */
  readonly processorSeconds: number;
  /** From its start to its end, waiting included. */
  readonly wallMs: number;
}

export interface JavaScriptRequest {
  readonly task: TaskText;
  /** Values of the parameters, in their order. */
  readonly values: readonly JsonValue[];
  /** Where the script runs, as far as it may know; the script reads this in `task`. */
  readonly about: Readonly<Record<string, JsonValue>>;
  readonly limits: JavaScriptLimits;
  /** Called with each line the script logs, in order. */
  readonly log: (line: string) => void;
  /**
   * Carries out `run(program, arguments)` of the script; the script gets the rejection. When absent, `run` is refused.
   */
  readonly run?: (program: string, programArguments: readonly string[]) => Promise<JsonValue>;
}

export type JavaScriptEnd =
  | { readonly outcome: 'finished'; readonly result: JsonValue }
  /** The script does not parse, or it threw. */
  | { readonly outcome: 'failed'; readonly problem: ScriptProblem }
  /**
   * The script was stopped: by a limit, by `kill`, or because its process failed. `it took longer than 60 s` is a
   * reason.
   */
  | { readonly outcome: 'stopped'; readonly reason: string };

export interface RunningJavaScript {
  readonly ended: Promise<JavaScriptEnd>;
  kill(): void;
}

export interface JavaScript {
  start(request: JavaScriptRequest): Promise<RunningJavaScript>;
  /** Checks each text without running it: null for good JavaScript, otherwise what is wrong. */
  check(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]>;
}
