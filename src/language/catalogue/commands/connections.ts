// Connections: each protects a replication set of a source by a replica on a target.
import type { Argument, CommandDefinition } from '../definition/definition.ts';
import { comparisons, compressionChoices, compressionLevel, connection } from '../definition/recurring-arguments.ts';

const group = 'connections';

const connectOptions: readonly Argument[] = [
  {
    name: 'mirror',
    words: 'MIRROR',
    type: { choice: comparisons },
    default: 'attributes-delta',
    help: 'what the mirror compares, and whether it sends whole files or what differs; NONE compares nothing and sends everything',
  },
  {
    name: 'orphans',
    words: 'ORPHANS',
    type: {
      choice: [
        { words: 'KEEP', value: 'keep' },
        { words: 'DELete', value: 'delete' },
      ],
    },
    default: 'delete',
    help: 'what happens to files that exist only on the target; KEEP leaves those that were there before the first mirror, all others the source had and lost',
  },
  {
    name: 'name',
    words: 'NAME',
    type: 'name',
    help: "a name for the connection; without it, the replication set's",
  },
  {
    name: 'compression',
    words: 'COMPRESSion',
    type: { choice: compressionChoices },
    help: 'whether data is compressed on its way; without it, as for the other connections to that address, else not',
  },
  compressionLevel,
  {
    name: 'bandwidth',
    words: 'BANDwidth',
    type: 'rate',
    help: 'how fast data may be sent at most, from 3500 bytes per second; it holds for all connections to that address',
  },
  {
    name: 'route',
    words: 'ROUTE',
    type: 'address',
    help: 'the address of the target to send to, HOST or HOST:PORT; without it, the one of the pairing',
  },
  {
    name: 'capture',
    words: 'CAPTURE',
    type: {
      choice: [
        { words: 'WATCH', value: 'watch' },
        { words: 'FILTER', value: 'filter' },
        { words: 'AUTO', value: 'auto' },
      ],
    },
    help: 'how changes of the workload are captured: FILTER mounts a filter over the folders, which sees every write in order, so that the replica is always a state that the source had; WATCH notices that something changed, and the replica becomes equal; AUTO is FILTER where a filter can be mounted and nobody uses the folders yet; without it, as the source is configured',
  },
];

