// Live copies: the paths that a server has taken over, and the operator's word that lets a mirror go over one.
import type { CommandDefinition } from './definition.ts';

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
    examples: ['failover 1\nlive release "/replica/sales"'],
  },
];
