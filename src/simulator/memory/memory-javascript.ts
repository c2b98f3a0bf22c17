// JavaScript tasks without JavaScript: a test says, for the text of a script, how it ends.
import { Failure } from '../../base/failure.ts';
import type { ScriptProblem, TaskText } from '../../base/sandbox-protocol.ts';
import type { JavaScript, JavaScriptEnd, JavaScriptRequest, RunningJavaScript } from '../../ports/javascript.ts';

export type MemoryScript = (request: JavaScriptRequest) => Promise<JavaScriptEnd>;

export class MemoryJavaScript implements JavaScript {
  /** By the text of their bodies. A script that is not here does nothing and finishes. */
  readonly scripts = new Map<string, MemoryScript>();
  readonly problems = new Map<string, ScriptProblem>();
  /** Everything that was started, in order. */
  readonly started: JavaScriptRequest[] = [];
  /** From now on no script starts. */
  unavailable = false;

  async start(request: JavaScriptRequest): Promise<RunningJavaScript> {
    if (this.unavailable) {
      const [operation, subject, reason] = ['run a JavaScript task', 'its process', 'it is refused on paper'];
      throw new Failure({ code: 'SANDBOX-UNAVAILABLE', operation, subject, reason });
    }
    this.started.push(request);
    const { promise, resolve } = Promise.withResolvers<JavaScriptEnd>();
    const problem = this.problems.get(request.task.body);
    const script = this.scripts.get(request.task.body);
    if (problem !== undefined) resolve({ outcome: 'failed', problem });
    else if (script === undefined) resolve({ outcome: 'finished', result: null });
    else void script(request).then(resolve);
    return { ended: promise, kill: () => resolve({ outcome: 'stopped', reason: 'it was ended' }) };
  }

  async check(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]> {
    return tasks.map(({ body }) => this.problems.get(body) ?? null);
  }
}
