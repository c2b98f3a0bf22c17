// What a source lets a peer have protected or counted. Everything is denied by default. A folder must lie in one that
// `sources.allowedRoots` of the server's configuration names, and no symbolic link may be on the way below that, at
// every start of the job (`within` of the files port). The owner is not restricted: a script of this server's own home
// may name any folder.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, isRawPath } from '../../../base/raw-path.ts';
import { liesIn } from '../../../model/folder-place.ts';
import type { JobRoot } from '../../../model/job.ts';
import type { Files } from '../../../ports/files.ts';

/** The codes with which `openTree` refuses a folder outside of `within` (ports/files.ts). */
const refusedCodes: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'EPERM']);

/** The same files, but only folders in `allowedRoots` can be opened. */
export function filesWithin(files: Files, allowedRoots: readonly string[]): Files {
  return {
    openTree: (location, options) => files.openTree(location, { ...options, within: allowedRoots }),
    place: (location) => files.place(location),
    identityOf: (location) => files.identityOf(location),
  };
}

/** Rejects with `SOURCE-PATH-REFUSED` when a peer may not have one of the folders read. */
export async function checkSourcePaths(
  roots: readonly Pick<JobRoot, 'source'>[],
  allowedRoots: readonly string[],
  files: Files,
): Promise<void> {
  const allowed = filesWithin(files, allowedRoots);
  for (const { source } of roots) {
    if (!source.startsWith('/') || !isRawPath(source.slice(1))) {
      throw refused(source, 'it is not a plain absolute path', 'Correct the rule; REPSET LIST shows them.');
    }
    if (!allowedRoots.some((root) => liesIn(source, root))) {
      const hint = 'On the source, add its folder to sources.allowedRoots in server.json and start the server again.';
      throw refused(source, 'it lies outside what this server lets others protect', hint);
    }
    try {
      await (await allowed.openTree(source)).close();
    } catch (thrown) {
      const failure = asFailure(thrown, 'open the folder', displayPath(source));
      if (refusedCodes.has(failure.code)) throw refused(source, failure.reason, 'Choose another path.');
      throw failure;
    }
  }
}

function refused(path: string, reason: string, hint: string): Failure {
  const operation = 'read a workload for a peer';
  return new Failure({ code: 'SOURCE-PATH-REFUSED', operation, subject: displayPath(path), reason, hint });
}
