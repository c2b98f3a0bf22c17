// The folders that a job of this target writes to: for each root the replica, and a graveyard where removed objects are
// kept for snapshots. They are made once, with the job. The job's state remembers which folders they are, and every
// later start opens exactly these folders or fails: another folder at the path may be the empty mount point of a volume
// that is not mounted, or a link that leads somewhere else (DESIGN.md).
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, parentOf, type RawPath, rawFromText } from '../../../base/raw-path.ts';
import type { RememberedFolders } from '../../../engine/job/target/target-state.ts';
import { isSameFolder } from '../../../model/folder-place.ts';
import type { JobRoot, JobSpecification } from '../../../model/job.ts';
import type { FileTree } from '../../../ports/files.ts';
import type { ServerParts } from '../server-parts.ts';
import { replicaDoor } from './target-policy.ts';

type Parts = Pick<ServerParts, 'files' | 'home' | 'allowedRoots' | 'log'>;

/** Each list has one entry for each root. */
export interface ReplicaFolders {
  readonly trees: readonly FileTree[];
  readonly graveyards: readonly FileTree[];
  readonly remembered: readonly RememberedFolders[];
}

interface Opened {
  readonly replica: FileTree;
  readonly graveyard: FileTree;
  readonly remembered: RememberedFolders;
}

/** For a new job. Missing folders are made and are durable when this resolves, because the job's state names them. */
export function makeReplicaFolders(parts: Parts, specification: JobSpecification): Promise<ReplicaFolders> {
  return openAll(specification, async (root, index) => {
    const replica = await parts.files.openTree(root.replica, { ...replicaDoor(parts.allowedRoots), create: true });
    return orClosed(replica, async () => {
      const { graveyard, at } = await makeGraveyard(parts, specification.jobId, index, root, replica);
      return orClosed(graveyard, async () => {
        const remembered = await remember(replica, graveyard, at);
        for (const tree of [replica, graveyard]) await tree.sync();
        return { replica, graveyard, remembered };
      });
    });
  });
}

/**
 * For a job of an earlier run. Rejects with `REPLICA-MISSING` or `REPLICA-REPLACED` until the folder is back.
 * `remembered` is undefined for a job that an earlier version made: then the folders at the paths are used and
 * remembered.
 */
export function openReplicaFolders(
  parts: Parts,
  specification: JobSpecification,
  remembered: readonly RememberedFolders[] | undefined,
): Promise<ReplicaFolders> {
  return openAll(specification, async (root, index) => {
    const known = remembered?.[index];
    const replica = await openKnown(parts, root.replica, known?.replica, replicaDoor(parts.allowedRoots));
    return orClosed(replica, async () => {
      if (known === undefined) {
        const { graveyard, at } = await makeGraveyard(parts, specification.jobId, index, root, replica);
        return orClosed(graveyard, async () => ({
          replica,
          graveyard,
          remembered: await remember(replica, graveyard, at),
        }));
      }
      const isBeside = known.graveyardAt === 'beside';
      const path = isBeside
        ? besidePath(root, specification.jobId, index)
        : homePath(parts, specification.jobId, index);
      const door = isBeside ? replicaDoor(parts.allowedRoots) : {};
      const graveyard = await openKnown(parts, path, known.graveyard, door);
      return { replica, graveyard, remembered: known };
    });
  });
}

/** Absolute paths of the graveyards that lie beside the replicas of a job. */
export function graveyardsBeside({ roots, jobId }: JobSpecification): string[] {
  return roots.map((root, index) => besidePath(root, jobId, index));
}

async function openAll(
  { roots }: JobSpecification,
  open: (root: JobRoot, index: number) => Promise<Opened>,
): Promise<ReplicaFolders> {
  const opened: Opened[] = [];
  try {
    for (const [index, root] of roots.entries()) opened.push(await open(root, index));
  } catch (thrown) {
    for (const { replica, graveyard } of opened) await Promise.all([replica.close(), graveyard.close()]);
    throw thrown;
  }
  return {
    trees: opened.map(({ replica }) => replica),
    graveyards: opened.map(({ graveyard }) => graveyard),
    remembered: opened.map(({ remembered }) => remembered),
  };
}

/** Closes the tree when the work with it fails. */
async function orClosed<T>(tree: FileTree, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    await tree.close();
    throw thrown;
  }
}

async function openKnown(
  { files }: Parts,
  path: string,
  known: RememberedFolders['replica'] | undefined,
  door: ReturnType<typeof replicaDoor>,
): Promise<FileTree> {
  let tree: FileTree;
  try {
    tree = await files.openTree(path, door);
  } catch (thrown) {
    const failure = asFailure(thrown, 'open the replica', displayPath(path));
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EPERM'].includes(failure.code)) throw failure;
    throw unlike('REPLICA-MISSING', path, failure.reason);
  }
  return orClosed(tree, async () => {
    if (known === undefined || isSameFolder(await tree.identity(), known)) return tree;
    throw unlike('REPLICA-REPLACED', path, 'it is not the folder that this job has written to');
  });
}

function unlike(code: string, path: string, reason: string): Failure {
  return new Failure({
    code,
    operation: 'open the replica',
    subject: displayPath(path),
    reason,
    hint:
      'Mount its file system, or put the folder back: the job then goes on by itself. ' +
      'If another folder is meant to stand there, DISCONNECT the connection on this server and CONNECT again.',
    retryable: true,
  });
}

/**
 * The graveyard lies in the home folder when that is on the replica's file system, because removed objects are then
 * only renamed. Otherwise it lies beside the replica, or in the home folder again when the folder beside is not allowed
 * for replicas or cannot be made. When no objects can be moved to it, the job has no snapshots.
 */
async function makeGraveyard(
  parts: Parts,
  jobId: string,
  index: number,
  root: JobRoot,
  replica: FileTree,
): Promise<{ readonly graveyard: FileTree; readonly at: RememberedFolders['graveyardAt'] }> {
  const { files, allowedRoots, log } = parts;
  const own = await files.openTree(homePath(parts, jobId, index), { create: true });
  const isNear = await orClosed(own, async () => (await replica.identity()).device === (await own.identity()).device);
  if (isNear) return { graveyard: own, at: 'home' };
  const beside = besidePath(root, jobId, index);
  try {
    const graveyard = await files.openTree(beside, { ...replicaDoor(allowedRoots), create: true });
    await own.close();
    return { graveyard, at: 'beside' };
  } catch (thrown) {
    const failure = asFailure(thrown, 'keep removed objects', displayPath(beside));
    log.write('info', `removed objects are kept in the home folder: ${failure.message}`);
    return { graveyard: own, at: 'home' };
  }
}

async function remember(
  replica: FileTree,
  graveyard: FileTree,
  graveyardAt: RememberedFolders['graveyardAt'],
): Promise<RememberedFolders> {
  return { replica: await replica.identity(), graveyard: await graveyard.identity(), graveyardAt };
}

function homePath({ home }: Parts, jobId: string, index: number): string {
  return `${home}/${rawFromText(`removed/${jobId}/${index}`)}`;
}

function besidePath({ replica }: JobRoot, jobId: string, index: number): string {
  return `${parentOf(replica as RawPath)}/.understudy-removed-${jobId}-${index}`;
}
