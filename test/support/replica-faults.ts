// Whether the replica of a filtered folder is equal, by two judges: VERIFY, and rsync(1) beneath the filter.
import { execFileSync } from 'node:child_process';
import { beneath } from '../../src/platform/filtered-folders/mounted-filters.ts';
import { isQuiet, type Pair } from './serve-process.ts';

/** Waits until the target has applied everything, and gives in sentences what differs then. Nothing may write meanwhile. */
export async function replicaFaults(pair: Pair): Promise<string[]> {
  const { stage, source, workload, replica } = pair;
  await pair.until(isQuiet);
  const { exitCode, out, notes } = await stage.command('verify', '1', '--home', source.home);
  const words = ['-aHAXn', '--numeric-ids', '--delete', '--checksum', '--itemize-changes'];
  const places = [`${beneath(workload)}/`, `${replica}/`];
  const differing = execFileSync('rsync', [...words, ...places], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return [
    ...(exitCode === 0 ? [] : [`VERIFY does not say same: ${out}${notes}`]),
    ...(differing === '' ? [] : [`rsync finds that the replica differs:\n${differing.slice(0, 4000)}`]),
  ];
}
