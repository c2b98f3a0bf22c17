// Monitors and failover: noticing that a source is gone, and taking its place.
import type { Argument, Choice, CommandDefinition } from '../definition/definition.ts';
import { connection } from '../definition/recurring-arguments.ts';

const queueActions: readonly Choice[] = [
  { words: 'APPLY', value: 'apply' },
  { words: 'DISCARD', value: 'discard' },
  { words: 'REVERT', value: 'revert' },
];

const latestSnapshot: Argument = {
  name: 'latest',
  type: { choice: [{ words: 'TO LATEST SNAPSHOT', value: 'latest' }] },
  help: 'go back to the newest good snapshot that there is when it fails over; without one the failover fails',
};

const failoverQueue: Argument = {
  name: 'queue',
  words: 'QUEUE',
  type: { choice: queueActions },
  default: 'apply',
  help: "what happens to data that waits in the target's queue; REVERT goes back to the last good snapshot if the target is bad",
};

const failoverArguments: readonly Argument[] = [
  {
    name: 'mode',
    type: {
      choice: [
        { words: 'LIVE', value: 'live' },
        {
          words: 'TEST',
          value: 'test',
          availability: {
            missing: 'a failover cannot be tried on live data yet',
            instead: 'EXPLAIN FAILOVER says what one would do; SNAPSHOT TAKE keeps the state of before',
          },
        },
      ],
    },
    default: 'live',
    help: 'take over, or only try whether it would work',
  },
  failoverQueue,
  { name: 'snapshot', words: 'TO SNAPSHOT', type: 'snapshot', help: 'the snapshot to go back to' },
  latestSnapshot,
  {
    name: 'time',
    words: 'TO TIME',
    type: 'moment',
    help: 'goes back to the last good snapshot that was taken by then, and says of which instant it is; a time of day is the last one',
  },
];

const monitorName: Argument = { name: 'monitor', type: 'monitor', required: true, help: 'the monitor, or its name' };

