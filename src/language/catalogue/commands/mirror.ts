// Mirror, replication, verification and orphans: commands that keep a replica equal, or check that it is.
import type { CommandDefinition } from '../definition/definition.ts';
import { at, comparisons, connection, every, verifyMode } from '../definition/recurring-arguments.ts';

export const mirrorCommands: readonly CommandDefinition[] = [
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
        help: 'what is compared, and whether whole files or what differs is sent; NONE compares nothing and sends everything',
      },
    ],
    result: 'integer',
    examples: ['mirror start 1', 'mirror start 1 data delta'],
  },
  {
    id: 'mirror.stop',
    words: 'MIRROR STOP',
    group: 'mirror',
    summary: 'Stops the mirror of a connection; replication goes on.',
    arguments: [connection],
    result: 'integer',
    examples: ['mirror stop 1'],
  },
  {
    id: 'mirror.pause',
    words: 'MIRROR PAUSE',
    group: 'mirror',
    summary:
      'Pauses the mirror of a connection: nothing more of it is sent, and its place is kept. What changes meanwhile follows when the mirror has come to its end.',
    arguments: [connection],
    result: 'integer',
    examples: ['mirror start 1 data delta\nmirror pause 1'],
  },
  {
    id: 'mirror.resume',
    words: 'MIRROR RESUME',
    group: 'mirror',
    summary:
      'Lets a paused mirror go on where it was; when its source was restarted meanwhile, it begins anew, and sends only what differs.',
    arguments: [connection],
    result: 'integer',
    examples: ['mirror start 1 data delta\nmirror pause 1\nmirror resume 1'],
  },
  {
    id: 'replication.start',
    words: 'REPLication START',
    group: 'mirror',
    summary:
      'Starts replication on a connection, with a mirror for what was missed; nothing happens when it is not stopped.',
    arguments: [connection],
    result: 'integer',
    examples: ['replication start 1', 'replication stop 1\nreplication start 1'],
  },
  {
    id: 'replication.stop',
    words: 'REPLication STOP',
    group: 'mirror',
    summary:
      'Stops replication on a connection: changes are neither sent nor queued, a mirror that runs ends, and the data of the target counts as Mirror Required until REPLICATION START.',
    arguments: [connection],
    result: 'integer',
    examples: ['replication stop 1'],
  },
  {
    id: 'verify',
    words: 'VERIFY',
    group: 'verify',
    summary:
      'Compares the replica with the source and writes the verification log. With EVERY or AT it is the source that does it then, by a schedule.',
    arguments: [connection, verifyMode, every, at],
    result: 'any',
    returns:
      'a record: same, compared, different, missing, unsettled, surplus, remirrored, bytes, log; with EVERY or AT, the schedule',
    progress: { shows: 'verification', at: 'source' },
    examples: [
      'verify 1 report',
      'verify 1 repair',
      'verify 1 report every 1 day at 2:00',
      'verify 1 report at 2030-01-01T02:00:00Z',
    ],
  },
  {
    id: 'orphans.list',
    words: 'ORPHANS LIST',
    group: 'verify',
    summary: 'Lists what exists only on the target, which a verification finds out.',
    arguments: [connection],
    result: 'list',
    returns: 'a list of paths, at most a thousand',
    examples: ['orphans list 1'],
  },
  {
    id: 'orphans.delete',
    words: 'ORPHANS DELete',
    group: 'verify',
    summary:
      'Deletes what exists only on the target, by a mirror: also what the connection keeps, and deletions that were held back because the source seemed to be gone.',
    arguments: [connection],
    result: 'integer',
    danger: { effect: 'everything that exists only on the target is deleted there' },
    examples: ['orphans delete 1'],
  },
  {
    id: 'orphans.move',
    words: 'ORPHANS MOVE',
    group: 'verify',
    summary: 'Moves what exists only on the target to a folder.',
    arguments: [
      connection,
      { name: 'folder', words: 'TO', type: 'path', required: true, help: 'the folder on the target' },
    ],
    result: 'integer',
    examples: ['orphans move 1 to "/srv/orphans"'],
    availability: {
      missing: 'the engine cannot move orphans yet',
      instead: 'ORPHANS LIST names them; a task on the target can move them',
    },
  },
];
