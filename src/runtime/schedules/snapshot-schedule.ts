// The block that SNAPSHOT SCHEDULE lets a target run. A source may schedule no other block there, so the target
// recognizes the block by comparing its whole text.
import type { ScheduleSpecification } from '../../model/schedule.ts';
import { isHandle } from '../session/session.ts';
import { readBindings } from '../values/bindings.ts';

/** Takes a snapshot, then deletes the oldest snapshots of this name until `$keep` are left. */
export function snapshotScheduleBody(target: string): string {
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
  const connection = connectionBound(bindings);
  const target = connection === undefined ? undefined : targets.get(connection);
  return target !== undefined && body === snapshotScheduleBody(target) ? connection : undefined;
}

function connectionBound(bindings: string): string | undefined {
  try {
    const connection = readBindings(bindings).get('connection');
    return connection !== undefined && isHandle(connection, 'connection') ? connection.id : undefined;
  } catch {
    // Text that `readBindings` cannot read binds no connection.
    return undefined;
  }
}