export const failoverCommands: readonly CommandDefinition[] = [
  {
    id: 'monitor.create',
    words: 'MONITOR CREATE',
    group: 'failover',
    summary:
      'Makes a monitor on the target that watches the source and fails over when it is gone; it watches also while the connection is paused or stopped.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      {
        name: 'connection',
        words: 'ON',
        type: 'connection',
        help: 'the connection whose source is watched; without it, the current one',
      },
      {
        name: 'interval',
        words: 'INTERVAL',
        type: 'duration',
        help: 'the time between an answer, or a failure, and the next check, 10 seconds without it; 0 checks again at once',
      },
      {
        name: 'total',
        words: 'TOTAL',
        type: 'duration',
        help: 'the source counts as gone when no check has succeeded for so long, exactly; without FAILURES it is 5 minutes. Short times are for critical sources on redundant links, long ones for slow networks, or where a restart of the source should not lead to a failover',
      },
      {
        name: 'failures',
        words: 'FAILURES',
        type: 'integer',
        rule: 'count',
        bare: 20,
        help: 'instead of TOTAL: how many checks must fail in a row, 20 without a number; a check that gets no answer takes 5 seconds, so the time is not exact. If the machine of the source answers an echo (ICMP) when the monitor is made, each check begins with one, and when that fails the probe is left out',
      },
      {
        name: 'service',
        type: { choice: [{ words: 'PROBE SERVICE', value: 'service' }] },
        help: "asks the source's server; what is asked when there is no PROBE",
      },
      {
        name: 'network',
        words: 'PROBE NETWORK',
        type: 'address',
        repeatable: true,
        bare: '',
        help: 'makes a TCP connection to host:port',
      },
      {
        name: 'ping',
        words: 'PROBE PING',
        type: 'address',
        repeatable: true,
        help: 'asks a host for an echo (ICMP)',
      },
      {
        name: 'program',
        words: 'PROBE PROGRAM',
        type: 'text',
        repeatable: true,
        help: "runs a program of the target, with its arguments in the same string and without a shell; it must end with code 0, and the target's tasks.allow must have it",
      },
      {
        name: 'address',
        words: 'ADDRESS',
        type: 'address',
        help: 'the host:port of a PROBE NETWORK that has none',
      },
      {
        name: 'fails',
        words: 'FAILS WHEN',
        type: {
          choice: [
            { words: 'ALL', value: 'all' },
            { words: 'ANY', value: 'any' },
          ],
        },
        default: 'all',
        help: 'with several probes, a check fails when all of them fail, or when any of them does',
      },
      {
        name: 'start',
        type: {
          choice: [
            { words: 'AUTOmatic', value: 'automatic' },
            { words: 'WAITuser', value: 'wait' },
          ],
        },
        default: 'automatic',
        help: 'fail over without a person, or wait in the state Failover Condition Met for MONITOR IMPLEMENT or MONITOR DISMISS',
      },
      failoverQueue,
      latestSnapshot,
      {
        name: 'begin',
        type: {
          choice: [
            { words: 'STARTed', value: 'started' },
            { words: 'STOPped', value: 'stopped' },
          ],
        },
        default: 'started',
        help: 'watch from now on, or not before MONITOR START',
      },
    ],
    result: 'monitor',
    returns: 'the monitor',
    examples: [
      'monitor create guard on 1 interval 1 second failures 5',
      'monitor create guard total 30 seconds probe network "10.0.0.1:22" waituser',
      'monitor create guard total 30 seconds probe network address "10.0.0.1:22" automatic',
      'monitor create guard on 1 probe service probe ping "10.0.0.1" probe program "/usr/local/bin/ask-sales --fast" fails when any',
      'monitor create guard on 1 failures interval 0 queue revert stopped',
      'monitor create guard on 1 total 1 minute to latest snapshot queue discard',
    ],
  },
  {
    id: 'monitor.start',
    words: 'MONITOR START',
    group: 'failover',
    summary: 'Starts a monitor.',
    arguments: [monitorName],
    result: 'integer',
    examples: ['monitor start watch'],
  },
  {
    id: 'monitor.stop',
    words: 'MONITOR STOP',
    group: 'failover',
    summary: 'Stops a monitor; it keeps its settings.',
    arguments: [monitorName],
    result: 'integer',
    examples: ['monitor stop watch'],
  },
  {
    id: 'monitor.implement',
    words: 'MONITOR IMPLEMENT',
    group: 'failover',
    summary: 'Answers a monitor that waits for a person (Failover Condition Met): fails over, as it was made to.',
    arguments: [monitorName],
    result: 'integer',
    danger: { effect: 'the target takes over, and the source is fenced: what it still writes is lost' },
    examples: ['monitor implement asking'],
  },
  {
    id: 'monitor.dismiss',
    words: 'MONITOR DISMISS',
    group: 'failover',
    summary:
      'Answers a monitor that waits for a person (Failover Condition Met): does not fail over. It watches on, and a source that stays silent leads to a new notice.',
    arguments: [monitorName],
    result: 'integer',
    examples: ['monitor dismiss asking'],
  },
  {
    id: 'monitor.delete',
    words: 'MONITOR DELETE',
    group: 'failover',
    summary: 'Stops a monitor and forgets it.',
    arguments: [monitorName],
    result: 'integer',
    examples: ['monitor delete watch'],
  },
  {
    id: 'monitor.list',
    words: 'MONITOR LIST',
    group: 'failover',
    summary: 'Lists the monitors and what each last saw.',
    arguments: [],
    result: 'list',
    returns: 'a list of records: name, state, failures, evidence',
    examples: ['monitor list'],
  },
  {
    id: 'monitor.display',
    words: 'MONITOR DISPLAY',
    group: 'failover',
    summary: 'Shows what a monitor watches, how, and what it saw.',
    arguments: [monitorName],
    result: 'record',
    returns: 'a record: name, state, probe, interval, condition, start, failover, failures, last, evidence',
    examples: ['monitor display watch'],
  },
  {
    id: 'failover',
    words: 'FAILOVER',
    group: 'failover',
    summary: "Lets the target take the source's place.",
    arguments: [
      connection,
      ...failoverArguments,
      {
        name: 'force',
        type: { choice: [{ words: 'FORCE', value: 'force' }] },
        help: 'take over also when the witness says that the source is there, or does not answer; then both sides may be written to',
      },
    ],
    result: 'record',
    returns: 'a record: complete, loss, applied, discarded, duration',
    danger: { effect: 'the target takes over, and the source is fenced: what it still writes is lost' },
    progress: { shows: 'queue', at: 'target' },
    examples: [
      'failover 1 live queue apply',
      'failover 1 to snapshot "before upgrade" queue discard',
      'failover 1 to latest snapshot',
      'failover 1 force',
      'failover 1 test',
      'snapshot take hourly on 1\n$then = now()\nfailover 1 to time $then queue discard',
    ],
  },
  {
    id: 'failover.undo',
    words: 'UNDO FAILOVER',
    group: 'failover',
    summary:
      'Undoes a failover: the source goes on with a mirror; what was written on the target is kept as a snapshot. Only at its prompt.',
    arguments: [connection],
    result: 'integer',
    danger: {
      effect: 'the replica becomes equal to the source again: what was written to it since is only in a snapshot then',
    },
    examples: ['failover 1\nundo failover 1\nwait for mirror 1 timeout 1 minute'],
  },
  {
    id: 'failover.reverse',
    words: 'REVERSE',
    group: 'failover',
    summary: 'Turns a connection round after a failover: what was the target protects itself to the repaired source.',
    arguments: [connection],
    result: 'connection',
    examples: ['reverse 1'],
    availability: {
      missing: 'a connection cannot be turned round yet',
      instead:
        'use DISCONNECT on the old source, then CONNECT in the other direction: SOURCE is the old target, TO the old source',
    },
  },
  {
    id: 'failover.explain',
    words: 'EXPLAIN FAILOVER',
    group: 'failover',
    summary: 'Says what a failover would do now, and what it would lose, and does nothing.',
    arguments: [connection],
    result: 'record',
    returns: 'a record: possible, waiting, loss, paths, monitors, witness, reason',
    examples: ['explain failover 1'],
  },
];

