// Replication sets: named lists of rules that select the files to protect. Changes live in the session until REPSET
// SAVE.
import type { Argument, CommandDefinition } from '../definition/definition.ts';

const group = 'replication sets';

const nameOrCurrent: Argument = {
  name: 'name',
  type: 'name',
  help: 'the replication set; without it, the current one',
};

export const replicationSetCommands: readonly CommandDefinition[] = [
  {
    id: 'repset.create',
    words: 'REPSET CREATE',
    group,
    summary: 'Makes a replication set and makes it the current one. One that is saved under this name is begun anew.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }],
    result: 'integer',
    examples: ['repset create sales', 'repset create "Sales Data"'],
  },
  {
    id: 'repset.use',
    words: 'REPSET USE',
    group,
    summary: 'Makes a replication set the current one.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'the replication set' }],
    result: 'integer',
    examples: ['repset use sales'],
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
    result: 'integer',
    examples: [
      'repset rule add "/srv/sales" include to sales',
      'repset rule add /srv/sales/*.tmp exclude to sales',
      'repset rule add /srv/archive include norecursive to sales',
    ],
  },
  {
    id: 'repset.rule.remove',
    words: 'REPSET RULE REMOVE',
    group,
    summary: 'Removes the rule for a path from a replication set.',
    arguments: [
      { name: 'path', type: 'path', required: true, help: 'the path, as it was added' },
      { name: 'repset', words: 'FROM', type: 'name', help: 'the replication set; without it, the current one' },
    ],
    result: 'integer',
    examples: ['repset rule remove "/srv/sales/cache" from sales'],
  },
  {
    id: 'repset.save',
    words: 'REPSET SAVE',
    group,
    summary: 'Saves a replication set; needed before CONNECT.',
    arguments: [nameOrCurrent],
    result: 'integer',
    examples: ['repset save sales', 'repset use sales\nrepset save'],
  },
  {
    id: 'repset.delete',
    words: 'REPSET DELETE',
    group,
    summary: 'Deletes a replication set. One that a connection of the source uses cannot be deleted.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'the replication set' }],
    result: 'integer',
    examples: ['disconnect 1\nrepset delete sales'],
  },
  {
    id: 'repset.list',
    words: 'REPSET LIST',
    group,
    summary: 'Lists the replication sets, with their rules.',
    arguments: [],
    result: 'list',
    returns: 'a list of records: name, saved',
    examples: ['repset list'],
  },
  {
    id: 'repset.display',
    words: 'REPSET DISPLAY',
    group,
    summary:
      'Shows the rules of a replication set, one a line: its path, inc or exc, and rec where folders below belong to it.',
    arguments: [nameOrCurrent],
    result: 'list',
    returns: 'a list of records: path, action, recursive',
    examples: ['repset display sales'],
  },
  {
    id: 'repset.calc',
    words: 'REPSET CALC',
    group,
    summary: 'Calculates how much a replication set protects on the source, by walking through its folders.',
    arguments: [nameOrCurrent],
    result: 'record',
    returns: 'a record: bytes, files, directories',
    examples: ['repset calc sales'],
  },
];
