// The paths that this server has taken over: `live-paths.json`, beside the jobs. An entry outlives its job. While a
// path is in the file, no job may write a replica at it, above it or below it, whatever the source and id of the job.
//
// A path is recognized by its name, by where the name leads, and by the folder that was there, so that a symbolic link,
// another mount or a new name does not hide it. When one of these is in doubt, the job is refused.
//
// A path is added by a failover, before any other part of the failover is durable, or when a job wants to write over a
// folder with a live mark (live-marks.ts). A path is removed when its operator has said LIVE RELEASE on this server and
// a job that writes over it has begun, with a snapshot of the live copy. Nothing that a source says removes a path.
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { displayPath, rootPath } from '../../../base/raw-path.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import { liveCopyName } from '../../../engine/job/target/replica-snapshots.ts';
import type { TargetState } from '../../../engine/job/target/target-state.ts';
import type { EventId } from '../../../model/event-catalogue.ts';
import { type FolderIdentity, type FolderPlace, isSameFolder, liesIn, overlap } from '../../../model/folder-place.ts';
import type { JobSpecification } from '../../../model/job.ts';
import type { LivePathReport } from '../../../model/report.ts';
import { giveUpLiveText, movedOnText, wayBackText } from '../../../model/way-back.ts';
import type { Files } from '../../../ports/files.ts';
import type { Storage } from '../../../ports/storage.ts';
import type { Service } from '../../contract/server.ts';
import { readVersioned, replaceVersioned } from '../../stores/versioned-file.ts';
import { type LiveMark, readLiveMark, removeLiveMark, writeLiveMark } from './live-marks.ts';

const fileName = 'live-paths.json';
const depthLookedAt = 2;
const foldersLookedAtMost = 1000;
const fileVersion = 1;

const markSchema = z.strictObject({
  path: z.string().min(1),
  realPath: z.string().min(1),
  /** The folder that was there; absent when there was none. */
  identity: z.strictObject({ device: z.number(), inode: z.string(), bornNs: z.string().nullable() }).exactOptional(),
  jobId: z.string().min(1),
  job: z.string(),
  source: z.string(),
  epoch: z.int().nonnegative(),
  sinceMs: z.int(),
  released: z.boolean(),
  /** The server that took over, when the mark of the folder named it; absent for a takeover by this server. */
  takenBy: z.string().exactOptional(),
  /** The server that protected the live copy later and has taken over from this one. The entry stays all the same. */
  movedTo: z.string().exactOptional(),
});
type Mark = z.output<typeof markSchema>;

const fileSchema = z.strictObject({ version: z.literal(fileVersion), marks: z.array(markSchema).readonly() });

export interface LivePathsParts {
  readonly server: string;
  readonly storage: Storage;
  readonly files: Files;
  readonly clock: Clock;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
}

export class LivePaths implements Service<'live'> {
  readonly #parts: LivePathsParts;
  readonly #turns = new Turns();
  #marks: readonly Mark[];

  private constructor(parts: LivePathsParts, marks: readonly Mark[]) {
    this.#parts = parts;
    this.#marks = marks;
  }

  /** Throws FILE-NEWER or FILE-INVALID: a server that cannot tell which of its paths are live must accept no job. */
  static async open(parts: LivePathsParts): Promise<LivePaths> {
    return new LivePaths(parts, await readMarks(parts.storage));
  }

