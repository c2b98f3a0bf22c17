// Two independent judges of whether two folders are equal: diff for names and contents, rsync for everything else. What they
// say is the result, one line for each difference, so that a failing test shows it.
import { spawnSync } from 'node:child_process';

const outputBytesMax = 64 * 1024 * 1024;

/** `diff -r --no-dereference`; it cannot compare fifos and says so of each, which is left out. */
export function diffOf(source: string, replica: string): string[] {
  const lines = linesOf('diff', ['-r', '--no-dereference', source, replica]);
  return lines.filter((line) => !/ is a fifo while file .* is a fifo$/.test(line));
}

/** What `rsync -aHAXn --delete --checksum --itemize-changes` would do. */
export function rsyncOf(source: string, replica: string): string[] {
  return linesOf('rsync', ['-aHAXn', '--delete', '--checksum', '--itemize-changes', `${source}/`, `${replica}/`]);
}

function linesOf(program: string, given: readonly string[]): string[] {
  const { stdout, stderr, error } = spawnSync(program, given, { encoding: 'latin1', maxBuffer: outputBytesMax });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}
