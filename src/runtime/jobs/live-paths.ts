// The paths that this server has taken over: `live-paths.json`, beside the jobs and outliving them. While a path is in it no
// job, whoever its source and whatever its id, may write a replica at it, above it or below it.
//
// A path is known by its name, by where the name leads, and by the folder that was there, so that neither a symbolic link nor
// another mount nor a new name gets past it. Where one of these is in doubt, the answer is no.
//
// How a path gets in: a failover, before anything else of it is durable. How it gets out: its operator says LIVE RELEASE on
// this server, and then a job that goes over it has begun, with a snapshot of it. Nothing that a source says gets it out.
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { displayPath } from '../../base/raw-path.ts';
import { Turns } from '../../base/turns.ts';
import { liveCopyName } from '../../engine/session/replica-snapshots.ts';
import type { TargetState } from '../../engine/session/target-state.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import { type FolderIdentity, type FolderPlace, isSameFolder, liesIn, overlap } from '../../model/folder-place.ts';
import type { JobSpecification } from '../../model/job.ts';
import type { LivePathReport } from '../../model/report.ts';
import { giveUpLiveText, wayBackText } from '../../model/way-back.ts';
import type { Files } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import { readVersioned, replaceVersioned } from '../versioned-file.ts';

const fileName = 'live-paths.json';
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

export class LivePaths {
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

  list(): readonly LivePathReport[] {
    return this.#marks.map(({ path, jobId, job, source, epoch, sinceMs, released }) => {
      return { path, jobId, job, source, epoch, sinceMs, released };
    });
  }

  /** Durable when it resolves. */
  async mark({ jobId, name, sourceServer, roots }: JobSpecification, epoch: number): Promise<void> {
    const { files, clock, emit } = this.#parts;
    const added: Mark[] = [];
    for (const { replica } of roots) {
      // A takeover must not fail because of a folder on the way that cannot be looked at: then the name is what there is.
      const realPath = (await files.place(replica).catch(() => undefined))?.path ?? replica;
      const identity = await identityAt(files, replica);
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
    for (const { path } of added) emit(5120, { path: displayPath(path), epoch });
  }

  /**
   * After a start: a job that has failed over has its mark, whatever wrote its state; and a mark that was made for a takeover
   * which did not come to be durable goes.
   */
  async reconcile(jobs: readonly Pick<TargetState, 'specification' | 'failedOver' | 'epoch'>[]): Promise<void> {
    for (const { specification, failedOver, epoch } of jobs) {
      const { jobId } = specification;
      const isMarked = this.#marks.some((mark) => mark.jobId === jobId);
      if (failedOver && !isMarked) await this.mark(specification, epoch);
      if (!failedOver && isMarked) await this.#change((marks) => marks.filter((mark) => mark.jobId !== jobId));
    }
  }

  /**
   * Rejects with `LIVE-PATH` when the job would write at, above or below a live path. True when it would go over one that was
   * released: then a snapshot is to be taken first.
   */
  async check(specification: JobSpecification): Promise<boolean> {
    const touched = await this.#touched(specification);
    const held = touched.find(({ released }) => !released);
    if (held !== undefined) throw livePathRefusal(this.#parts.server, held);
    return touched.length > 0;
  }

  /** The job has been stored, with what it needs to take the snapshot: the marks that it goes over are done with. */
  async overwritten(specification: JobSpecification): Promise<void> {
    const gone = new Set((await this.#touched(specification)).filter(({ released }) => released));
    if (gone.size === 0) return;
    await this.#change((marks) => marks.filter((mark) => !gone.has(mark)));
    for (const { path } of gone)
      this.#parts.emit(5122, { job: specification.name, path: displayPath(path), snapshot: liveCopyName });
  }

  /** The operator's word. Throws `LIVE-PATH-UNKNOWN`. */
  async release(path: string): Promise<void> {
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
    if (this.#marks.length === 0) return [];
    const { files } = this.#parts;
    const wanted = await Promise.all(roots.map(({ replica }) => wantedAt(files, replica)));
    const touched: Mark[] = [];
    for (const mark of this.#marks) {
      const now = await files.place(mark.path);
      if (wanted.some((one) => touches(one, mark, now))) touched.push(mark);
    }
    return touched;
  }

  #change(change: (marks: readonly Mark[]) => readonly Mark[]): Promise<void> {
    return this.#turns.take(async () => {
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

export function livePathRefusal(server: string, { path, job, source, epoch, sinceMs }: LivePathReport): Failure {
  const since = new Date(sinceMs).toISOString();
  return new Failure({
    code: 'LIVE-PATH',
    operation: 'take a replica',
    subject: displayPath(path),
    reason: `it is the live copy since epoch ${epoch}: ${server} took over ${job} of ${source} at ${since}`,
    hint: `${wayBackText(source, server)} ${giveUpLiveText(server, displayPath(path))}`,
  });
}

/** Where a job wants to write, and the folders that are there on the way to it, itself included. */
interface Wanted {
  readonly place: FolderPlace;
  readonly folders: readonly FolderIdentity[];
}

async function wantedAt(files: Files, path: string): Promise<Wanted> {
  const place = await files.place(path);
  const folders: FolderIdentity[] = [];
  for (let way = place.path; way !== ''; way = way.slice(0, way.lastIndexOf('/'))) {
    const identity = await identityAt(files, way);
    if (identity !== undefined) folders.push(identity);
  }
  return { place, folders };
}

async function identityAt(files: Files, path: string): Promise<FolderIdentity | undefined> {
  try {
    const tree = await files.openTree(path);
    return await tree.identity().finally(() => tree.close());
  } catch {
    return undefined;
  }
}

/** `now` is where the path of the mark leads at present. */
function touches({ place, folders }: Wanted, { path, realPath, identity }: Mark, now: FolderPlace): boolean {
  const isNear = [path, realPath].some((live) => liesIn(place.path, live) || liesIn(live, place.path));
  if (isNear || overlap(place, now)) return true;
  return identity !== undefined && folders.some((folder) => isSameFolder(folder, identity));
}