/** The commands of this group that may be a task of QUEUETASK; they act on the connection of the task. */
export const failoverTasks: readonly CommandDefinition[] = [
  {
    id: 'failover',
    words: 'FAILOVER',
    group: 'stream tasks',
    summary: "Lets the target take the source's place.",
    arguments: failoverArguments,
    result: 'any',
    examples: ['queuetask handover to beta onexecute = failover live queue apply'],
  },
];

/** Commands that list the paths which a server has taken over, and release one so that a mirror may overwrite it. */
export const liveCopyCommands: readonly CommandDefinition[] = [
  {
    id: 'live.list',
    words: 'LIVE LIST',
    group: 'failover',
    summary:
      'Lists the paths that the target has taken over: no mirror may go over them, also when their connection has ended.',
    arguments: [],
    result: 'list',
    returns: 'a list of records: path, epoch, connection, source, since, released',
    examples: ['live list'],
  },
  {
    id: 'live.release',
    words: 'LIVE RELEASE',
    group: 'failover',
    summary:
      'Lets the next CONNECT mirror over a path that the target has taken over; the live copy is kept as a snapshot of that connection first. Only at the prompt of that server itself.',
    arguments: [{ name: 'path', type: 'path', required: true, help: 'the path, as LIVE LIST shows it' }],
    result: 'integer',
    danger: { effect: 'the next connection to this path may mirror over the live copy' },
    examples: ['failover 1\nlive release "/replica/sales"'],
  },
];
