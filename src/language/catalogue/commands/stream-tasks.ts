// Tasks in the replication stream, and scripts of mirrors: both run at a point in the data.
import type { Argument, Availability, CommandDefinition } from '../definition/definition.ts';
import { connection, interaction, onConnection, verifyMode } from '../definition/recurring-arguments.ts';

const group = 'stream tasks';

const point = (words: string, name: string, help: string): Argument => ({ name, words, type: 'task', help });

const atFailover: Availability = {
  missing: 'the engine runs no scripts at the points of a failover yet',
  instead:
    'a monitor that waits (WAITUSER) leaves the failover to a script: run the programs before and after FAILOVER',
};

const scriptType = (words: string, name: string, help: string, availability?: Availability): Argument => ({
  name,
  words,
  type: 'path',
  help,
  ...(availability === undefined ? {} : { availability }),
});

/** The points at which a script may run: the three points of a mirror that DTCL has, and those of a failover. */
const scriptTypes: readonly Argument[] = [
  scriptType('MIRRORSTART', 'mirrorstart', 'runs when a mirror begins on that server, also when nothing differs'),
  scriptType('MIRRORSTOP', 'mirrorstop', 'runs when a mirror ends there without being complete'),
  scriptType(
    'MIRRORCOMPLETE',
    'mirrorcomplete',
    'runs when the target has applied all of a mirror and its data is good',
  ),
  scriptType('PREFAILOVER', 'prefailover', 'runs before a failover', atFailover),
  scriptType('POSTFAILOVER', 'postfailover', 'runs after a failover', atFailover),
  scriptType('PREFAILBACK', 'prefailback', 'runs before the way back', atFailover),
  scriptType('POSTFAILBACK', 'postfailback', 'runs after the way back', atFailover),
];

const onTimeout: Argument = {
  name: 'ontimeout',
  words: 'ONTIMEOUT',
  type: {
    choice: [
      { words: 'CONTinue', value: 'continue' },
      { words: 'KILL', value: 'kill' },
    ],
  },
  default: 'continue',
  help: 'what becomes of a task that outlives its TIMEOUT: it goes on beside the stream, or is ended and has failed',
};

