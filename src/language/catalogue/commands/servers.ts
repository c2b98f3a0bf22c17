// Servers: commands for the known servers, their settings, their accounts and their secrets.
import type { CommandDefinition } from '../definition/definition.ts';
import { onServer } from '../definition/recurring-arguments.ts';

const group = 'server';

const setting = { name: 'name', type: 'name', help: 'the setting, such as queue.alertPercent' } as const;

const account = { name: 'user', type: 'name', required: true, help: 'the name of the account' } as const;

const credential = { name: 'name', type: 'name', required: true, help: 'the name of the credential' } as const;

const onTarget = { name: 'server', words: 'ON', type: 'server', help: 'the server; without it, the target' } as const;

export const serverCommands: readonly CommandDefinition[] = [
  {
    id: 'get',
    words: 'GET',
    group,
    summary: 'Shows a setting of a server, or all of them (docs/configuration.md).',
    arguments: [setting, onServer],
    result: 'any',
    returns: 'the value as a string, or a record of all settings',
    examples: ['get queue.alertPercent on alpha', 'get on beta'],
  },
  {
    id: 'set',
    words: 'SET',
    group,
    summary:
      'Changes a setting of a server, from its next start on. What lets others act on a server is set in its server.json alone.',
    arguments: [
      { ...setting, required: true },
      { name: 'value', words: 'TO', type: 'text', required: true, help: 'its new value' },
      onServer,
    ],
    result: 'integer',
    examples: ['set queue.alertPercent to 80 on alpha', 'set queue.disk to unlimited'],
  },
  {
    id: 'server.add',
    words: 'SERVER ADD',
    group,
    summary:
      'Pairs the server of this home with another one, which becomes a target of it; the code says what this one may do there (docs/configuration.md).',
    arguments: [
      { name: 'address', type: 'address', required: true, help: 'host:port where the other one accepts links' },
      {
        name: 'code',
        words: 'CODE',
        type: 'secret',
        required: true,
        help: 'the one-time code that understudy pair printed there',
      },
    ],
    result: 'record',
    returns: 'a record: name, fingerprint',
    examples: ['server add "10.0.0.2:6320" code "ABCD-EFGH-JKLM"'],
  },
  {
    id: 'server.remove',
    words: 'SERVER REMOVE',
    group,
    summary: 'Ends the trust in a server: it can no longer call the server of this home, nor be called.',
    arguments: [{ name: 'name', type: 'server', required: true, help: 'the server' }],
    result: 'integer',
    danger: { effect: 'the two servers trust each other no longer, and their links end' },
    examples: ['server remove gamma'],
  },
  {
    id: 'server.list',
    words: 'SERVER LIST',
    group,
    summary: 'Lists the servers that a script of this home can name.',
    arguments: [],
    result: 'list',
    returns: 'a list of records: name, address, access',
    examples: ['server list'],
  },
  {
    id: 'server.group.add',
    words: 'SERVER GROUP ADD',
    group,
    summary: 'Adds a server to a group, which is made when there is none of the name.',
    arguments: [
      { name: 'group', type: 'name', required: true, help: 'the group' },
      { name: 'name', type: 'server', required: true, help: 'the server' },
    ],
    result: 'integer',
    examples: ['server group add branches alpha'],
  },
  {
    id: 'server.group.remove',
    words: 'SERVER GROUP REMOVE',
    group,
    summary: 'Removes a server from a group; the group goes with its last one.',
    arguments: [
      { name: 'group', type: 'name', required: true, help: 'the group' },
      { name: 'name', type: 'server', required: true, help: 'the server' },
    ],
    result: 'integer',
    examples: ['server group remove offices alpha'],
  },
  {
    id: 'server.group.list',
    words: 'SERVER GROUP LIST',
    group,
    summary: 'Lists the servers of a group, or all groups.',
    arguments: [{ name: 'group', type: 'name', help: 'the group' }],
    result: 'list',
    returns: 'a list of names: the servers of the group, or the groups',
    examples: ['server group list offices', 'server group list'],
  },
  {
    id: 'account.add',
    words: 'ACCOUNT ADD',
    group,
    summary: 'Makes an account for LOGIN on a server, or gives one a new password.',
    arguments: [
      account,
      { name: 'password', words: 'PASSWORD', type: 'secret', required: true, help: 'its password' },
      {
        name: 'access',
        words: 'ACCESS',
        type: {
          choice: [
            { words: 'FULL', value: 'full' },
            { words: 'MONitor', value: 'monitor' },
            { words: 'NONE', value: 'none' },
          ],
        },
        default: 'monitor',
        help: 'what it may: everything, only look, or nothing',
      },
      onServer,
    ],
    result: 'integer',
    examples: ['account add night password "only to look" access monitor on alpha'],
  },
  {
    id: 'account.remove',
    words: 'ACCOUNT REMOVE',
    group,
    summary: 'Removes an account of a server.',
    arguments: [account, onServer],
    result: 'integer',
    examples: ['account remove operator on alpha'],
  },
  {
    id: 'account.list',
    words: 'ACCOUNT LIST',
    group,
    summary: 'Lists the accounts of a server; passwords are known to nobody.',
    arguments: [onServer],
    result: 'list',
    returns: 'a list of records: user, access',
    examples: ['account list', 'account list on beta'],
  },
  {
    id: 'credential.set',
    words: 'CREDential SET',
    group,
    summary: 'Stores a secret on a server, sealed, for the commands that take a CREDENTIAL.',
    arguments: [
      credential,
      {
        name: 'secret',
        words: 'SECRET',
        type: 'secret',
        required: true,
        help: 'the secret; a PARAM AS secret keeps it out of the script',
      },
      onTarget,
    ],
    result: 'integer',
    examples: [
      'credential set dnskey secret "bm90IGEgcmVhbCBrZXk="',
      'credential set dnskey secret "bm90IGEgcmVhbCBrZXk=" on beta',
    ],
  },
  {
    id: 'credential.test',
    words: 'CREDential TEST',
    group,
    summary: 'Tests whether a credential is there and can be opened with the key of the server.',
    arguments: [credential, onTarget],
    result: 'integer',
    examples: ['credential test dnskey', 'credential test dnskey on beta'],
  },
  {
    id: 'credential.list',
    words: 'CREDential LIST',
    group,
    summary: 'Lists the credentials of a server; their secrets are shown nowhere.',
    arguments: [onTarget],
    result: 'list',
    returns: 'a list of records: name, changed',
    examples: ['credential list', 'credential list on beta'],
  },
  {
    id: 'credential.remove',
    words: 'CREDential REMOVE',
    group,
    summary: 'Removes a credential from a server.',
    arguments: [credential, onTarget],
    result: 'integer',
    examples: ['credential remove dnskey', 'credential remove dnskey on beta'],
  },
  {
    id: 'email.test',
    words: 'EMAIL TEST',
    group,
    summary: 'Sends a message to see whether e-mail works.',
    arguments: [{ name: 'address', words: 'TO', type: 'text', help: 'to whom; without it, to whom events go' }],
    result: 'integer',
    examples: ['email test to "operator@example.com"'],
    availability: {
      missing: 'a server sends no e-mail yet',
      instead: 'EVENTS shows what happened; events/ in the home of the server holds the same as JSON lines',
    },
  },
  {
    id: 'shutdown',
    words: 'SHUTDOWN',
    group,
    summary: 'Stops a server: queues are made durable, and connections go on at its next start.',
    arguments: [{ name: 'server', type: 'server', required: true, help: 'the server' }],
    result: 'integer',
    danger: { effect: 'the server stops, and nothing is replicated until somebody starts it again' },
    examples: ['shutdown beta'],
  },
];
