// The block that SNAPSHOT SCHEDULE has a target run. It is the one block that a source may schedule there, so it is known again
// by its text, to the letter.
import type { ScheduleSpecification } from '../../model/schedule.ts';
import { isHandle } from '../session/session.ts';
import { readBindings } from '../values/bindings.ts';

/** Takes a snapshot, then deletes the oldest of this name that are too many. */
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

/** The job whose snapshots the schedule takes, if it does nothing else. `targets` has the target of each job, as it is called. */
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
    // Text that is no bindings binds none.
    return undefined;
  }
}
