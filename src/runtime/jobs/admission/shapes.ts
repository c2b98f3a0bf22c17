// Which jobs may exist beside each other: the guide's table of supported shapes (ch. 2, Supported configurations). Each
// unsupported shape is refused with its own code. The checks use only what a server knows of its jobs, so that CONNECT,
// VALIDATE and PLAN can all ask here.
//
//   PATHS-OVERLAP          a job to itself on one server (target-policy.ts, by where the folders lie on the machine)
//   PROTECTED-TWICE        one to many: an item is protected only once
//   REPLICA-SHARED         many to one: each item needs a replica of its own
//   PROTECTED-BOTH-WAYS    active/active: a replica is not active before it has failed over
//   CHAINED-FROM-REPLICA   chained: a replica is not active, so it cannot be protected before it has failed over
//   CHAINED-INTO-WORKLOAD  chained, made from its other end: the replica would lie in the workload of another job
import { Failure } from '../../../base/failure.ts';
import { sameServerName } from '../../../base/given-names.ts';
import { displayPath, type RawPath } from '../../../base/raw-path.ts';
import { Selection } from '../../../engine/sending/selection.ts';
import { liesIn } from '../../../model/folder-place.ts';
import type { JobRoot, JobSpecification, SelectionRule } from '../../../model/job.ts';
import type { JobReport } from '../../../model/report.ts';
import type { Files } from '../../../ports/files.ts';

/** A job as one of its two servers knows it. */
export type ShapeJob = Pick<JobReport, 'jobId' | 'name' | 'role' | 'source' | 'target' | 'roots' | 'failedOver'> & {
  /** When the rules are not known, a root inside another one counts as left out of it. */
  readonly rules?: readonly SelectionRule[];
};

export type WantedJob = Pick<JobSpecification, 'name' | 'sourceServer' | 'targetServer' | 'roots' | 'rules'> & {
  readonly jobId?: string;
};

