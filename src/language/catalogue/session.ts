// The session: who one is, which servers are meant, and small questions.
import type { CommandDefinition } from './definition.ts';

const group = 'session';

export const sessionCommands: readonly CommandDefinition[] = [
  {
    id: 'login',
    words: 'LOGIN',
    alias: 'LOGON',
    group,
    summary:
      'Logs in at a server and returns the access level: 0 none, 1 monitor, 2 full. With 0 it is the next command that fails.',
    arguments: [
      { name: 'server', type: 'server', required: true, help: 'the server' },
      { name: 'user', type: 'name', required: true, help: 'the account on it' },
      { name: 'password', type: 'secret', required: true, help: "the account's password" },
    ],
    result: 'integer',
    examples: ['logon alpha operator "let me in"', '$level = login beta operator "let me in"'],
  },
  {
    id: 'source',
    words: 'SOURCE',
    group,
    summary: 'Says which server is the source for the commands that follow.',
    arguments: [{ name: 'server', type: 'server', required: true, help: 'the server' }],
    result: 'any',
    examples: ['source alpha'],
  },
  {
    id: 'target',
    words: 'TARGET',
    group,
    summary: 'Says which server is the target for the commands that follow.',
    arguments: [{ name: 'server', type: 'server', required: true, help: 'the server' }],
    result: 'any',
    examples: ['target beta', 'target 10.0.0.2'],
  },
  {
    id: 'ping',
    words: 'PING',
    group,
    summary: 'Asks a server for a sign of life and returns how long the answer took.',
    arguments: [{ name: 'server', type: 'server', help: 'the server; without it, the target' }],
    result: 'any',
    examples: ['ping beta'],
  },
  {
    id: 'version',
    words: 'VERSION',
    group,
    summary: 'Says which version the server runs.',
    arguments: [{ name: 'server', type: 'server', help: 'the server; without it, the source' }],
    result: 'any',
    examples: ['version', 'version beta'],
  },
  {
    id: 'time',
    words: 'TIME',
    group,
    summary: 'Says what time it is on the server.',
    arguments: [{ name: 'server', type: 'server', help: 'the server; without it, the source' }],
    result: 'any',
    examples: ['time'],
  },
  {
    id: 'events',
    words: 'EVENTS',
    group,
    summary: 'Lists what happened on the servers, newest last.',
    arguments: [
      { name: 'last', words: 'LAST', type: 'integer', help: 'how many at most' },
      { name: 'since', words: 'SINCE', type: 'duration', help: 'how far back' },
      { name: 'server', words: 'FROM', type: 'server', help: 'only this server' },
    ],
    result: 'any',
    examples: ['events', 'events last 20', 'events since 1 hour from beta'],
  },
  {
    id: 'help',
    words: 'HELP',
    group,
    summary: 'Explains a command, or lists all of them.',
    arguments: [{ name: 'words', type: 'words', help: 'the command' }],
    result: 'none',
    examples: ['help', 'help repset rule add'],
  },
];
