// What a test does about a program that this machine may not have. In continuous integration a missing one is a
// failure, so that nothing passes there by not being run; on a developer's machine the tests that need it are skipped,
// and say so.
import { findProgram, neededPackages } from '../../scripts/packages.ts';

/**
 * Whether these programs are here, for `describe.runIf(requireProgram('named', 'dig'))('…', …)`. Throws in continuous
 * integration (a non-empty `CI` in the environment) when one is missing.
 */
export function requireProgram(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return true;
  const packages = missing.map((program) => neededPackages.find((one) => one.program === program)?.name ?? program);
  const message = `${missing.join(', ')} not found; install with: apt-get install ${packages.join(' ')}`;
  if (process.env.CI) throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return false;
}
