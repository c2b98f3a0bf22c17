// Runs a TASK that a script calls: `$done = rotate("/srv/log")`. The JavaScript runs on the same machine as the script,
// with the permissions of the script's process: an operator's own process, or a server that runs a schedule or a block
// of commands and allows JavaScript at all.
import { Failure } from '../../base/failure.ts';
import { ScriptTask } from '../../engine/tasks/script-task.ts';
import type { TaskPolicy } from '../../engine/tasks/task-runner.ts';
import { jsonOfValue, valueOfJson } from '../../language/values/json-values.ts';
import type { Value } from '../../language/values/value.ts';
import type { JavaScriptAction } from '../../model/stream/task.ts';
import type { JavaScript } from '../../ports/javascript.ts';
import type { ProgramEnd, Programs, RunningProgram } from '../../ports/programs.ts';
import type { CommandArguments } from './command-arguments.ts';

export interface ScriptParts {
  readonly javascript: JavaScript;
  readonly programs: Programs;
  readonly policy: TaskPolicy;
}

/**
 * The action for a record { name, script, names, values } of the language (catalogue/definition/definition.ts). Throws
 * for a secret.
 */
export function scriptAction(given: CommandArguments): JavaScriptAction {
  const names = given.texts('names');
  const values = given.value('values');
  const items = typeof values === 'object' && values.kind === 'list' ? values.items : [];
  return {
    type: 'javascript',
    names,
    body: given.text('script'),
    values: items.map((value, index) => jsonOfValue(value, `$${names[index]} of ${given.text('name')}`)),
  };
}

/**
 * Resolves with the value that the script returned. Rejects with `TASK-REFUSED`, `TASK-FAILED`, or the reason why it
 * did not start.
 */
export async function callScript(
  given: CommandArguments,
  parts: ScriptParts | undefined,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<Value> {
  const name = given.text('name');
  const { enabled = false, javascript: policy } = parts?.policy ?? {};
  if (parts === undefined || !enabled || policy === undefined) throw refused(name);
  const task = new ScriptTask({
    javascript: parts.javascript,
    policy,
    about: { name, point: null, job: null, replica: null, queuedMs: null },
    log: write,
    runProgram: (program, words, started) => runProgram(program, words, started, parts),
  });
  const end = (): void => task.kill();
  signal.addEventListener('abort', end, { once: true });
  try {
    const { state, reason, result } = await task.run(scriptAction(given));
    if (state !== 'finished') throw failed(name, reason);
    return valueOfJson(result ?? null);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function runProgram(
  program: string,
  words: readonly string[],
  started: (running: RunningProgram) => void,
  { programs, policy }: ScriptParts,
): Promise<ProgramEnd> {
  const { allow, account } = policy;
  if (allow !== 'any' && !allow.includes(program)) {
    throw new Error(`${program} is not on this server's list of programs (tasks.allow in its server.json)`);
  }
  const running = await programs.start({ program, arguments: words, ...(account === undefined ? {} : { account }) });
  started(running);
  return running.ended;
}

function refused(name: string): Failure {
  return new Failure({
    code: 'TASK-REFUSED',
    operation: 'run the task',
    subject: name,
    reason: 'this server lets no JavaScript run',
    hint: 'Its operator allows it with tasks.enabled and tasks.javascript in its server.json.',
  });
}

function failed(name: string, reason: string): Failure {
  return new Failure({ code: 'TASK-FAILED', operation: 'run the task', subject: name, reason });
}
