// Connections and what keeps them equal: connecting, mirroring, verifying, looking.
import type { Argument, Choice, CommandDefinition } from './definition.ts';

const comparisons: readonly Choice[] = [
  { words: 'NONE', value: 'none' },
  { words: 'ATTRibutes WHOLE', value: 'attributes-whole' },
  { words: 'ATTRibutes DELTA', value: 'attributes-delta' },
  { words: 'DATA DELTA', value: 'data-delta' },
];

const connection: Argument = {
  name: 'connection',
  type: 'connection',
  help: 'the connection; without it, the current one',
};

export const connectionCommands: readonly CommandDefinition[] = [
  {
    id: 'connect',
    words: 'CONNECT',
    group: 'connections',
    summary:
      'Connects a saved replication set of the source to a target; mirroring and replication begin at once. Returns the connection.',
    arguments: [
      { name: 'repset', type: 'name', required: true, help: 'the replication set' },
      { name: 'target', words: 'TO', type: 'server', required: true, help: 'the target' },
      {
        name: 'map',
        words: 'MAP',
        type: 'mapping',
        required: true,
        repeatable: true,
        help: 'EXACT for the same paths on the target, or which path becomes which',
      },
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
        default: 'keep',
        help: 'what happens to files that exist only on the target',
      },
      {
        name: 'name',
        words: 'NAME',
        type: 'name',
        help: "a name for the connection; without it, the replication set's",
      },
    ],
    result: 'connection',
    examples: [
      'connect sales to beta map exact',
      '$con = connect sales to beta map "/srv/sales" to "/srv/replica" mirror data delta orphans delete',
    ],
  },
  {
    id: 'disconnect',
    words: 'DISCONNECT',
    group: 'connections',
    summary: 'Ends a connection; the replica stays as it is.',
    arguments: [connection],
    result: 'any',
    examples: ['disconnect 1'],
  },
  {
    id: 'wait.mirror',
    words: 'WAIT FOR MIRROR',
    group: 'connections',
    summary: 'Waits until the mirror of a connection is complete on the target.',
    arguments: [
      connection,
      { name: 'timeout', words: 'TIMEOUT', type: 'timeout', default: 'forever', help: 'how long at most' },
    ],
    result: 'any',
    examples: ['wait for mirror 1 timeout 10 minutes'],
  },
  {
    id: 'status.con',
    words: 'STATUS CON',
    group: 'information',
    summary: 'Prints the state and the figures of a connection.',
    arguments: [connection],
    result: 'any',
    examples: ['status con 1'],
  },
  {
    id: 'mirror.start',
    words: 'MIRROR START',
    group: 'mirror',
    summary: 'Starts a mirror on a connection.',
    arguments: [
      connection,
      {
        name: 'comparison',
        type: { choice: comparisons },
        default: 'attributes-delta',
        help: 'what is compared, and whether whole files or what differs is sent',
      },
    ],
    result: 'any',
    examples: ['mirror start 1', 'mirror start 1 data delta'],
  },
  {
    id: 'mirror.stop',
    words: 'MIRROR STOP',
    group: 'mirror',
    summary: 'Stops the mirror of a connection; replication goes on.',
    arguments: [connection],
    result: 'any',
    examples: ['mirror stop 1'],
  },
  {
    id: 'verify',
    words: 'VERIFY',
    group: 'verify',
    summary: 'Compares the replica with the source and writes the verification log.',
    arguments: [
      connection,
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
    examples: ['verify 1 report', 'verify 1 repair'],
  },
];
