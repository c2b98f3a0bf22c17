// Invariant `truth`: where nothing changed meanwhile on either side, the report of a verification names every place that differs, and
// no other.
import type { VerifyReport } from '../../model/report.ts';
import { Broken } from '../world/broken.ts';
import { differences } from './differences.ts';
import type { ObservedStage, StagedJob } from './observed-stage.ts';

/** Resolves when the verification has an answer; with `wait` no later than an operator would wait. */
export async function expectTruth(
  stage: ObservedStage,
  job: StagedJob,
  verification: Promise<VerifyReport>,
  wait: boolean,
): Promise<void> {
  const before = momentOf(stage, job);
  const answered = verification.then(
    (report) => check(stage, job, report, before),
    () => undefined,
  );
  if (wait) await stage.command('verify', answered);
  else await answered;
}

function check(stage: ObservedStage, job: StagedJob, report: VerifyReport, before: string): void {
  stage.counts.verifications += 1;
  if (before !== momentOf(stage, job) || job.states === undefined) return;
  // What cannot be read is told as different, whatever it is.
  if ([job.source, job.target].some((server) => stage.world.machine(server).troubles.areAny)) return;
  if (stage.world.machine(job.target).lostWrites.isUntold(job.replicaRoot)) return;
  const below = (path: string): string => path.slice(job.sourceRoot.length + 1);
  const surplus = report.differences.flatMap(({ path, verdict }) => (verdict === 'surplus' ? [`${below(path)}/`] : []));
  // A folder that only the replica has is told with all that is in it, and the attributes of the root itself are not compared.
  const isSeparate = (path: string): boolean => path !== '.' && !surplus.some((folder) => path.startsWith(folder));
  const real = differences(stage, job, 'all but folders').filter(isSeparate);
  // The time of a folder is behind until what is in it has been sent: told where it is so, and not missed where it is not told.
  const behind = new Set(differences(stage, job, 'all').filter((path) => !real.includes(path)));
  const isTimeAlone = ({ path, attributes }: VerifyReport['differences'][number]): boolean =>
    attributes.join() === 'time' && behind.has(below(path));
  const told = report.differences
    .filter((one) => !isTimeAlone(one))
    .map(({ path }) => below(path))
    .toSorted();
  if (real.join('\n') === told.join('\n')) return;
  throw new Broken('truth', `${job.name}: different are [${real.join(', ')}], reported were [${told.join(', ')}]`);
}

/** Anything that could make the report speak of another moment than this. */
function momentOf(stage: ObservedStage, job: StagedJob): string {
  return `${stage.counts.faults} ${stage.counts.operations} ${job.states?.present} ${job.doctored}`;
}
