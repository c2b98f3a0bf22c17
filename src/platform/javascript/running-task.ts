// One task from its start to its end, and the limits that the kernel does not keep: the time on the wall, how much is logged,
// how many calls are under way, what may be said at all. Whoever breaks one is killed, and the first reason counts.
import { type FromSandbox, sandboxLimits } from '../../base/sandbox-protocol.ts';
import type { JavaScriptEnd, JavaScriptRequest, RunningJavaScript } from '../../ports/javascript.ts';
import { endText, SandboxProcess, unavailable } from './sandbox-process.ts';

type Call = Extract<FromSandbox, { readonly type: 'call' }>;

/** How long a process may take until it can run a script, on a machine that does other things too. */
const startMsMax = 60_000;

export class RunningTask implements RunningJavaScript {
  readonly ended: Promise<JavaScriptEnd>;
  /** Rejects with SANDBOX-UNAVAILABLE when the process did not come as far as the script. */
  readonly started: Promise<void>;
  readonly #request: JavaScriptRequest;
  readonly #process: SandboxProcess;
  readonly #ready = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #end: JavaScriptEnd | undefined;
  #logCharacters = 0;
  #pendingCalls = 0;

  constructor(request: JavaScriptRequest) {
    const { limits } = request;
    this.#request = request;
    this.started = this.#ready.promise;
    this.#process = new SandboxProcess(limits, (message) => this.#heard(message));
    this.#stopAfter(startMsMax);
    this.ended = this.#process.ended.then((end) => {
      clearTimeout(this.#timer);
      const found = this.#end ?? { outcome: 'stopped', reason: endText(end, limits) };
      if (!this.#isReady) this.#ready.reject(unavailable(found.outcome === 'stopped' ? found.reason : found.outcome));
      return found;
    });
  }

  #stopAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop(`it took longer than ${delayMs / 1000} s`), delayMs);
  }

  kill(): void {
    this.#stop('it was ended');
  }

  #stop(reason: string): void {
    this.#finish({ outcome: 'stopped', reason });
  }

  /** Nothing is heard any more; the end is told when the process is gone. */
  #finish(end: JavaScriptEnd): void {
    this.#end ??= end;
    this.#process.kill();
  }

  #heard(message: FromSandbox | undefined): void {
    if (this.#end !== undefined) return;
    if (message === undefined || (message.type === 'ready') === this.#isReady) {
      this.#stop('its process said what it should not');
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#begin();
        return;
      case 'log':
        this.#log(message.text);
        return;
      case 'call':
        void this.#call(message);
        return;
      case 'ended':
        this.#finish(this.#endOf(message));
        return;
      case 'checked':
        this.#stop('its process said what it should not');
    }
  }

  #begin(): void {
    const { task, values, about, limits, run } = this.#request;
    this.#isReady = true;
    this.#stopAfter(limits.wallMs);
    this.#process.removeFolder();
    const { memoryMiB } = limits;
    this.#process.send({ type: 'start', task, values, about, mayRun: run !== undefined, memoryMiB });
    this.#ready.resolve();
  }

  #log(text: string): void {
    this.#logCharacters += text.length + 1;
    if (this.#logCharacters <= sandboxLimits.logCharacters) this.#request.log(text);
    else this.#stop(`it logged more than ${sandboxLimits.logCharacters} characters`);
  }

  async #call({ call, program, arguments: words }: Call): Promise<void> {
    const { run } = this.#request;
    if (run === undefined || this.#pendingCalls >= sandboxLimits.pendingCalls) {
      this.#stop('its process called what it may not');
      return;
    }
    this.#pendingCalls++;
    try {
      const value = await run(program, words);
      if (this.#end === undefined) this.#process.send({ type: 'answer', call, value });
    } catch (thrown) {
      const refused = thrown instanceof Error ? thrown.message : String(thrown);
      if (this.#end === undefined) this.#process.send({ type: 'answer', call, refused });
    } finally {
      this.#pendingCalls--;
    }
  }

  #endOf(message: Extract<FromSandbox, { readonly type: 'ended' }>): JavaScriptEnd {
    if (message.outcome === 'finished') return { outcome: 'finished', result: message.result };
    if (message.outcome === 'failed') return { outcome: 'failed', problem: message.problem };
    return { outcome: 'stopped', reason: `it used more than ${this.#request.limits.memoryMiB} MiB of memory` };
  }
}
