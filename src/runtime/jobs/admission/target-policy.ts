// What a target allows a source to do on it. Everything is denied by default. The check is made when a source says
// hello, and again at every start of the job. A replica may lie only in a folder that the server's configuration names.
// No symbolic link may be on the way below that folder, because the link could have come with another replica. The
// replica must not overlap the data of another job or of the server itself, by whatever path it is reached.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, isRawPath } from '../../../base/raw-path.ts';
import type { Hello } from '../../../engine/link/greeting.ts';
import { type FolderPlace, liesIn, overlap, reaches } from '../../../model/folder-place.ts';
import type { JobSpecification } from '../../../model/job.ts';
import type { Files, OpenTreeOptions } from '../../../ports/files.ts';

export interface TargetPolicyParts {
  readonly files: Files;
  readonly allowedRoots: readonly string[] | 'any';
  /** Absolute paths that this server or its other jobs read or write, and the job that each belongs to. */
  readonly taken: readonly { readonly path: string; readonly job: string }[];
}

/** The codes with which `openTree` refuses a folder outside of `within` (ports/files.ts). */
const refusedCodes: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'EPERM']);

/** The options for opening a replica's folder: below an allowed folder, unless the paths are the operator's own. */
export function replicaDoor(allowedRoots: readonly string[] | 'any'): OpenTreeOptions {
  return allowedRoots === 'any' ? {} : { within: allowedRoots };
}

/** Rejects with `TARGET-PATH-REFUSED` when a replica of the job may not lie at its path. */
export async function checkReplicaPaths(specification: JobSpecification, parts: TargetPolicyParts): Promise<void> {
  const { files, allowedRoots } = parts;
  const taken = await Promise.all(parts.taken.map(async (one) => ({ ...one, place: await placeOf(one.path, files) })));
  for (const { replica } of specification.roots) {
    if (!isAbsolute(replica)) throw refused(replica, 'it is not a plain absolute path', 'Correct the MAP of CONNECT.');
    if (allowedRoots !== 'any' && !allowedRoots.some((root) => liesIn(replica, root))) {
      const hint = 'On the target, add its folder to targets.allowedRoots in server.json and start the server again.';
      throw refused(replica, 'it lies outside what this server allows for replicas', hint);
    }
    const place = await placeOf(replica, files);
    const other = taken.find(({ path, place: theirs }) => {
      return liesIn(path, replica) || liesIn(replica, path) || (place && theirs && overlap(place, theirs));
    });
    if (other !== undefined) {
      throw refused(replica, `it overlaps the data of ${other.job}`, 'Choose another path in the MAP of CONNECT.');
    }
    taken.push({ path: replica, job: 'another root of the same job', place });
  }
}

/**
 * For a source on this machine. Rejects with `PATHS-OVERLAP` when the workload is the replica or lies in it, where a
 * mirror would remove it, or when the replica and the home folder of the source server overlap. A replica that lies in
 * the workload is allowed: the source leaves it out.
 */
export async function checkSourcePlaces(
  { roots }: Pick<JobSpecification, 'roots'>,
  machine: NonNullable<Hello['machine']>,
  files: Files,
): Promise<void> {
  for (const { replica } of roots) {
    const place = await placeOf(replica, files);
    if (place === undefined) continue;
    const index = machine.workload.findIndex((workload) => reaches(place, workload));
    if (index >= 0) {
      throw overlaps(
        displayPath(roots[index]?.source ?? ''),
        replica,
        'on this machine the workload lies in the replica',
      );
    }
    if (overlap(place, machine.home)) {
      const home = displayPath(machine.home.path);
      throw overlaps(home, replica, 'the replica and the home folder of the source server lie in each other');
    }
  }
}

function overlaps(source: string, replica: string, reason: string): Failure {
  const subject = `${source} to ${displayPath(replica)}`;
  const hint = 'Choose another path in the MAP of CONNECT.';
  return new Failure({ code: 'PATHS-OVERLAP', operation: 'connect', subject, reason, hint });
}

/**
 * For a new job, before its folders are made. Rejects with `TARGET-PATH-REFUSED` when the way to a replica leads over a
 * symbolic link or a file, or out of the allowed folders.
 */
export async function checkReplicaDoor(specification: JobSpecification, parts: TargetPolicyParts): Promise<void> {
  for (const { replica } of specification.roots) {
    try {
      await (await parts.files.openTree(replica, replicaDoor(parts.allowedRoots))).close();
    } catch (thrown) {
      const failure = asFailure(thrown, 'open the folder', displayPath(replica));
      if (refusedCodes.has(failure.code)) throw refused(replica, failure.reason, 'Choose another path.');
      // The folder may not exist yet; it is made later, and any other failure shows then.
    }
  }
}

/** undefined when the system cannot resolve the path; then only the path as it is written is compared. */
async function placeOf(path: string, files: Files): Promise<FolderPlace | undefined> {
  try {
    return await files.place(path);
  } catch {
    return undefined;
  }
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') && path.length > 1 && isRawPath(path.slice(1));
}

function refused(path: string, reason: string, hint: string): Failure {
  const operation = 'take a replica';
  return new Failure({ code: 'TARGET-PATH-REFUSED', operation, subject: displayPath(path), reason, hint });
}