  async list(): Promise<readonly LivePathReport[]> {
    return this.#marks.map(({ path, jobId, job, source, epoch, sinceMs, released, movedTo }) => {
      const moved = movedTo === undefined ? {} : { movedTo };
      return { path, jobId, job, source, epoch, sinceMs, released, ...moved };
    });
  }

  /** The server on which the live copy of this job is now; undefined when it is still here. */
  movedTo(jobId: string): string | undefined {
    return this.#marks.find((mark) => mark.jobId === jobId)?.movedTo;
  }

  /** Notes that the target of a job has taken over what the job protected here. Durable when it resolves. */
  async movedOn({ roots, targetServer: movedTo }: Pick<JobSpecification, 'roots' | 'targetServer'>): Promise<void> {
    const { files } = this.#parts;
    const places = await Promise.all(roots.map(({ source }) => files.place(source).catch(() => undefined)));
    const folders = [...roots.map(({ source }) => source), ...places.flatMap((place) => place?.path ?? [])];
    const isNew = (mark: Mark): boolean =>
      mark.movedTo !== movedTo &&
      folders.some((folder) => [mark.path, mark.realPath].some((live) => liesIn(live, folder)));
    if (!this.#marks.some(isNew)) return;
    await this.#change((marks) => marks.map((mark) => (isNew(mark) ? { ...mark, movedTo } : mark)));
  }

  /** The target of a job has undone that. Durable when it resolves. */
  async movedBack({ roots, targetServer }: Pick<JobSpecification, 'roots' | 'targetServer'>): Promise<void> {
    const { files } = this.#parts;
    const places = await Promise.all(roots.map(({ source }) => files.place(source).catch(() => undefined)));
    const folders = [...roots.map(({ source }) => source), ...places.flatMap((place) => place?.path ?? [])];
    const isMeant = (mark: Mark): boolean =>
      mark.movedTo === targetServer &&
      folders.some((folder) => [mark.path, mark.realPath].some((live) => liesIn(live, folder)));
    if (!this.#marks.some(isMeant)) return;
    await this.#change((marks) => marks.map((mark) => (isMeant(mark) ? withoutMove(mark) : mark)));
  }

  /** Adds the paths of a job that takes over. Durable when it resolves. */
  async mark({ jobId, name, sourceServer, roots }: JobSpecification, epoch: number): Promise<void> {
    const { server, files, clock, emit } = this.#parts;
    const added: Mark[] = [];
    for (const { replica } of roots) {
      // A takeover must not fail because a folder on the way cannot be read; the entry then has only the name.
      const realPath = (await files.place(replica).catch(() => undefined))?.path ?? replica;
      const identity = (await folderAt(files, replica))?.identity;
      const known = { path: replica, realPath, jobId, job: name, source: sourceServer, epoch };
      added.push({
        ...known,
        ...(identity === undefined ? {} : { identity }),
        sinceMs: clock.wallMs(),
        released: false,
      });
    }
    const isNew = (mark: Mark): boolean => added.every(({ realPath }) => realPath !== mark.realPath);
    await this.#change((marks) => [...marks.filter(isNew), ...added]);
    for (const { path, sinceMs } of added) {
      const mark = { server, jobId, job: name, source: sourceServer, epoch, sinceMs };
      await writeLiveMark(files, path, mark);
      emit(5120, { path: displayPath(path), epoch });
    }
  }

  /**
   * Makes entries and jobs agree after a start: a job that has failed over gets its entry, and the entry of a takeover
   * that never became durable is removed.
   */
  async reconcile(jobs: readonly Pick<TargetState, 'specification' | 'failedOver' | 'epoch'>[]): Promise<void> {
    for (const { specification, failedOver, epoch } of jobs) {
      const { jobId } = specification;
      const marked = this.#marks.filter((mark) => mark.jobId === jobId && mark.takenBy === undefined);
      if (failedOver && marked.length === 0) await this.mark(specification, epoch);
      if (!failedOver && marked.length > 0) await this.#remove(new Set(marked));
    }
  }

  /**
   * Rejects with `LIVE-PATH` when the job would write at, above or below a live path. Returns true when it would write
   * over a released one: the job must then take a snapshot first.
   */
  async check(specification: JobSpecification): Promise<boolean> {
    const touched = await this.#touched(specification);
    const held = touched.find(({ released }) => !released);
    if (held !== undefined) throw livePathRefusal(this.#parts.server, held, held.takenBy);
    return touched.length > 0;
  }

  /**
   * Removes the released entries that a job writes over. The job is stored by now, and remembers to take the snapshot.
   */
  async overwritten(specification: JobSpecification): Promise<void> {
    const gone = new Set((await this.#touched(specification)).filter(({ released }) => released));
    if (gone.size === 0) return;
    // The folder may have been renamed since the takeover.
    await this.#remove(gone, specification);
    for (const { path } of gone)
      this.#parts.emit(5122, { job: specification.name, path: displayPath(path), snapshot: liveCopyName });
  }

  /** Releases a path for its operator. Throws `LIVE-PATH-UNKNOWN`. */
  async release(path: string): Promise<void> {
    await this.#takeUp(await wantedAt(this.#parts.files, path));
    const isMeant = (mark: Mark): boolean => mark.path === path || mark.realPath === path;
    if (!this.#marks.some(isMeant)) {
      throw new Failure({
        code: 'LIVE-PATH-UNKNOWN',
        operation: 'release a live copy',
        subject: displayPath(path),
        reason: `it is no path that ${this.#parts.server} has taken over`,
        hint: 'LIVE LIST shows them.',
      });
    }
    await this.#change((marks) => marks.map((mark) => (isMeant(mark) ? { ...mark, released: true } : mark)));
    this.#parts.emit(5121, { path: displayPath(path) });
  }

  async #touched({ roots }: JobSpecification): Promise<readonly Mark[]> {
    const { files } = this.#parts;
    const wanted = await Promise.all(roots.map(({ replica }) => wantedAt(files, replica)));
    for (const one of wanted) await this.#takeUp(one);
    const touched: Mark[] = [];
    for (const mark of this.#marks) {
      const now = await files.place(mark.path);
      if (wanted.some((one) => touches(one, mark, now))) touched.push(mark);
    }
    return touched;
  }

  /** Adds entries for folders whose live mark this home does not know yet. */
  async #takeUp({ folders }: Wanted): Promise<void> {
    for (const { path, identity, mark } of folders) {
      if (mark === undefined) continue;
      const { server: takenBy, ...taken } = mark;
      if (this.#marks.some(({ jobId, epoch }) => jobId === taken.jobId && epoch === taken.epoch)) continue;
      const added = { path, realPath: path, identity, ...taken, released: false, takenBy };
      await this.#change((marks) => [...marks, added]);
      this.#parts.emit(5120, { path: displayPath(path), epoch: taken.epoch });
    }
  }

  /** Removes the marks of the folders first: a mark that stayed would add its path again. */
  async #remove(gone: ReadonlySet<Mark>, over?: JobSpecification): Promise<void> {
    const { files } = this.#parts;
    const wanted = await Promise.all((over?.roots ?? []).map(({ replica }) => wantedAt(files, replica)));
    const ids = new Set([...gone].map(({ jobId }) => jobId));
    const found = wanted.flatMap(({ folders }) =>
      folders.filter(({ mark }) => mark !== undefined && ids.has(mark.jobId)),
    );
    for (const { path } of [...gone, ...found]) await removeLiveMark(files, path);
    await this.#change((marks) => marks.filter((mark) => !gone.has(mark)));
  }

  #change(change: (marks: readonly Mark[]) => readonly Mark[]): Promise<void> {
    return this.#turns.runAlone(async () => {
      const marks = change(this.#marks);
      await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, marks });
      this.#marks = marks;
    });
  }
}

