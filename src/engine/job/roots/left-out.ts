// Leaves out of a workload the folders to which the servers of this machine write because of the job. A replica, a
// graveyard or a home folder inside the workload would be copied into itself without end. A target on the same machine
// tells at every welcome where its folders are; they are compared by their real places, so that links and bind mounts
// do not hide them. An event, the job's report and a warning of CONNECT name the folders that are left out.
import { Failure } from '../../../base/failure.ts';
import { displayPath, type RawPath } from '../../../base/raw-path.ts';
import { type FolderPlace, placesOf, reaches } from '../../../model/folder-place.ts';
import type { JobSpecification } from '../../../model/job.ts';
import { withoutRevision } from '../../../model/options/job-edit.ts';
import { keepsAll } from '../../../model/replica-policy.ts';
import type { WorkloadChange } from '../../../ports/capture.ts';
import type { Hello, Welcome } from '../../../wire/control-messages.ts';
import { decodeChange, recordKind, recordPlace } from '../../../wire/records/operation-codec.ts';
import type { SourceLink } from '../../link/source-link.ts';
import { KeptObjects } from '../../sending/kept-objects.ts';
import type { Selection } from '../../sending/selection.ts';
import type { MirrorWishes } from '../mirror-wishes.ts';
import type { SourceJobParts } from '../source-job-parts.ts';

type Given = Pick<SourceJobParts, 'specification' | 'number' | 'files' | 'machineId' | 'home' | 'emit'>;

/** The part of the job that is used here. */
interface LeftOutJob {
  readonly selection: Selection;
  readonly mirrors: MirrorWishes;
}

/** The number of refused objects with an event of their own; the report has the number of all. */
const refusalsTold = 100;

export class LeftOut {
  readonly kept: KeptObjects;
  readonly #parts: Given;
  readonly #job: LeftOutJob;
  #machine: Hello['machine'];
  /** Absolute paths on the source. */
  #paths: readonly string[] = [];
  #remarks: readonly string[] = [];

  constructor(parts: Given, job: LeftOutJob) {
    this.#parts = parts;
    this.#job = job;
    let left = refusalsTold;
    this.kept = new KeptObjects((root, path) => {
      const { source } = parts.specification.roots[root] ?? { source: '' };
      if (left > 0) parts.emit(5172, { path: displayPath(`${source}/${path}`) });
      left -= 1;
    });
  }

  /** Absolute paths, byte strings, of what is left out. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** The terms of the target that people should know. */
  get remarks(): readonly string[] {
    return this.#remarks;
  }

  /**
   * Finds the places of the folders. Rejects with `PATHS-OVERLAP` when the workload lies in this server's home folder.
   */
  async open(): Promise<void> {
    const { specification, files, machineId: id, home: homePath } = this.#parts;
    const home = await files.place(homePath);
    const workload: FolderPlace[] = [];
    for (const { source } of specification.roots) {
      const place = await files.place(source);
      if (reaches(home, place)) throw isOwnHome(source, homePath);
      workload.push(place);
    }
    this.#machine = { id, workload, home };
    this.#leaveOut([home]);
  }

  /** Greets a target, and takes the folders to leave out from its welcome, before anything is sent. */
  async greet(link: SourceLink, hello: Pick<Hello, 'epoch' | 'streamId' | 'capture'>): Promise<Welcome> {
    const { specification } = this.#parts;
    const machine = this.#machine === undefined ? {} : { machine: this.#machine };
    const welcome = await link.greet({ ...hello, ...machine, ...jobOf(specification) });
    this.#leaveOut(welcome.ownFolders ?? []);
    const { honoursSetId, ...policy } = welcome.policy ?? { ...keepsAll, honoursSetId: false };
    if (this.kept.follow(policy)) this.#job.mirrors.wantAgain('the target keeps other kinds of objects now');
    this.#remarks = honoursSetId && policy.setId === 'keep' ? [setIdRemark(specification.targetServer)] : [];
    return welcome;
  }

  /** The changes outside of folders that are left out; capture tells of those inside, too, and they may be many. */
  relevant(batch: readonly WorkloadChange[]): readonly WorkloadChange[] {
    return this.#paths.length === 0 ? batch : batch.filter((change) => this.#isRelevant(change));
  }

  #isRelevant(change: WorkloadChange): boolean {
    const { selection } = this.#job;
    if (change.kind === 'touched') return true;
    const { root, path } = change.kind === 'operation' ? recordPlace(change.record) : change;
    if (!selection.leavesOut(root, path)) return true;
    const to = destinationOf(change);
    return to !== undefined && !selection.leavesOut(root, to);
  }

  #leaveOut(folders: readonly FolderPlace[]): void {
    const { specification, number: connection, emit } = this.#parts;
    const { selection } = this.#job;
    for (const [root, { source }] of specification.roots.entries()) {
      const place = this.#machine?.workload[root];
      if (place === undefined) continue;
      for (const path of folders.flatMap((folder) => placesOf(folder, place))) {
        // An empty path means that the whole workload lies in the folder. The target refuses new jobs of that kind, so
        // this one is old.
        if (path === '' || !selection.leaveOut(root, path)) continue;
        this.#paths = [...this.#paths, source === '/' ? `/${path}` : `${source}/${path}`];
        emit(5171, { path: displayPath(this.#paths.at(-1) ?? ''), connection });
      }
    }
  }
}

/** The new name of what was renamed. */
function destinationOf(change: WorkloadChange): RawPath | undefined {
  if (change.kind === 'renamed') return change.to;
  if (change.kind !== 'operation' || recordKind(change.record) !== 'rename') return undefined;
  const operation = decodeChange(change.record);
  return operation.kind === 'rename' ? operation.to : undefined;
}

/** What a hello says of its job. A target of an earlier version knows no revision; a later one is told by a notice. */
export function jobOf(specification: JobSpecification): Pick<Hello, 'job' | 'jobId' | 'sourceName'> {
  const job = withoutRevision(specification);
  return { job, jobId: job.jobId, sourceName: job.sourceServer };
}

function setIdRemark(target: string): string {
  return (
    `programs in the replica keep their set-id bits and capabilities on ${target}: run none there, ` +
    'mount its file system nosuid,nodev, or set targets.setId to strip'
  );
}

function isOwnHome(source: string, home: string): Failure {
  return new Failure({
    code: 'PATHS-OVERLAP',
    operation: 'connect',
    subject: displayPath(source),
    reason: `it lies in the home folder of this server, ${displayPath(home)}, which changes with every change`,
    hint: 'Protect another folder, or give the server another --home.',
  });
}