/** The refusal by the server of the source, which has these jobs; undefined when there is none. */
export function sourceShapeRefusal(wanted: WantedJob, jobs: readonly ShapeJob[]): Failure | undefined {
  for (const job of others(wanted, jobs)) {
    // A job that was failed over protects nothing any more, and its live copy is no replica.
    if (job.failedOver) continue;
    for (const [index, { source }] of wanted.roots.entries()) {
      const refusal = job.role === 'source' ? protectedTwice(wanted, index, job) : replicaAsSource(wanted, source, job);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

/** The refusal by the server of the target, which has these jobs; undefined when there is none. */
export function targetShapeRefusal(wanted: WantedJob, jobs: readonly ShapeJob[]): Failure | undefined {
  for (const [index, { replica }] of wanted.roots.entries()) {
    const twin = wanted.roots.slice(0, index).find((one) => overlap(one.replica, replica));
    if (twin !== undefined) return sharedInside(wanted, replica, twin.source);
    for (const job of others(wanted, jobs)) {
      const refusal = job.role === 'target' ? replicaShared(replica, job) : overWorkload(wanted, replica, job);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

/** The same checks, with each path resolved on this server. Rejects with the refusal. */
export async function expectShape(
  role: 'source' | 'target',
  wanted: WantedJob,
  jobs: readonly ShapeJob[],
  files: Files,
): Promise<void> {
  const isAlone = others(wanted, jobs).length === 0;
  const placed = isAlone ? wanted : await realRoots(files, role, wanted);
  const held = isAlone ? [] : await Promise.all(jobs.map((job) => realRoots(files, job.role, job)));
  const refusal = role === 'source' ? sourceShapeRefusal(placed, held) : targetShapeRefusal(placed, held);
  if (refusal !== undefined) throw refusal;
}

function others(wanted: WantedJob, jobs: readonly ShapeJob[]): readonly ShapeJob[] {
  return jobs.filter(({ jobId }) => jobId !== wanted.jobId);
}

function protectedTwice(wanted: WantedJob, index: number, job: ShapeJob): Failure | undefined {
  const source = wanted.roots[index]?.source ?? '';
  const twice = job.roots.some(
    (root, at) =>
      root.source === source ||
      selects(job.rules, at, root.source, source) ||
      selects(wanted.rules, index, source, root.source),
  );
  if (!twice) return undefined;
  return refuse('PROTECTED-TWICE', 'connect', source, `${job.name} protects it already, to ${job.target}`, [
    `An item has one replica only. DISCONNECT ${job.name}, or leave the path out of one of the two replication sets.`,
  ]);
}

/** Whether a root selects a path below it by its rules. */
function selects(rules: readonly SelectionRule[] | undefined, root: number, folder: string, path: string): boolean {
  if (rules === undefined || path === folder || !liesIn(path, folder)) return false;
  const below = path.slice(folder === '/' ? 1 : folder.length + 1) as RawPath;
  return new Selection(rules).includes(root, below, true);
}

function replicaAsSource(wanted: WantedJob, source: string, job: ShapeJob): Failure | undefined {
  const found = job.roots.find(({ replica }) => overlap(source, replica));
  if (found === undefined) return undefined;
  const replica = `${displayPath(found.replica)} is the replica of ${job.name} of ${job.source}`;
  if (sameServerName(job.source, wanted.targetServer)) {
    return refuse(
      'PROTECTED-BOTH-WAYS',
      'connect',
      source,
      `${replica}, which this would protect back to ${job.source}`,
      ['A replica is not active before it has failed over. FAILOVER first, or choose other paths.'],
    );
  }
  return refuse('CHAINED-FROM-REPLICA', 'connect', source, `${replica}, and ${wanted.name} would pass it on`, [
    `A replica cannot be protected until it has failed over. Protect the data where it is used, on ${job.source}.`,
  ]);
}

function replicaShared(replica: string, job: ShapeJob): Failure | undefined {
  const found = job.roots.find((root) => overlap(root.replica, replica));
  if (found === undefined) return undefined;
  const place = `the replica of ${job.name} of ${job.source} lies at ${displayPath(found.replica)}`;
  return refuse('REPLICA-SHARED', 'take a replica', replica, job.failedOver ? `${place}, and was taken over` : place, [
    job.failedOver
      ? `DISCONNECT ${job.name} on ${job.target} first, or choose another path in the MAP of CONNECT.`
      : 'Each item makes a replica of its own. Choose another path in the MAP of CONNECT.',
  ]);
}

function sharedInside(wanted: WantedJob, replica: string, otherSource: string): Failure {
  return refuse(
    'REPLICA-SHARED',
    'take a replica',
    replica,
    `${displayPath(otherSource)} of ${wanted.name} goes there too`,
    ['Each item makes a replica of its own. Choose another path in the MAP of CONNECT.'],
  );
}

function overWorkload(wanted: WantedJob, replica: string, job: ShapeJob): Failure | undefined {
  const found = job.roots.find(({ source }) => overlap(source, replica));
  if (found === undefined) return undefined;
  const workload = `it overlaps ${displayPath(found.source)}, which ${job.name} protects to ${job.target}`;
  const disconnect = `DISCONNECT ${job.name} on ${job.source}, then CONNECT again.`;
  if (job.failedOver) {
    const reason = `the old connection ${job.name}, which ${job.target} has taken over, still stands there`;
    return refuse('OLD-SOURCE', 'take a replica', replica, reason, [disconnect]);
  }
  if (sameServerName(job.target, wanted.sourceServer)) {
    return refuse('PROTECTED-BOTH-WAYS', 'take a replica', replica, workload, [
      'A replica is not active before it has failed over.',
      `If ${job.target} has taken over: ${disconnect}`,
    ]);
  }
  return refuse(
    'CHAINED-INTO-WORKLOAD',
    'take a replica',
    replica,
    `${workload}, so ${wanted.name} would be passed on`,
    ['A replica cannot be protected until it has failed over. Choose another path in the MAP of CONNECT.'],
  );
}

function refuse(code: string, operation: string, path: string, reason: string, hints: readonly string[]): Failure {
  return new Failure({ code, operation, subject: displayPath(path), reason, hint: hints.join(' ') });
}

function overlap(one: string, other: string): boolean {
  return liesIn(one, other) || liesIn(other, one);
}

/** The job with the paths of its roots on this server resolved; a path that cannot be resolved stays as it is. */
async function realRoots<Job extends { readonly roots: readonly JobRoot[] }>(
  files: Files,
  role: 'source' | 'target',
  job: Job,
): Promise<Job> {
  const side = role === 'source' ? 'source' : 'replica';
  const roots = job.roots.map(async (root) => {
    const place = await files.place(root[side]).catch(() => undefined);
    return place === undefined ? root : { ...root, [side]: place.path };
  });
  return { ...job, roots: await Promise.all(roots) };
}
