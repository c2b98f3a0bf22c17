// What a target allows a source to do to it, decided when a source says hello, and again at every start of the job: deny by
// default. A replica may lie only in a folder that the server's configuration names, without a symbolic link on the way below
// that folder (one could have come with another replica), and not where another job's data or the server's own lies, by
// whatever path that is reached.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, isRawPath } from '../../../base/raw-path.ts';
import type { Hello } from '../../../engine/link/greeting.ts';
import { type FolderPlace, liesIn, overlap, reaches } from '../../../model/folder-place.ts';
import type { JobSpecification } from '../../../model/job.ts';
import type { Files, OpenTreeOptions } from '../../../ports/files.ts';

export interface TargetPolicyParts {
  readonly files: Files;
  readonly allowedRoots: readonly string[] | 'any';
  /** Absolute paths that others on this server read or write, and whose they are. */
  readonly taken: readonly { readonly path: string; readonly job: string }[];
}

/** What the door refuses (FileTree's `within`). */
const refusedCodes: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'EPERM']);

/** With what the folder of a replica is opened: below an allowed folder, unless the paths are the operator's own. */
export function replicaDoor(allowedRoots: readonly string[] | 'any'): OpenTreeOptions {
  return allowedRoots === 'any' ? {} : { within: allowedRoots };
}

/** Rejects with `TARGET-PATH-REFUSED` when a replica of the job may not lie where it should. */
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
 * Of a source on this machine: rejects with `PATHS-OVERLAP` when the workload is the replica or lies in it, where a mirror would
 * remove it, or when the source server's home folder is near the replica. A replica that lies in the workload is none of
 * this: the source leaves it out.
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

/** Of a new job, before anything is made: rejects with `TARGET-PATH-REFUSED` when a way to a replica is not plain. */
export async function checkReplicaDoor(specification: JobSpecification, parts: TargetPolicyParts): Promise<void> {
  for (const { replica } of specification.roots) {
    try {
      await (await parts.files.openTree(replica, replicaDoor(parts.allowedRoots))).close();
    } catch (thrown) {
      const failure = asFailure(thrown, 'open the folder', displayPath(replica));
      if (refusedCodes.has(failure.code)) throw refused(replica, failure.reason, 'Choose another path.');
      // It is made later; whatever else is wrong is met then.
    }
  }
}

/** Nothing for a path that the system does not lead to: it is then compared as it is written. */
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
