// What EDIT changes of a job that is there: its options, which both servers keep with a revision, and how its data travels. The
// functions are pure, so that a plan says the same as a server.
import type { JobSpecification } from '../job.ts';
import type { LineSettings, LineWishes } from '../transmission.ts';

/**
 * The options that both servers keep. Whoever has the greater revision is right; of equal revisions, the source.
 */
export interface JobOptions extends Pick<JobSpecification, 'name' | 'mirrorMethod' | 'orphans' | 'capture'> {
  /** Grows with every EDIT; 0 for a job as it was made. */
  readonly revision: number;
}

/** What is to become another; what is left out stays. */
export interface JobEdit extends Partial<Omit<JobOptions, 'revision'>> {
  readonly line?: LineWishes;
}

/** By the words of the command. */
export const editedOptions = ['mirror', 'orphans', 'name', 'compression', 'bandwidth', 'route', 'capture'] as const;
export type EditedOption = (typeof editedOptions)[number];

/**
 * `reconnect`: the link is made anew, and goes on where it was. `mirror`: the job starts anew, with a stream and a mirror of
 * its own; until that has completed the replica counts as not good.
 */
export const forcedKinds = ['nothing', 'reconnect', 'mirror'] as const;
export type ForcedKind = (typeof forcedKinds)[number];

export interface EditReport {
  /** Of the options once the edit holds. */
  readonly revision: number;
  readonly forces: ForcedKind;
  /** What becomes another; empty when everything is so already. */
  readonly changed: readonly EditedOption[];
  /** Names of the other connections to that address, which send in the same way from then on. */
  readonly sharing: readonly string[];
}

export function optionsOf({ revision = 0, name, mirrorMethod, orphans, capture }: JobSpecification): JobOptions {
  return { revision, name, mirrorMethod, orphans, ...(capture === undefined ? {} : { capture }) };
}

export function withOptions({ capture: _, ...specification }: JobSpecification, options: JobOptions): JobSpecification {
  return { ...specification, ...options };
}

/** Without the revision, as earlier versions know it. */
export function withoutRevision({ revision: _, ...specification }: JobSpecification): JobSpecification {
  return specification;
}

export function isSameOptions(one: JobOptions, other: JobOptions): boolean {
  return (['revision', 'name', 'mirrorMethod', 'orphans', 'capture'] as const).every((key) => one[key] === other[key]);
}

/** What the edit changes. `isOtherRoute` says whether the wished address leads elsewhere, which only the network knows. */
export function changedBy(
  edit: JobEdit,
  options: Omit<JobOptions, 'revision'>,
  line: Pick<LineSettings, 'compression' | 'limit'>,
  isOtherRoute: boolean,
): readonly EditedOption[] {
  const { line: { compression, bytesPerSecond } = {} } = edit;
  const fixed = line.limit.mode === 'fixed' ? line.limit.fixed : undefined;
  const is: Readonly<Record<EditedOption, boolean>> = {
    mirror: isOther(edit.mirrorMethod, options.mirrorMethod),
    orphans: isOther(edit.orphans, options.orphans),
    name: isOther(edit.name, options.name),
    compression: isOther(compression, line.compression),
    bandwidth: isOther(bytesPerSecond, fixed),
    route: isOtherRoute,
    capture: isOther(edit.capture, options.capture),
  };
  return editedOptions.filter((option) => is[option]);
}

/** What a change of these options forces. */
export function forcedBy(changed: readonly EditedOption[]): ForcedKind {
  if (changed.includes('capture')) return 'mirror';
  return changed.includes('route') ? 'reconnect' : 'nothing';
}

/** Whether it is a change of how data travels, which all connections to that address share. */
export function isOfLine(changed: readonly EditedOption[]): boolean {
  return changed.some((option) => option === 'compression' || option === 'bandwidth' || option === 'route');
}

/** What the edit does beside the change itself, as sentences without a final dot. */
export function forcedTexts(edit: JobEdit, changed: readonly EditedOption[]): readonly string[] {
  const has = (option: EditedOption): boolean => changed.includes(option);
  return [
    ...(has('capture')
      ? ['the connection starts anew, with a mirror; until that has completed the replica is not whole']
      : []),
    ...(has('route') && !has('capture') ? ['the link is made anew, and goes on where it was'] : []),
    ...(has('mirror') ? ['the next start, and what it mirrors, compares in the other way'] : []),
    ...(has('orphans') ? [orphansText(edit.orphans)] : []),
  ];
}

function orphansText(orphans: JobEdit['orphans']): string {
  return orphans === 'delete'
    ? 'the next mirror deletes what was only in the replica before the first one'
    : 'what was only in the replica before the first mirror is deleted already, unless KEEP had kept it';
}

function isOther<Value>(wanted: Value | undefined, present: Value | undefined): boolean {
  return wanted !== undefined && wanted !== present;
}
