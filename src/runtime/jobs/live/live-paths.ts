// The paths that this server has taken over: `live-paths.json`, beside the jobs and outliving them. While a path is in it no
// job, whoever its source and whatever its id, may write a replica at it, above it or below it.
//
// A path is known by its name, by where the name leads, and by the folder that was there, so that neither a symbolic link nor
// another mount nor a new name gets past it. Where one of these is in doubt, the answer is no.
//
// How a path gets in: a failover, before anything else of it is durable; or a folder that says of itself that it was taken over
// (live-marks.ts), which a job wanted to go over. How it gets out: its operator says LIVE RELEASE on
// this server, and then a job that goes over it has begun, with a snapshot of it. Nothing that a source says gets it out.
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
  /** Of the folder; absent when none was there. */
  identity: z.strictObject({ device: z.number(), inode: z.string(), bornNs: z.string().nullable() }).exactOptional(),
  jobId: z.string().min(1),
  job: z.string(),
  source: z.string(),
  epoch: z.int().nonnegative(),
  sinceMs: z.int(),
  released: z.boolean(),
  /** The server that took it over, where the folder itself has told it; absent for a takeover that this home knows. */
  takenBy: z.string().exactOptional(),
  /** The server that protected it and has taken it over in its turn. The mark stays: that server's word gets nothing out. */
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

  /** Throws FILE-NEWER or FILE-INVALID: a server that cannot tell which of its paths are live takes no job at all. */
  static async open(parts: LivePathsParts): Promise<LivePaths> {
    return new LivePaths(parts, await readMarks(parts.storage));
  }

  async list(): Promise<readonly LivePathReport[]> {
    return this.#marks.map(({ path, jobId, job, source, epoch, sinceMs, released, movedTo }) => {
      const moved = movedTo === undefined ? {} : { movedTo };
      return { path, jobId, job, source, epoch, sinceMs, released, ...moved };
    });
  }

  /** Where the live copy is that this job has taken over, when it is here no more. */
  movedTo(jobId: string): string | undefined {
    return this.#marks.find((mark) => mark.jobId === jobId)?.movedTo;
  }

  /** The target of a job has taken over what the job protected here. Durable when it resolves. */
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

  /** Durable when it resolves. */
  async mark({ jobId, name, sourceServer, roots }: JobSpecification, epoch: number): Promise<void> {
    const { server, files, clock, emit } = this.#parts;
    const added: Mark[] = [];
    for (const { replica } of roots) {
      // A takeover must not fail because of a folder on the way that cannot be looked at: then the name is what there is.
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
   * After a start: a job that has failed over has its mark, whatever wrote its state; and a mark that was made for a takeover
   * which did not come to be durable goes.
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
   * Rejects with `LIVE-PATH` when the job would write at, above or below a live path. True when it would go over one that was
   * released: then a snapshot is to be taken first.
   */
  async check(specification: JobSpecification): Promise<boolean> {
    const touched = await this.#touched(specification);
    const held = touched.find(({ released }) => !released);
    if (held !== undefined) throw livePathRefusal(this.#parts.server, held, held.takenBy);
    return touched.length > 0;
  }

  /** The job has been stored, with what it needs to take the snapshot: the marks that it goes over are done with. */
  async overwritten(specification: JobSpecification): Promise<void> {
    const gone = new Set((await this.#touched(specification)).filter(({ released }) => released));
    if (gone.size === 0) return;
    // The folder may have another name by now than when it was taken over.
    await this.#remove(gone, specification);
    for (const { path } of gone)
      this.#parts.emit(5122, { job: specification.name, path: displayPath(path), snapshot: liveCopyName });
  }

  /** The operator's word. Throws `LIVE-PATH-UNKNOWN`. */
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

  /** Folders that say of themselves that they are live, and that this home does not know, are known from now on. */
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

  /** The folder first: what it says of itself would bring its path back. */
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

/** What the file of a home says. Throws FILE-NEWER or FILE-INVALID. */
export async function readMarks(storage: Storage): Promise<readonly Mark[]> {
  return (await readVersioned(storage, fileName, fileSchema, fileVersion))?.marks ?? [];
}

/** `takenBy` is the server that took it over; absent when that was this one. */
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

/** Where a job wants to write; the folders that are there on the way to it, itself included, and live ones below. */
interface Wanted {
  readonly place: FolderPlace;
  readonly folders: readonly FoundFolder[];
}

interface FoundFolder {
  /** Free of symbolic links. */
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
 * Folders below that say of themselves that they are live. Not the whole tree is looked through: a replica's folder is seldom many
 * levels down, and what this home has taken over itself is known by its path at any depth.
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

/** `now` is where the path of the mark leads at present. */
function touches({ place, folders }: Wanted, { path, realPath, identity }: Mark, now: FolderPlace): boolean {
  const isNear = [path, realPath].some((live) => liesIn(place.path, live) || liesIn(live, place.path));
  if (isNear || overlap(place, now)) return true;
  return identity !== undefined && folders.some((folder) => isSameFolder(folder.identity, identity));
}
