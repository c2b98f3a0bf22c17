// What every adapter of the programs port must do. A place names programs that behave in a known way; on paper a test
// double plays them.
import { describe, expect, it } from 'vitest';
import type { Programs } from '../../src/ports/programs.ts';

export interface ProgramsPlace {
  readonly programs: Programs;
  /** Writes its arguments to its output, one a line, and ends with 0. */
  readonly echo: string;
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
