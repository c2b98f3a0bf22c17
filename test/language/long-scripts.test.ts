// A check takes as long as its script is long, and not the square of it. What is counted is work, not time: what goes into
// maps and sets.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { functionsAndGlobals, plainStatements } from '../../scripts/bench/long-scripts.ts';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';

afterEach(() => vi.restoreAllMocks());

/** How many entries a check puts into maps and sets, copies of them included. */
function workOf(text: string): number {
  const source = new SourceText('long.dtcl', text);
  const sets = vi.spyOn(Map.prototype, 'set');
  const additions = vi.spyOn(Set.prototype, 'add');
  const { diagnostics } = checkScript(source);
  const work = sets.mock.calls.length + additions.mock.calls.length;
  vi.restoreAllMocks();
  expect(diagnostics).toEqual([]);
  return work;
}

describe('the work of a check grows with the script', () => {
  it.each([
    ['of plain statements', (size: number) => plainStatements(size * 10)],
    ['of functions and variables', functionsAndGlobals],
    [
      'of variables and branches',
      (size: number) =>
        Array.from(
          { length: size },
          (_, index) => `$x${index} = ${index}\nIF $x${index} > 1 THEN\n  $x0 = 2\nEND\n`,
        ).join(''),
    ],
    [
      'of variables and loops',
      (size: number) =>
        Array.from(
          { length: size },
          (_, index) => `$x${index} = ${index}\nWHILE $x${index} > 1 DO\n  $x0 = 2\nEND\n`,
        ).join(''),
    ],
    [
      'of variables and TRY',
      (size: number) =>
        Array.from(
          { length: size },
          (_, index) => `TRY\n  $x${index} = 1\nON ERROR $e\n  WRITE $e.message\nEND\n`,
        ).join(''),
    ],
    [
      'of variables and blocks that run later',
      (size: number) =>
        Array.from(
          { length: size },
          (_, index) => `$x${index} = 1\nSCHEDULE s${index} CRON "0 2 * * *" DO\n  WRITE $x${index}\nEND\n`,
        ).join(''),
    ],
    [
      'of variables and handlers',
      (size: number) =>
        Array.from(
          { length: size },
          (_, index) => `$x${index} = 1\nON mirror.completed DO\n  WRITE $x${index}\nEND\n`,
        ).join(''),
    ],
  ])('%s', (_what, script) => {
    workOf(script(10));
    const [some, more] = [workOf(script(100)), workOf(script(400))];
    expect(more / some).toBeLessThan(5);
  });
});
