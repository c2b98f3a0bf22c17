// Replication sets: what is to be protected, as a named list of rules.
import type { CommandDefinition } from './definition.ts';

const group = 'replication sets';

export const replicationSetCommands: readonly CommandDefinition[] = [
  {
    id: 'repset.create',
    words: 'REPSET CREATE',
    group,
    summary: 'Makes a replication set and makes it the current one.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }],
    result: 'any',
    examples: ['repset create sales', 'repset create "Sales Data"'],
  },
  {
    id: 'repset.rule.add',
    words: 'REPSET RULE ADD',
    group,
    summary: 'Adds a rule to a replication set: a path to include or to exclude. The path need not exist yet.',
    arguments: [
      { name: 'path', type: 'path', required: true, help: 'a folder, a file, or a wildcard' },
      {
        name: 'action',
        type: {
          choice: [
            { words: 'INCLude', value: 'include' },
            { words: 'EXCLude', value: 'exclude' },
          ],
        },
        default: 'include',
        help: 'whether what the path names is protected or left out',
      },
      {
        name: 'depth',
        type: {
          choice: [
            { words: 'RECursive', value: 'recursive' },
            { words: 'NORECursive', value: 'flat' },
          ],
        },
        default: 'recursive',
        help: 'whether folders below belong to it',
      },
      { name: 'repset', words: 'TO', type: 'name', help: 'the replication set; without it, the current one' },
    ],
    result: 'any',
    examples: [
      'repset rule add "/srv/sales" include to sales',
      'repset rule add /srv/sales/*.tmp exclude norecursive to sales',
    ],
  },
  {
    id: 'repset.save',
    words: 'REPSET SAVE',
    group,
    summary: 'Saves a replication set; needed before CONNECT.',
    arguments: [{ name: 'name', type: 'name', help: 'the replication set; without it, the current one' }],
    result: 'any',
    examples: ['repset save', 'repset save sales'],
  },
  {
    id: 'repset.list',
    words: 'REPSET LIST',
    group,
    summary: 'Lists the replication sets of the source.',
    arguments: [],
    result: 'any',
    examples: ['repset list'],
  },
];