function withoutMove({ movedTo: _, ...mark }: Mark): Mark {
  return mark;
}

/** The entries in the file of a home. Throws FILE-NEWER or FILE-INVALID. */
export async function readMarks(storage: Storage): Promise<readonly Mark[]> {
  return (await readVersioned(storage, fileName, fileSchema, fileVersion))?.marks ?? [];
}

/** `takenBy` is the server that took over; absent when it was this one. */
export function livePathRefusal(
  server: string,
  { path, job, source, epoch, sinceMs, movedTo }: LivePathReport,
  takenBy = server,
): Failure {
  const since = new Date(sinceMs).toISOString();
  return new Failure({
    code: 'LIVE-PATH',
    operation: 'take a replica',
    subject: displayPath(path),
    reason: `it ${movedTo === undefined ? 'is the' : 'has been a'} live copy since epoch ${epoch}: ${takenBy} took over ${job} of ${source} at ${since}`,
    hint:
      movedTo === undefined
        ? `${wayBackText(source, takenBy)} ${giveUpLiveText(server, displayPath(path))}`
        : movedOnText(server, movedTo),
  });
}

/** The place where a job wants to write, with the folders that exist there and above, and the live ones below. */
interface Wanted {
  readonly place: FolderPlace;
  readonly folders: readonly FoundFolder[];
}

interface FoundFolder {
  /** The path without symbolic links. */
  readonly path: string;
  readonly identity: FolderIdentity;
  readonly mark?: LiveMark;
}

async function wantedAt(files: Files, path: string): Promise<Wanted> {
  const place = await files.place(path);
  const folders: FoundFolder[] = [];
  for (let way = place.path; way !== ''; way = way.slice(0, way.lastIndexOf('/'))) {
    const found = await folderAt(files, way);
    if (found !== undefined) folders.push(found);
  }
  return { place, folders: [...folders, ...(await liveBelow(files, place.path))] };
}

/**
 * Folders below that have a live mark. Only the upper levels are searched: a replica's folder is seldom many levels
 * down, and a path that this home itself took over is known at any depth.
 */
async function liveBelow(files: Files, path: string): Promise<readonly FoundFolder[]> {
  const found: FoundFolder[] = [];
  let left = foldersLookedAtMost;
  let level = [path];
  for (let depth = 0; depth < depthLookedAt; depth += 1) {
    const next = (await Promise.all(level.map((folder) => foldersIn(files, folder)))).flat().slice(0, left);
    left -= next.length;
    for (const one of next) {
      const folder = await folderAt(files, one);
      if (folder?.mark !== undefined) found.push(folder);
    }
    level = next;
  }
  return found;
}

async function foldersIn(files: Files, path: string): Promise<readonly string[]> {
  try {
    const tree = await files.openTree(path);
    const entries = await tree.list(rootPath).finally(() => tree.close());
    const folders = (entries ?? []).filter(({ status }) => status.kind === 'directory');
    return folders.map(({ name }) => `${path === '/' ? '' : path}/${name}`);
  } catch {
    return [];
  }
}

async function folderAt(files: Files, path: string): Promise<FoundFolder | undefined> {
  try {
    const tree = await files.openTree(path);
    const look = async (): Promise<FoundFolder> => {
      const [identity, mark] = [await tree.identity(), await readLiveMark(tree).catch(() => undefined)];
      return { path, identity, ...(mark === undefined ? {} : { mark }) };
    };
    return await look().finally(() => tree.close());
  } catch {
    return undefined;
  }
}

/** `now` is the place where the path of the mark leads at present. */
function touches({ place, folders }: Wanted, { path, realPath, identity }: Mark, now: FolderPlace): boolean {
  const isNear = [path, realPath].some((live) => liesIn(place.path, live) || liesIn(live, place.path));
  if (isNear || overlap(place, now)) return true;
  return identity !== undefined && folders.some((folder) => isSameFolder(folder.identity, identity));
}
