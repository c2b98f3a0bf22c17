// What programs read: each point in time is ISO 8601 with its offset, in a field without a unit in its name (`started`). What
// lasts keeps its unit there (`remainingMs`). Inside the program, on disk and between servers a point in time is milliseconds
// since the epoch (`startedMs`); everything that a verb prints as JSON goes through here.
import { eventNames } from '../../language/catalogue/definition/event-names.ts';
import type { ServerEvent } from '../../model/event.ts';

/** The fields of reports and journals that are points in time; a test holds them against the shapes of the reports. */
export const instantNames = [
  'behindSinceMs',
  'changedMs',
  'connectedSinceMs',
  'endedMs',
  'establishedMs',
  'expiresMs',
  'finishedMs',
  'gatheredMs',
  'lastMs',
  'lastSuccessMs',
  'nextMs',
  'sinceMs',
  'startedMs',
  'takenMs',
  'timeMs',
] as const;

type InstantName = (typeof instantNames)[number];

/** A report with its points in time as programs read them. */
export type MachineText<Told> = Told extends readonly (infer One)[]
  ? readonly MachineText<One>[]
  : Told extends object
    ? {
        [Name in keyof Told as Name extends InstantName & `${infer Short}Ms` ? Short : Name]: Name extends InstantName
          ? string | null
          : MachineText<Told[Name]>;
      }
    : Told;

const isInstantName = (name: string): name is InstantName => instantNames.some((one) => one === name);

/** For reports and what is made of them, whose field names are this program's own; not for what a script has made. */
export function machineText<Told>(told: Told): MachineText<Told> {
  return textOf(told) as MachineText<Told>;
}

/** As each verb prints an event. */
export function machineEvent({ id, severity, timeMs, message, jobId }: ServerEvent) {
  const name = [...eventNames].find(([, number]) => number === id)?.[0];
  return machineText({ id, name, severity, timeMs, message, ...(jobId && { jobId }) });
}

function textOf(told: unknown): unknown {
  if (Array.isArray(told)) return told.map(textOf);
  if (typeof told !== 'object' || told === null) return told;
  return Object.fromEntries(
    Object.entries(told).map(([name, one]) =>
      isInstantName(name) ? [name.slice(0, -'Ms'.length), instant(one)] : [name, textOf(one)],
    ),
  );
}

/** null where there is none, and for what lies beyond the dates of JavaScript, which another server may have sent. */
function instant(epochMs: unknown): string | null {
  const date = new Date(typeof epochMs === 'number' ? epochMs : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
