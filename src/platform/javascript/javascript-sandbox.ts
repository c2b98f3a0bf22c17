// JavaScript tasks, each in a process of its own that lives as long as the task.
//
// Few of these processes run at a time; the others wait for their turn, because a stream may hold any number of tasks that
// nobody waits for.
import { Failure } from '../../base/failure.ts';
import { type FromSandbox, type ScriptProblem, sandboxLimits, type TaskText } from '../../base/sandbox-protocol.ts';
import type { JavaScript, JavaScriptLimits, JavaScriptRequest, RunningJavaScript } from '../../ports/javascript.ts';
import { RunningTask } from './running-task.ts';
import { endText, SandboxProcess, unavailable } from './sandbox-process.ts';

const runningMax = 4;
/** For a process that only reads texts. */
const checkLimits: JavaScriptLimits = { memoryMiB: 64, processorSeconds: 30, wallMs: 60_000 };

export class JavaScriptSandbox implements JavaScript {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async start(request: JavaScriptRequest): Promise<RunningJavaScript> {
    checkSize(request.task, request.values);
    await this.#takePlace();
    const running = this.#begin(() => new RunningTask(request));
    void running.ended.then(() => this.#givePlace());
    await running.started;
    return running;
  }

  async check(tasks: readonly TaskText[]): Promise<readonly (ScriptProblem | null)[]> {
    for (const task of tasks) checkSize(task, []);
    await this.#takePlace();
    const said = new Conversation();
    const process = this.#begin(() => new SandboxProcess(checkLimits, (message) => said.heard(message)));
    const timer = setTimeout(() => process.kill(), checkLimits.wallMs);
    void process.ended.then((end) => said.ended(unavailable(endText(end, checkLimits))));
    try {
      await said.next('ready');
      const problems: (ScriptProblem | null)[] = [];
      // One message for each, because a message has a limit of its own.
      for (const task of tasks) {
        process.send({ type: 'check', tasks: [task] });
        problems.push((await said.next('checked')).problems[0] ?? null);
      }
      return problems;
    } finally {
      clearTimeout(timer);
      process.kill();
      await process.ended;
      this.#givePlace();
    }
  }

  /** Gives the place back when there is not even a folder to start in. */
  #begin<Process>(start: () => Process): Process {
    try {
      return start();
    } catch (thrown) {
      this.#givePlace();
      throw unavailable(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  async #takePlace(): Promise<void> {
    if (this.#running >= runningMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
  }

  /** Hands the place to the next one, or leaves it free. */
  #givePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}

/** What a process says, for somebody who asks and waits. */
class Conversation {
  #turn = Promise.withResolvers<FromSandbox | undefined>();

  heard(message: FromSandbox | undefined): void {
    this.#turn.resolve(message);
  }

  ended(failure: Failure): void {
    this.#turn.promise.catch(() => undefined);
    this.#turn.reject(failure);
  }

  async next<Type extends FromSandbox['type']>(type: Type): Promise<Extract<FromSandbox, { readonly type: Type }>> {
    const message = await this.#turn.promise;
    this.#turn = Promise.withResolvers();
    if (message?.type !== type) throw unavailable('it said what it should not');
    return message as Extract<FromSandbox, { readonly type: Type }>;
  }
}

function checkSize(task: TaskText, values: JavaScriptRequest['values']): void {
  const { bodyCharacters, valueCharacters } = sandboxLimits;
  if (task.body.length > bodyCharacters) throw tooLarge(`its script has more than ${bodyCharacters} characters`);
  if (JSON.stringify(values).length > valueCharacters)
    throw tooLarge(`its parameters have more than ${valueCharacters}`);
}

function tooLarge(reason: string): Failure {
  const hint = 'Give it the path of a file that holds what it needs.';
  return new Failure({ code: 'TASK-TOO-LARGE', operation: 'run a JavaScript task', subject: 'the task', reason, hint });
}
