// Snapshots: states to which a replica can be brought back.
import type { Argument, CommandDefinition } from '../definition/definition.ts';
import { at, every, onConnection } from '../definition/recurring-arguments.ts';

const group = 'snapshots';

const snapshot: Argument = { name: 'snapshot', type: 'snapshot', required: true, help: 'the snapshot, or its name' };

const keep: Argument = {
  name: 'keep',
  words: 'KEEP',
  type: 'integer',
  rule: 'count',
  help: 'how many of the newest are kept; 24, or 1 when a KEEP of hours, days or weeks is given',
};

/** They stand before KEEP, or their first word would be taken for it. */
const keptPeriods: readonly Argument[] = [
  { name: 'hourly', words: 'KEEP HOURLY', help: 'of how many of the last hours the newest' },
  { name: 'daily', words: 'KEEP DAILY', help: 'of how many of the last days the newest' },
  { name: 'weekly', words: 'KEEP WEEKLY', help: 'of how many of the last weeks, from Monday on, the newest' },
].map((one) => ({ ...one, type: 'integer', rule: 'count' }));

export const snapshotCommands: readonly CommandDefinition[] = [
  {
    id: 'snapshot.take',
    words: 'SNAPSHOT TAKE',
    group,
    summary:
      'Takes a snapshot of the replica, now. To tie it to a point in the data, queue it: QUEUETASK … ONEXECUTE = SNAPSHOT "name".',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }, onConnection],
    result: 'snapshot',
    returns: 'the snapshot',
    examples: ['snapshot take "before upgrade"', '$before = snapshot take "before upgrade" on 1'],
  },
  {
    id: 'snapshot.list',
    words: 'SNAPSHOT LIST',
    group,
    summary: 'Lists the snapshots of a connection.',
    arguments: [onConnection],
    result: 'list',
    returns: 'a list of snapshots, oldest first',
    examples: ['snapshot list', 'snapshot list on 1'],
  },
  {
    id: 'snapshot.revert',
    words: 'SNAPSHOT REVERT',
    group,
    summary: 'Sets the replica back to a snapshot.',
    arguments: [snapshot, onConnection],
    result: 'integer',
    danger: { effect: 'what the replica holds now is replaced by the snapshot' },
    progress: { shows: 'revert', at: 'target' },
    examples: ['snapshot revert "before upgrade"', 'snapshot revert "before upgrade" on 1'],
  },
  {
    id: 'snapshot.delete',
    words: 'SNAPSHOT DELETE',
    group,
    summary: 'Deletes a snapshot and frees its space.',
    arguments: [snapshot, onConnection],
    result: 'integer',
    danger: { effect: 'nobody can go back to this snapshot any more' },
    examples: ['snapshot delete "before upgrade"', 'snapshot delete "before upgrade" on 1'],
  },
  {
    id: 'snapshot.mount',
    words: 'SNAPSHOT MOUNT',
    group,
    summary: 'Shows a snapshot as a folder on the target, to be read.',
    arguments: [
      snapshot,
      { name: 'folder', words: 'AT', type: 'path', required: true, help: 'the folder on the target' },
      onConnection,
    ],
    result: 'integer',
    examples: ['snapshot mount "before upgrade" at "/mnt/before" on 1'],
    availability: {
      missing: 'a snapshot can be gone back to, but not looked at, yet',
      instead: 'copy the replica, and SNAPSHOT REVERT',
    },
  },
  {
    id: 'snapshot.schedule',
    words: 'SNAPSHOT SCHEDule',
    group,
    summary:
      'Lets the target take a snapshot again and again, when its data is good, and keep the newest of them, and of each of the last hours, days and weeks.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'the name of the snapshots, and of the schedule' },
      { ...every, required: true },
      { ...at, help: 'the time of day at which, or from which on' },
      ...keptPeriods,
      keep,
      onConnection,
    ],
    result: 'schedule',
    returns: 'the schedule, which is on the target; SCHEDULE DELETE ends it',
    examples: [
      'snapshot schedule hourly every 1 hour keep 24 on 1',
      'snapshot schedule nightly_state every 1 day at 2:30',
      'snapshot schedule hourly every 1 hour keep hourly 24 keep daily 7 keep weekly 4 on 1',
    ],
  },
  {
    id: 'snapshot.prune',
    words: 'SNAPSHOT PRUNE',
    group,
    summary:
      'Deletes the snapshots that a schedule took and that are not to be kept, as SNAPSHOT SCHEDULE does after each one. Those that a person or a task took stay.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'the name of the snapshots' },
      ...keptPeriods,
      { ...keep, help: 'how many of the newest are kept; 1 without it' },
      {
        name: 'timezone',
        words: 'TIMEZONE',
        type: 'text',
        rule: 'time zone',
        help: "the zone of those hours, days and weeks, such as Europe/Berlin; without it, the server's",
      },
      onConnection,
    ],
    oneOf: ['keep', 'hourly', 'daily', 'weekly'],
    result: 'integer',
    returns: 'how many were deleted',
    danger: { effect: 'nobody can go back to these snapshots any more' },
    examples: [
      'snapshot prune hourly keep 12 on 1',
      'snapshot prune hourly keep hourly 12 keep daily 7 keep weekly 4 timezone "Europe/Berlin"',
    ],
  },
];
