// Replaces the text of a file that the operator named, in one step: at any moment the file holds the whole old or the
// whole new text. For a link, the file to which it leads is replaced. Mode and owner stay.
import { randomUUID } from 'node:crypto';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rawFromText } from '../base/raw-path.ts';
import { systemFailure } from '../base/system-failure.ts';

/** Fails with the errno name as code; then the file is as it was. */
export async function replaceFile(path: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const file = await realpath(path);
    // The system lets a rename replace a file that is not writable, so this checks it first.
    await access(file, constants.W_OK);
    const { mode, uid, gid } = await stat(file);
    temporary = join(dirname(file), `.understudy-${randomUUID()}`);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.chown(uid, gid);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    throw systemFailure(code, 'replace the file', rawFromText(path));
  }
}
