// The home folder that a verb was given. One that cannot be used is a wrong word on the command line, and is refused
// before the verb begins.
import { access, constants, stat } from 'node:fs/promises';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { makeFolder } from '../../platform/storage/real-storage.ts';
import { UsageError } from '../command-line.ts';

/** For a verb that only looks: a folder, or nothing yet. */
export async function readableHome(home: string): Promise<string> {
  try {
    if ((await stat(home)).isDirectory()) return home;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return home;
    throw unusable(home, codeOf(error));
  }
  throw unusable(home, 'ENOTDIR');
}

/** For a verb that writes there: the folder is made when there is none. */
export async function writableHome(home: string): Promise<string> {
  try {
    await readableHome(home);
    await makeFolder(home);
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
    return home;
  } catch (error) {
    throw error instanceof UsageError ? error : unusable(home, codeOf(error));
  }
}

function unusable(home: string, code: string): UsageError {
  const { reason } = systemFailure(code, 'use the home folder', rawFromText(home));
  return new UsageError(
    `${home} cannot be the home folder: ${reason}\n  next: name a folder in which this account may write: --home DIR`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
}
