// Stressors of stress-ng(1) that work in an ordinary folder. Each is run on a bare folder and on a filtered one: it must come to the same verdict.
//
// Left out are those of its class "filesystem" that mount, or have nothing to do with the folder (bind-mount, binderfs, dup, eventfd,
// fanotify, ioprio, procfs), and those for attributes of chattr(1) and fs-verity, which a filter does not have (chattr, inode-flags, verity).
import type { Stage } from '../../support/serve-process.ts';

const names =
  'access aio aiol chdir chmod chown copy-file dentry dir dirdeep dirmany dnotify fallocate fcntl fiemap file-ioctl filename flock fpunch ' +
  'fsize fstat getdent handle hdd inotify io iomix lease link locka lockf lockofd mknod msync open readahead rename revio seek sendfile ' +
  'symlink sync-file touch utime xattr';

export const stressors: readonly string[] = names.split(' ');

/** What it says of itself: passed, skipped or failed, with the words of the failure. */
export async function verdict(stage: Stage, stressor: string, folder: string, seconds: number): Promise<string> {
  const words = ['--seed', '1', '--temp-path', folder, '--timeout', `${seconds}s`, '--verify', '--oomable'];
  const { exitCode, out, notes } = await stage.finish(stage.spawn('stress-ng', [`--${stressor}`, '1', ...words]));
  const failures = `${out}${notes}`.split('\n').filter((line) => / fail:|error:/.test(line));
  const said = failures.map((line) =>
    line
      .replace(/\[\d+\]/g, '')
      .replaceAll(folder, '…')
      .trim(),
  );
  return [`exit ${exitCode}`, ...new Set(said)].join('; ');
}
