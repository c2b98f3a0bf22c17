// The block that SNAPSHOT SCHEDULE lets a target run. A source may schedule no other block there, so the target
// recognizes the block by comparing its whole text.
import type { Value } from '../../language/values/value.ts';
import type { ScheduleSpecification } from '../../model/schedule.ts';
import { isHandle } from '../session/session.ts';
import { readBindings } from '../values/bindings.ts';

/** By the variable that is there when they are given. */
const keptWords = { keep: 'keep', hourly: 'keep hourly', daily: 'keep daily', weekly: 'keep weekly' } as const;

/** Takes a snapshot, then deletes those of the schedule that are not to be kept. */
export function snapshotScheduleBody(target: string, bound: Iterable<string>): string {
  const variables = new Set(bound);
  const given = Object.entries(keptWords).filter(([variable]) => variables.has(variable));
  const kept = given.map(([variable, words]) => ` ${words} $${variable}`);
  return `target "${target}"
snapshot take $name on $connection
snapshot prune $name${kept.join('')} timezone $timezone on $connection`;
}

/** As programs before version 4 of the wire wrote it; it deletes all of this name until `$keep` are left, by whomever they were taken. */
export function olderScheduleBody(target: string): string {
  return `target "${target}"
snapshot take $name on $connection
$mine = []
$all = snapshot list on $connection
for each $one in $all do
  if $one.name = $name then $mine = $mine + [$one] end
end
for $index = 0 to length($mine) - $keep - 1 do
  snapshot delete $mine[$index] on $connection
end`;
}

/**
 * The job whose snapshots the schedule takes; undefined when the schedule does anything else. `targets` maps a job's id
 * to the name of its target.
 */
export function jobOfSnapshotSchedule(
  { body, bindings }: ScheduleSpecification,
  targets: ReadonlyMap<string, string>,
): string | undefined {
  const bound = boundBy(bindings);
  const connection = bound?.get('connection');
  if (bound === undefined || connection === undefined || !isHandle(connection, 'connection')) return undefined;
  const target = targets.get(connection.id);
  if (target === undefined) return undefined;
  const known = [snapshotScheduleBody(target, bound.keys()), olderScheduleBody(target)];
  return known.includes(body) ? connection.id : undefined;
}

function boundBy(bindings: string): ReadonlyMap<string, Value> | undefined {
  try {
    return readBindings(bindings);
  } catch {
    // Text that `readBindings` cannot read binds no connection.
    return undefined;
  }
}
