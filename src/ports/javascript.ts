// Running the JavaScript of a task where it can do no harm: apart from this process, without rights, within limits.
//
// Failure semantics: `start` and `check` reject with a Failure when no script could be started at all: `SANDBOX-UNAVAILABLE`
// (which says why), or `TASK-TOO-LARGE` for a script or parameters beyond the limits. Once `start` resolved, `ended` resolves
// exactly once, whatever the script does: it never rejects, and what the script threw or how it was stopped is in it.
// Nothing of the script is left when `ended` has resolved. Values are copies in both directions. `log` and `run` are not
// called any more after that, and a call whose answer comes later is forgotten.
import type { JsonValue } from '../base/json-value.ts';
import type { ScriptProblem, TaskText } from '../base/sandbox-protocol.ts';

export interface JavaScriptLimits {
  /** Memory of the script; what surrounds it has a limit of its own, some way above. */
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
  /** What the script may know of where it runs; it finds it in `task`. */
  readonly about: Readonly<Record<string, JsonValue>>;
  readonly limits: JavaScriptLimits;
  /** Called with each line the script logs, in order. */
  readonly log: (line: string) => void;
  /** Carries out `run(program, arguments)` of the script. Rejects with what the script is to hear. Absent: it is refused. */
  readonly run?: (program: string, programArguments: readonly string[]) => Promise<JsonValue>;
}

export type JavaScriptEnd =
  | { readonly outcome: 'finished'; readonly result: JsonValue }
  /** The script does not parse, or it threw. */
  | { readonly outcome: 'failed'; readonly problem: ScriptProblem }
  /** It was stopped: a limit, `kill`, or its process broke down. The reason is a clause: `it took longer than 60 s`. */
  | { readonly outcome: 'stopped'; readonly reason: string };

export interface RunningJavaScript {
  readonly ended: Promise<JavaScriptEnd>;
  kill(): void;
}

export interface JavaScript {
  start(request: JavaScriptRequest): Promise<RunningJavaScript>;
  /** What is wrong with each text, without running any; null for what is good JavaScript. */
  check(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]>;
}
