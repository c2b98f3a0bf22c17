// An operator edits a job; and the rule of it: an edit that was answered holds on the source from then on, over every crash, and
// in the end both servers have the same options.
import type { EditReport, JobEdit, JobOptions } from '../../../../model/options/job-edit.ts';
import type { MirrorMethod } from '../../../../model/stream/marker.ts';
import type { StagedJob } from '../../../invariants/observed-stage.ts';
import { Broken } from '../../../world/broken.ts';
import type { Stage } from '../../stage.ts';

export const editWords = 'mirror METHOD|orphans keep|delete|capture watch|filter|auto|compress LEVEL|none [meanwhile]';

/** `edit JOB …`; with `meanwhile` the story goes on before it is answered. */
export async function editJob(stage: Stage, job: StagedJob, words: readonly string[]): Promise<void> {
  const [option = '', value = '', meanwhile] = words;
  const edits: Readonly<Record<string, JobEdit>> = {
    mirror: { mirrorMethod: value as MirrorMethod },
    orphans: { orphans: value === 'keep' ? 'keep' : 'delete' },
    capture: { capture: value === 'filter' || value === 'watch' ? value : 'auto' },
    compress: { line: { compression: value === 'none' ? null : Number(value) } },
  };
  const edit = edits[option];
  if (edit === undefined) throw new Error(`a job is edited by ${editWords}`);
  const server = stage.world.server(job.source);
  if (server === undefined || job.jobId === undefined || job.failedOver) return;
  const { line: _, ...wanted } = edit;
  const asked = server.jobs.edit(job.jobId, edit).then((report) => answered(job, wanted, report));
  const done = stage.command('edit', asked);
  if (meanwhile === undefined) await done;
  else
    done.catch((thrown: Error) => {
      stage.defect ??= thrown;
    });
}

function answered(job: StagedJob, wanted: Partial<JobOptions>, { revision }: EditReport): void {
  if (job.edited !== undefined && job.edited.revision > revision) return;
  job.edited = { ...job.edited, ...wanted, revision };
}

/** After the end of all faults, for a job that is linked. */
export async function expectOptions(stage: Stage, job: StagedJob): Promise<void> {
  const [source, target] = [await stage.report(job, 'source'), await stage.report(job, 'target')];
  const [own, told] = [source?.options, target?.options];
  const { revision = 0, ...known } = job.edited ?? {};
  const isOlder = (own?.revision ?? 0) < revision;
  // An edit that was never answered may have come behind it.
  const isLost =
    own?.revision === revision && Object.entries(known).some(([key, value]) => own[key as 'name'] !== value);
  if (isOlder || isLost)
    throw new Broken(
      'durability',
      `${job.name}: ${JSON.stringify(job.edited)} was answered, and it has ${JSON.stringify(own)}`,
    );
  const isSame = async (): Promise<boolean> => {
    const both = [await stage.report(job, 'source'), await stage.report(job, 'target')];
    const [one, other] = both.map((report) => JSON.stringify(report?.options));
    return one === other;
  };
  if (!(await stage.until(isSame, 60_000, 250)))
    throw new Broken(
      'convergence',
      `${job.name}: the source has ${JSON.stringify(own)}, the target ${JSON.stringify(told)}`,
    );
}