export const connectionCommands: readonly CommandDefinition[] = [
  {
    id: 'connect',
    words: 'CONNECT',
    group,
    summary:
      'Connects a saved replication set of the source to a target; mirroring and replication begin at once. Returns the connection.',
    arguments: [
      { name: 'repset', type: 'name', required: true, help: 'the replication set' },
      {
        name: 'tdu',
        words: 'TO TDU',
        type: 'path',
        bare: 'statistic.sts',
        help: 'no target: a throughput diagnosis, which captures, mirrors, compresses and counts as for one, and lets go of everything; its figures go, a line a minute, to this file of the source, an absolute path or a name among its logs; without one, statistic.sts. STATUS JOB and DISCONNECT say what bandwidth a target would need',
      },
      { name: 'target', words: 'TO', type: 'server', required: true, unless: 'tdu', help: 'the target' },
      {
        name: 'map',
        words: 'MAP',
        type: 'mapping',
        required: true,
        unless: 'tdu',
        repeatable: true,
        help: 'EXACT for the same paths on the target, or which path becomes which',
      },
      ...connectOptions,
    ],
    result: 'connection',
    returns: 'the connection; it compares as its positive number, the connection ID',
    examples: [
      'connect archive to beta map exact name "archive again"',
      '$con = connect archive to beta map "/srv/archive" to "/srv/replica" mirror data delta orphans delete',
      'connect archive to TDU',
      '$con = connect archive to TDU "/srv/figures.csv" compression on level 5',
      'connect archive to beta map exact route 10.0.0.2',
      'connect archive to beta map exact capture filter',
      'connect archive to beta map exact compression on level 5 bandwidth 10 MB/s',
      'connect archive to beta map exact capture watch compression none',
    ],
  },
  {
    id: 'disconnect',
    words: 'DISCONnect',
    group,
    summary:
      'Ends a connection; the replica stays as it is. After a failover only the side ends at which it is said, and the live copy stays protected (LIVE LIST).',
    arguments: [connection],
    result: 'integer',
    danger: {
      effect: 'this side of a connection that has failed over ends, and with it the report of that failover',
      only: 'live copy',
    },
    progress: { shows: 'queue', at: 'source' },
    examples: ['disconnect 1'],
  },
  {
    id: 'start',
    words: 'START',
    group,
    summary:
      'Starts a connection that was stopped, with a mirror, or lets a paused one go on where it was, as all connections to that address.',
    arguments: [connection],
    result: 'integer',
    examples: ['start 1'],
  },
  {
    id: 'pause',
    words: 'PAUSE',
    group,
    summary:
      'Pauses a connection, and all others to that address of its target: nothing is sent, changes are queued on the source.',
    arguments: [connection],
    result: 'integer',
    examples: ['pause 1'],
  },
  {
    id: 'stop',
    words: 'STOP',
    group,
    summary: 'Stops a connection: nothing is sent and nothing is queued until START, which begins with a mirror.',
    arguments: [connection],
    result: 'integer',
    examples: ['stop 1'],
  },
  {
    id: 'pause.target',
    words: 'PAUSE TARGET',
    group,
    summary:
      'Pauses the target of a connection, for all connections from that source: it receives and queues, and applies nothing.',
    arguments: [connection],
    result: 'integer',
    examples: ['pause target 1'],
  },
  {
    id: 'resume.target',
    words: 'RESUME TARGET',
    group,
    summary: 'Lets a paused target apply again.',
    arguments: [connection],
    result: 'integer',
    examples: ['resume target 1'],
  },
  {
    id: 'edit',
    words: 'EDIT',
    group,
    summary:
      'Changes what a connection was made with, while it runs; the source keeps it and tells the target. What it forces is said before it is done: nothing for most options, a new link for ROUTE, a new start with a mirror for CAPTURE. COMPRESSION, BANDWIDTH and ROUTE are those of all connections to that address, which are named.',
    arguments: [connection, ...connectOptions.map(withoutDefault)],
    oneOf: connectOptions.map(({ name }) => name),
    result: 'record',
    returns:
      'a record: code, revision (how often it was edited), forces (nothing, reconnect or mirror), changed (a list of the options that became others) and sharing (a list of the other connections that send in the same way)',
    danger: {
      effect:
        'a change of CAPTURE starts the connection anew, with a mirror, until which the replica is not whole; one of ROUTE makes the link anew; with ORPHANS DELETE the next mirror deletes what KEEP has kept',
      given: ['orphans', 'route', 'capture'],
    },
    examples: [
      'edit 1 mirror data delta orphans delete',
      'edit 1 name "sales by night" compression on level 5 bandwidth 5 MB/s route 10.0.0.2 capture watch',
    ],
  },
  {
    id: 'validate',
    words: 'VALIDATE',
    group,
    summary:
      'Checks a connection: whether both servers answer, know it, agree on its options and on the time, and hold what a failover needs.',
    arguments: [
      connection,
      {
        name: 'fix',
        type: { choice: [{ words: 'FIX', value: 'fix' }] },
        help: 'starts a mirror where one is required',
      },
    ],
    result: 'record',
    returns: 'a record: valid, and items, a list of records with item, state (ok, warning, error) and text',
    examples: ['validate 1', 'validate 1 fix'],
  },
  {
    id: 'wait.mirror',
    words: 'WAIT FOR MIRROR',
    group,
    summary: 'Waits until the mirror of a connection is complete on the target.',
    arguments: [
      connection,
      { name: 'timeout', words: 'TIMEOUT', type: 'timeout', default: 'forever', help: 'how long at most' },
    ],
    waits: true,
    result: 'integer',
    progress: { shows: 'mirror', at: 'source' },
    examples: ['wait for mirror 1 timeout 10 minutes'],
  },
];

/** The same argument for a command that changes settings: without a value the setting stays as it is. */
function withoutDefault({ default: _, ...argument }: Argument): Argument {
  return argument;
}
