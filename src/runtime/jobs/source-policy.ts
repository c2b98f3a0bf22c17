// What a source lets a peer have protected or counted: deny by default. A folder must lie in one that `sources.allowedRoots`
// of the server's configuration names, without a symbolic link on the way below that one. The owner is not asked: what a
// script on this server's own home names is taken as it is.
import { Failure } from '../../base/failure.ts';
import { displayPath, isRawPath, isWithin, type RawPath } from '../../base/raw-path.ts';
import type { JobRoot } from '../../model/job.ts';
import type { Files } from '../../ports/files.ts';

/** Rejects with `SOURCE-PATH-REFUSED` when a peer may not have one of the folders read. */
export async function checkSourcePaths(
  roots: readonly Pick<JobRoot, 'source'>[],
  allowedRoots: readonly string[],
  files: Files,
): Promise<void> {
  for (const { source } of roots) {
    if (!source.startsWith('/') || !isRawPath(source.slice(1))) {
      throw refused(source, 'it is not a plain absolute path', 'Correct the rule; REPSET LIST shows them.');
    }
    const allowed = allowedRoots.find((root) => root === '/' || isWithin(source, root));
    if (allowed === undefined) {
      const hint = 'On the source, add its folder to sources.allowedRoots in server.json and start the server again.';
      throw refused(source, 'it lies outside what this server lets others protect', hint);
    }
    await checkWay(source, allowed, files);
  }
}

/** Every folder from the allowed one down to the path is one, and no link. What is not there is told when it is opened. */
async function checkWay(source: string, allowed: string, files: Files): Promise<void> {
  const tree = await files.openTree(allowed);
  try {
    const names = source.slice(allowed === '/' ? 1 : allowed.length + 1).split('/');
    for (let count = 1; count <= names.length; count += 1) {
      const part = names.slice(0, count).join('/') as RawPath;
      const status = await tree.status(part);
      if (status === undefined) return;
      if (status.kind === 'directory') continue;
      throw refused(source, `${displayPath(`${allowed}/${part}`)} is not a folder`, 'Choose another path.');
    }
  } finally {
    await tree.close();
  }
}

function refused(path: string, reason: string, hint: string): Failure {
  const operation = 'read a workload for a peer';
  return new Failure({ code: 'SOURCE-PATH-REFUSED', operation, subject: displayPath(path), reason, hint });
}
