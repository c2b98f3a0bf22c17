// What a target allows a source to do to it, decided when a source says hello: deny by default. A replica may lie only in a
// folder that the server's configuration names, without a symbolic link on the way below that folder (one could have come
// with another replica), and not where another job's data lies.
import { Failure } from '../../base/failure.ts';
import { displayPath, isRawPath, isWithin, type RawPath } from '../../base/raw-path.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { Files } from '../../ports/files.ts';

export interface TargetPolicyParts {
  readonly files: Files;
  readonly allowedRoots: readonly string[] | 'any';
  /** Absolute paths that other jobs of this server read or write. */
  readonly taken: readonly { readonly path: string; readonly job: string }[];
}

/** Rejects with `TARGET-PATH-REFUSED` when a replica of the job may not lie where it should. */
export async function checkReplicaPaths(specification: JobSpecification, parts: TargetPolicyParts): Promise<void> {
  for (const { replica } of specification.roots) {
    if (!isAbsolute(replica)) throw refused(replica, 'it is not a plain absolute path', 'Correct the MAP of CONNECT.');
    const other = parts.taken.find(({ path }) => liesIn(path, replica) || liesIn(replica, path));
    if (other !== undefined) {
      throw refused(replica, `it overlaps the data of ${other.job}`, 'Choose another path in the MAP of CONNECT.');
    }
    if (parts.allowedRoots !== 'any') await checkAllowed(replica, parts.allowedRoots, parts.files);
  }
}

/** Rejects with `PATHS-OVERLAP` when workload and replica of one machine lie in each other. */
export function checkOverlap(specification: Pick<JobSpecification, 'roots'>): void {
  for (const { source } of specification.roots) {
    for (const { replica } of specification.roots) {
      if (!liesIn(source, replica) && !liesIn(replica, source)) continue;
      throw new Failure({
        code: 'PATHS-OVERLAP',
        operation: 'connect',
        subject: `${displayPath(source)} to ${displayPath(replica)}`,
        reason: 'one lies in the other on the same machine',
        hint: 'Choose another path in the MAP of CONNECT.',
      });
    }
  }
}

async function checkAllowed(replica: string, allowedRoots: readonly string[], files: Files): Promise<void> {
  const allowed = allowedRoots.find((root) => liesIn(replica, root));
  if (allowed === undefined) {
    const hint = 'On the target, add its folder to targets.allowedRoots in server.json and start the server again.';
    throw refused(replica, 'it lies outside what this server allows for replicas', hint);
  }
  const tree = await files.openTree(allowed);
  try {
    const below = replica.slice(allowed === '/' ? 1 : allowed.length + 1);
    for (let end = below.indexOf('/'); ; end = below.indexOf('/', end + 1)) {
      const part = (end < 0 ? below : below.slice(0, end)) as RawPath;
      const status = await tree.status(part);
      if (status !== undefined && status.kind !== 'directory') {
        throw refused(replica, `${displayPath(`${allowed}/${part}`)} is not a folder`, 'Choose another path.');
      }
      if (end < 0 || status === undefined) return;
    }
  } finally {
    await tree.close();
  }
}

/** Of absolute paths: the root of the file system holds everything. */
function liesIn(path: string, folder: string): boolean {
  return folder === '/' || isWithin(path, folder);
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') && path.length > 1 && isRawPath(path.slice(1));
}

function refused(path: string, reason: string, hint: string): Failure {
  const operation = 'take a replica';
  return new Failure({ code: 'TARGET-PATH-REFUSED', operation, subject: displayPath(path), reason, hint });
}