export const streamTaskCommands: readonly CommandDefinition[] = [
  {
    id: 'queuetask',
    words: 'QueueTASK',
    group,
    summary:
      'Puts a task into the replication queue, in line with the data; it runs when the data before it has reached a point. A task is a program with its arguments in one string, a block of commands (= DO … END), or SNAPSHOT "name", VERIFY, FAILOVER, DNS UPDATE.',
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
      onTimeout,
      interaction,
      onConnection,
    ],
    oneOf: ['onqueue', 'ontransmit', 'onreceive', 'onexecute'],
    result: 'task',
    returns: 'the task',
    examples: [
      'queuetask nightly to beta onexecute = "/usr/local/bin/snap" "full weekly" timeout = 10 minutes nointeract',
      'qtask closing to beta onq = /usr/bin/logger ontrans = /usr/bin/logger onrec = /usr/bin/logger onexec = /usr/bin/logger timeout = 30 on 1',
      'queuetask report to beta onexecute = "/usr/local/bin/report" timeout = 30 seconds ontimeout kill',
      'queuetask before_upgrade to beta onexecute = snapshot "before upgrade" timeout = 1 minute',
      'queuetask tell to beta onexecute = do\n  write "everything up to here is"\nend timeout = 1 minute',
    ],
  },
  {
    id: 'task.list',
    words: 'TASK LIST',
    group,
    summary: 'Lists the tasks of a connection and how far each has come.',
    arguments: [onConnection],
    result: 'list',
    returns: 'a list of records, one a point: name, point, state, reason, exitcode, output',
    examples: ['task list', 'task list on 1'],
  },
  {
    id: 'task.status',
    words: 'TASK STATUS',
    group,
    summary: 'Says how far a task has come, and how its programs ended.',
    arguments: [{ name: 'task', type: 'stream task', required: true, help: 'the task, or its name' }, onConnection],
    result: 'list',
    returns: 'a list of records, one a point: name, point, state, reason, exitcode, output',
    examples: ['task status nightly', 'task status nightly on 1'],
  },
  {
    id: 'task.cancel',
    words: 'TASK CANCEL',
    group,
    summary:
      'Cancels a task at the points that it has not reached, and ends what runs of it, except built-in actions. One that has ended is refused.',
    arguments: [{ name: 'task', type: 'stream task', required: true, help: 'the task, or its name' }, onConnection],
    result: 'integer',
    examples: [
      'pause target 1\nqueuetask late to beta onexecute = "/usr/local/bin/late"\ntask cancel late on 1\nresume target 1',
    ],
  },
  {
    id: 'script.add',
    words: 'SCRIPT ADD',
    group,
    summary:
      'Attaches programs that a server of a connection runs when a mirror begins, stops or is complete there. The server decides whether they may run, as for tasks; a program that fails is told and never makes the mirror fail.',
    arguments: [
      { ...connection, required: true, help: 'the connection' },
      { name: 'source', type: 'server', help: 'the source' },
      {
        name: 'target',
        words: 'ON',
        type: 'server',
        required: true,
        help: 'the server that runs them: the target of the connection, or its source',
      },
      ...scriptTypes,
      { name: 'args', words: 'ARGS', type: 'text', help: 'its arguments, in one string, separated by blanks' },
      {
        name: 'delay',
        type: {
          choice: [
            { words: 'DELAY', value: 'delay' },
            { words: 'NODELAY', value: 'nodelay' },
          ],
        },
        default: 'delay',
        help: 'whether the mirror waits for its end: before it sends anything, and before it is told as complete',
      },
      {
        name: 'timeout',
        words: 'TIMEOUT',
        type: 'timeout',
        help: 'how long DELAY waits; 10 minutes when it is not given',
      },
      { ...onTimeout, help: 'what becomes of a program that outlives it: it goes on beside the mirror, or is ended' },
      interaction,
    ],
    oneOf: scriptTypes.map(({ name }) => name),
    result: 'integer',
    examples: [
      'script add 1 alpha on beta mirrorcomplete="/bin/sh" args="-c /usr/local/bin/done" nodelay nointeract',
      'script add 1 on beta mirrorstart = "/usr/local/bin/begin" mirrorstop = "/usr/local/bin/halt"',
      'script add 1 on beta prefailover = "/usr/local/bin/warn" postfailover = "/usr/local/bin/announce"',
      'script add 1 on beta prefailback = "/usr/local/bin/warn" postfailback = "/usr/local/bin/announce"',
      'script add 1 on alpha mirrorcomplete = "/usr/local/bin/thaw" delay timeout = 30 seconds ontimeout kill',
    ],
  },
  {
    id: 'script.delete',
    words: 'SCRIPT DELETE',
    group,
    summary: 'Detaches the programs of a connection: all, or those of one server or one point.',
    arguments: [
      { ...connection, required: true, help: 'the connection' },
      { name: 'target', words: 'ON', type: 'server', help: 'only those that this server runs' },
      {
        name: 'point',
        type: {
          choice: [
            { words: 'MIRRORSTART', value: 'mirrorstart' },
            { words: 'MIRRORSTOP', value: 'mirrorstop' },
            { words: 'MIRRORCOMPLETE', value: 'mirrorcomplete' },
          ],
        },
        help: 'only those at this point',
      },
    ],
    result: 'integer',
    examples: ['script delete 1', 'script delete 1 on beta mirrorstart'],
  },
  {
    id: 'script.list',
    words: 'SCRIPT LIST',
    group,
    summary: 'Lists the programs that are attached to a connection, and how each last ran.',
    arguments: [connection],
    result: 'list',
    returns: 'a list of records: server, point, program, arguments, delay, state, reason, exitcode, output',
    examples: ['script list 1'],
  },
];

/** Tasks that are not programs. The host receives the id as `command` of the task's record. */
export const builtInTasks: readonly CommandDefinition[] = [
  {
    id: 'snapshot.take',
    words: 'SNAPSHOT',
    group,
    summary: 'Takes a snapshot of the replica.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }],
    result: 'snapshot',
    examples: ['queuetask closed to beta onexecute = snapshot "day closed" timeout = 1 minute'],
  },
  {
    id: 'verify',
    words: 'VERIFY',
    group,
    summary: 'Compares the replica with the source.',
    arguments: [verifyMode],
    result: 'any',
    examples: ['queuetask checked to beta onexecute = verify report'],
  },
];
