// Snapshots, tasks in the replication stream, and schedules: what is to happen at a point in the data or in time.
import type { Argument, CommandDefinition } from './definition.ts';

const onConnection: Argument = {
  name: 'connection',
  words: 'ON',
  type: 'connection',
  help: 'the connection; without it, the current one',
};

const point = (words: string, name: string, help: string): Argument => ({ name, words, type: 'task', help });

export const streamTaskCommands: readonly CommandDefinition[] = [
  {
    id: 'snapshot.take',
    words: 'SNAPSHOT TAKE',
    group: 'snapshots',
    summary:
      'Takes a snapshot of the replica, now. To tie it to a point in the data, queue it: QUEUETASK … ONEXECUTE = SNAPSHOT "name".',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }, onConnection],
    result: 'snapshot',
    examples: ['snapshot take "before upgrade"', '$before = snapshot take "before upgrade" on 1'],
  },
  {
    id: 'snapshot.list',
    words: 'SNAPSHOT LIST',
    group: 'snapshots',
    summary: 'Lists the snapshots of a connection.',
    arguments: [onConnection],
    result: 'any',
    examples: ['snapshot list'],
  },
  {
    id: 'snapshot.revert',
    words: 'SNAPSHOT REVERT',
    group: 'snapshots',
    summary: 'Sets the replica back to a snapshot.',
    arguments: [
      { name: 'snapshot', type: 'snapshot', required: true, help: 'the snapshot, or its name' },
      onConnection,
    ],
    result: 'any',
    examples: ['snapshot revert "before upgrade"'],
  },
  {
    id: 'snapshot.delete',
    words: 'SNAPSHOT DELETE',
    group: 'snapshots',
    summary: 'Deletes a snapshot and frees its space.',
    arguments: [
      { name: 'snapshot', type: 'snapshot', required: true, help: 'the snapshot, or its name' },
      onConnection,
    ],
    result: 'any',
    examples: ['snapshot delete "before upgrade"'],
  },
  {
    id: 'queuetask',
    words: 'QueueTASK',
    group: 'stream tasks',
    summary:
      'Puts a task into the replication queue, in line with the data; it runs when the data before it has reached a point. A task is a program with its arguments in one string, or SNAPSHOT "name", VERIFY, FAILOVER, DNS UPDATE.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'a label; the logs show it' },
      {
        name: 'target',
        words: 'TO',
        type: 'server',
        required: true,
        help: 'the target; needed even when the task runs on the source alone',
      },
      point('ONQueue', 'onqueue', 'runs on the source as soon as the task is queued'),
      point('ONTRANSmit', 'ontransmit', 'runs on the source just before the task would be sent'),
      point('ONRECeive', 'onreceive', 'runs on the target as soon as the task has arrived'),
      point('ONEXECute', 'onexecute', 'runs on the target when all data queued before it has been applied'),
      {
        name: 'timeout',
        words: 'TIMEOUT',
        type: 'timeout',
        default: 'forever',
        help: 'how long processing waits for the task: a number is seconds, 0 does not wait, FOREVER is no limit',
      },
      {
        name: 'interaction',
        type: {
          choice: [
            { words: 'INTERACT', value: 'interact' },
            { words: 'NOINTERACT', value: 'nointeract' },
          ],
        },
        default: 'nointeract',
        help: 'whether the task may talk to the desktop',
      },
      onConnection,
    ],
    oneOf: ['onqueue', 'ontransmit', 'onreceive', 'onexecute'],
    result: 'task',
    examples: [
      'queuetask nightly to beta onexecute = "/usr/local/bin/snap" "full weekly" timeout = 10 minutes nointeract',
      'queuetask before_upgrade to beta onexecute = snapshot "before upgrade" timeout = 1 minute',
    ],
  },
  {
    id: 'task.list',
    words: 'TASK LIST',
    group: 'stream tasks',
    summary: 'Lists the tasks of a connection and how far each has come.',
    arguments: [onConnection],
    result: 'any',
    examples: ['task list'],
  },
  {
    id: 'task.status',
    words: 'TASK STATUS',
    group: 'stream tasks',
    summary: 'Says how far a task has come, and how its programs ended.',
    arguments: [{ name: 'task', type: 'stream task', required: true, help: 'the task, or its name' }, onConnection],
    result: 'any',
    examples: ['task status nightly'],
  },
  {
    id: 'schedule',
    words: 'SCHEDULE',
    group: 'schedules',
    summary: 'Runs a block at the times of a cron line. The server keeps the text of the block and the values it uses.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      {
        name: 'cron',
        words: 'CRON',
        type: 'text',
        required: true,
        help: 'minute, hour, day of month, month, day of week',
      },
      {
        name: 'timezone',
        words: 'TIMEZONE',
        type: 'text',
        help: "the zone of those times, such as Europe/Berlin; without it, the server's",
      },
      {
        name: 'overlap',
        words: 'OVERLAP',
        type: {
          choice: [
            { words: 'SKIP', value: 'skip' },
            { words: 'QUEUE', value: 'queue' },
            { words: 'ALLOW', value: 'allow' },
          ],
        },
        default: 'skip',
        help: 'what happens when the run before has not ended',
      },
    ],
    block: true,
    result: 'schedule',
    examples: ['schedule nightly cron "0 2 * * *" timezone "Europe/Berlin" do\n  verify 1 report\nend'],
  },
  {
    id: 'schedule.list',
    words: 'SCHEDULE LIST',
    group: 'schedules',
    summary: 'Lists the schedules and when each runs next.',
    arguments: [],
    result: 'any',
    examples: ['schedule list'],
  },
  {
    id: 'schedule.delete',
    words: 'SCHEDULE DELETE',
    group: 'schedules',
    summary: 'Deletes a schedule; a run under way is finished.',
    arguments: [{ name: 'schedule', type: 'schedule', required: true, help: 'the schedule, or its name' }],
    result: 'any',
    examples: ['schedule delete nightly'],
  },
];

/** What a task may be instead of a program. The host receives the id as `command` of the task's record. */
export const builtInTasks: readonly CommandDefinition[] = [
  {
    id: 'snapshot.take',
    words: 'SNAPSHOT',
    group: 'stream tasks',
    summary: 'Takes a snapshot of the replica.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }],
    result: 'snapshot',
    examples: [],
  },
  {
    id: 'verify',
    words: 'VERIFY',
    group: 'stream tasks',
    summary: 'Compares the replica with the source.',
    arguments: [
      {
        name: 'mode',
        type: {
          choice: [
            { words: 'REPort', value: 'report' },
            { words: 'REPAir', value: 'repair' },
          ],
        },
        default: 'report',
        help: 'only report, or send what differs as well',
      },
    ],
    result: 'any',
    examples: [],
  },
];
