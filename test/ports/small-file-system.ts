// A small file system of its own for a test, mounted in a private place and taken away again. Root only.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallFileSystem {
  readonly location: string;
  remove(): void;
}

export const isRoot = process.getuid?.() === 0;

/** A file system in memory of this size; undefined when this process may not mount. */
export function mountSmallFileSystem(sizeBytes: number): SmallFileSystem | undefined {
  if (!isRoot) return undefined;
  const location = mkdtempSync(join(tmpdir(), 'understudy-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0755`, 'understudy-test', location], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmdirSync(location);
    throw error;
  }
  return {
    location,
    remove: () => {
      execFileSync('umount', ['-l', location], { stdio: 'pipe' });
      rmdirSync(location);
    },
  };
}
