// EDIT in a plan. What a connection was made with is known to its server alone, so a plan takes it that every option that is given
// becomes another, and says what that forces.
import type { CommandRequest } from '../../language/values/host.ts';
import {
  type EditedOption,
  type EditReport,
  editedOptions,
  forcedBy,
  forcedTexts,
  isOfLine,
  type JobEdit,
} from '../../model/options/job-edit.ts';
import type { JobReport } from '../../model/report.ts';

/** `sharing` are the connections from this source to the same target, this one included. */
export function plannedEdit(job: JobReport, edit: JobEdit, sharing: readonly string[]): EditReport {
  const { line: { address, compression, bytesPerSecond } = {}, ...options } = edit;
  const given = { ...options, mirror: edit.mirrorMethod, route: address, compression, bandwidth: bytesPerSecond };
  const changed = givenOptions(given);
  return {
    revision: (job.options?.revision ?? 0) + 1,
    forces: forcedBy(changed),
    changed,
    sharing: isOfLine(changed) ? sharing.filter((name) => name !== job.name) : [],
  };
}

/** The report of the job once it is edited. */
export function editedJob(job: JobReport, { line: _, ...edit }: JobEdit, { revision }: EditReport): JobReport {
  const { name, mirror } = job;
  const before = job.options ?? { name, mirrorMethod: mirror.method, orphans: 'keep' };
  return { ...job, name: edit.name ?? name, options: { ...before, ...edit, revision } };
}

/** For EDIT: what the options that stand there force. */
export function editRemark({ command, arguments: given }: CommandRequest): string[] {
  if (command !== 'edit') return [];
  const changed = givenOptions(given);
  const orphans = given.orphans === 'delete' ? ({ orphans: 'delete' } as const) : {};
  const texts = forcedTexts(orphans, changed);
  return [`forces: ${forcedBy(changed)}`, ...texts];
}

function givenOptions(given: Readonly<Record<string, unknown>>): readonly EditedOption[] {
  return editedOptions.filter((option) => given[option] !== undefined);
}
