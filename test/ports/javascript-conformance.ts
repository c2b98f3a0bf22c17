// What every adapter of the JavaScript port must do. On paper a test double plays the scripts, known by their text.
import { describe, expect, it } from 'vitest';
import type { JavaScript, JavaScriptRequest } from '../../src/ports/javascript.ts';

/** Logs its parameter, and what running the program `/count` with it answers; returns both in a list. */
export const busyScript = "log('given', word);\nconst answer = await run('/count', [word]);\nreturn [word, answer];";
export const throwingScript = "const list = [];\nthrow new Error('no disk');";
export const endlessScript = 'await new Promise(() => {});';
export const brokenScript = 'return 1;\nreturn (;';

export function scriptRequest(body: string, more: Partial<JavaScriptRequest> = {}): JavaScriptRequest {
  return {
    task: { names: ['word'], body },
    values: ['three'],
    about: { name: 'nightly' },
    limits: { memoryMiB: 32, processorSeconds: 10, wallMs: 60_000 },
    log: () => undefined,
    ...more,
  };
}

export function describeJavaScript(adapter: string, javascript: JavaScript): void {
  describe(`JavaScript tasks: ${adapter}`, () => {
    it('runs a script with its parameters, takes its log and calls, and tells its result', async () => {
      const heard: string[] = [];
      const run = async (program: string, words: readonly string[]): Promise<number> => {
        heard.push(`${program} ${words.join(' ')}`);
        return words.length;
      };
      const running = await javascript.start(scriptRequest(busyScript, { log: (line) => heard.push(line), run }));
      expect(await running.ended).toEqual({ outcome: 'finished', result: ['three', 1] });
      expect(heard).toEqual(['given three', '/count three']);
    });

    it('tells a script why its call was refused', async () => {
      const run = (): Promise<never> => Promise.reject(new Error('not on the list'));
      const { ended } = await javascript.start(scriptRequest(busyScript, { run }));
      expect(await ended).toMatchObject({ outcome: 'failed', problem: { message: 'not on the list', line: 2 } });
    });

    it('tells what a script threw, and where', async () => {
      const { ended } = await javascript.start(scriptRequest(throwingScript));
      expect(await ended).toMatchObject({ outcome: 'failed', problem: { message: 'no disk', line: 2 } });
    });

    it('ends a script when it is told to', async () => {
      const running = await javascript.start(scriptRequest(endlessScript));
      running.kill();
      expect(await running.ended).toEqual({ outcome: 'stopped', reason: 'it was ended' });
    });

    it('finds what does not parse, with its place, and runs none of it', async () => {
      const texts = [busyScript, brokenScript].map((body) => ({ names: ['word'], body }));
      const problem = { message: "Unexpected token ';'", line: 2, column: 9 };
      expect(await javascript.check(texts)).toEqual([null, problem]);
      const { ended } = await javascript.start(scriptRequest(brokenScript));
      expect(await ended).toEqual({ outcome: 'failed', problem });
    });
  });
}
