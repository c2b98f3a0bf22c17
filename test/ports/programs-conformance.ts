// What every adapter of the programs port must do. A place names programs that behave in a known way; on paper a test
// double plays them.
import { describe, expect, it } from 'vitest';
import type { Programs } from '../../src/ports/programs.ts';

export interface ProgramsPlace {
  readonly programs: Programs;
  /** Writes its arguments to its output, one a line, and ends with 0. */
  readonly echo: string;
  /** Writes its input to its output, and the word `warning` to its standard error. */
  readonly copying: string;
  /** Ends with code 3. */
  readonly failing: string;
  /** Runs until it is killed. */
  readonly endless: string;
  readonly missing: string;
  readonly notExecutable: string;
}

export function describePrograms(adapter: string, makePlace: () => Promise<ProgramsPlace>): void {
  describe(`programs: ${adapter}`, () => {
    it('runs a program with its arguments as they are, and tells how it ended', async () => {
      const { programs, echo } = await makePlace();
      const words = ['two words', '$HOME', '`id`', '', '*', 'new\nline', '-x'];
      const running = await programs.start({ program: echo, arguments: words });
      expect(running.processId).toBeGreaterThan(0);
      expect(await running.ended).toEqual({
        exitCode: 0,
        signal: null,
        output: words.map((word) => `${word}\n`).join(''),
      });
    });

    it('tells the exit code of a program that failed', async () => {
      const { programs, failing } = await makePlace();
      const running = await programs.start({ program: failing, arguments: [] });
      expect(await running.ended).toEqual({ exitCode: 3, signal: null, output: '' });
    });

    it('gives a program its input, and keeps its outputs apart, as much of each as is wanted', async () => {
      const { programs, copying } = await makePlace();
      const wanted = { program: copying, arguments: [], input: 'zehn \u00e4hren\n' };
      const whole = await programs.start({ ...wanted, outputBytesMax: 100 });
      const { exitCode, output, error, cutBytes } = await whole.ended;
      expect([exitCode, output, error, cutBytes]).toEqual([0, 'zehn \u00e4hren\n', 'warning', 0]);
      const short = await programs.start({ ...wanted, outputBytesMax: 6 });
      // The sixth byte is the first of two that are one character.
      expect(await short.ended).toMatchObject({ output: 'zehn ', error: 'warnin', cutBytes: 8 });
    });

    it('kills a program, once or twice, before or after its end', async () => {
      const { programs, endless } = await makePlace();
      const running = await programs.start({ program: endless, arguments: [] });
      running.kill();
      running.kill();
      expect(await running.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
      running.kill();
    });

    it('refuses what is not there and what cannot be executed', async () => {
      const { programs, missing, notExecutable } = await makePlace();
      const start = (program: string) => programs.start({ program, arguments: [] });
      await expect(start(missing)).rejects.toMatchObject({ code: 'PROGRAM-MISSING', subject: missing });
      await expect(start(notExecutable)).rejects.toMatchObject({
        code: 'PROGRAM-NOT-EXECUTABLE',
        subject: notExecutable,
      });
    });
  });
}
