// Information: the present state of servers and connections, and their past; and what a script asks of its own machine.
import type { CommandDefinition } from '../definition/definition.ts';
import { connection, onServer } from '../definition/recurring-arguments.ts';

const group = 'information';

export const informationCommands: readonly CommandDefinition[] = [
  {
    id: 'status',
    words: 'STATUS',
    group,
    summary: 'Prints the state of a server and of all its connections; with a connection, what STATUS CON prints.',
    arguments: [{ ...connection, help: 'only this connection' }, onServer],
    result: 'any',
    returns: 'a list of the records that STATUS CON returns; with a connection that record',
    examples: ['status', 'status 1', 'status on beta'],
  },
  {
    id: 'status.con',
    words: 'STATUS CON',
    group,
    summary: 'Prints the state and the figures of a connection.',
    arguments: [connection],
    result: 'record',
    returns: 'a record of the properties of the connection: id, name, health, mirror, replication, queue, …',
    examples: ['status con 1', 'status con'],
  },
  {
    id: 'status.job',
    words: 'STATUS JOB',
    group,
    summary: 'Prints everything that is known of a connection.',
    arguments: [connection],
    result: 'record',
    returns: 'a record of the properties of the connection: id, name, health, mirror, replication, queue, …',
    examples: ['status job 1'],
  },
  {
    id: 'statistics',
    words: 'STATistics',
    group,
    summary: 'Prints the figures of all connections of a server, one a line.',
    arguments: [onServer],
    result: 'list',
    returns:
      'a list of records: connection, name, target, mirrored, mirrorqueue, replicated, replicationqueue, memoryqueue, diskqueue, operations',
    examples: ['statistics', 'statistics on beta'],
  },
  {
    id: 'events',
    words: 'EVENTS',
    group,
    summary: 'Lists what happened on the servers, newest last.',
    arguments: [
      { name: 'last', words: 'LAST', type: 'integer', rule: 'count', help: 'how many at most' },
      { name: 'since', words: 'SINCE', type: 'duration', help: 'how far back' },
      { name: 'server', words: 'FROM', type: 'server', help: 'only this server' },
    ],
    result: 'list',
    returns: 'a list of records: id, severity, time, server, message',
    examples: ['events', 'events last 20', 'events since 1 hour from beta'],
  },
  {
    id: 'log',
    words: 'LOG',
    group,
    summary: "Shows the end of a server's log.",
    arguments: [
      { name: 'last', words: 'LAST', type: 'integer', rule: 'count', default: 20, help: 'how many lines at most' },
      onServer,
    ],
    result: 'list',
    returns: 'a list of lines, each a JSON object',
    examples: ['log', 'log last 100 on beta'],
  },
  {
    id: 'diagnostics.gather',
    words: 'DIAGnostics GATHER',
    group,
    summary:
      'Writes what support needs to know of the source and the target into a new file: reports, events, settings, logs; no secrets.',
    arguments: [{ name: 'path', type: 'path', required: true, help: 'the file; nothing may be there' }],
    result: 'string',
    returns: 'the path of the file',
    examples: ['diagnostics gather "/tmp/understudy-diagnostics.json"'],
  },
];

/** Each names what it reaches in an argument with a `permission`. */
export const machineCommands: readonly CommandDefinition[] = [
  {
    id: 'read.file',
    words: 'READ FILE',
    group: 'machine',
    summary:
      'Reads a file of this machine, UTF-8 and at most 16 MiB. It must lie below a folder that --allow-read names, or, in a block that a server runs, scripts.read in its server.json; below that folder no symbolic link is followed.',
    arguments: [
      {
        name: 'path',
        type: 'path',
        required: true,
        rule: 'absolute path',
        permission: 'read',
        help: 'the file, from the root',
      },
    ],
    result: 'string',
    confidential: true,
    returns: 'the text of the file; journals tell only how long it is',
    examples: ['$text = read file "/etc/understudy/limits.txt"'],
  },
  {
    id: 'environment',
    words: 'ENVIRONMENT',
    group: 'machine',
    summary:
      'Gives the value of a variable of the environment in which the script runs. --allow-env must name it, or, in a block that a server runs, scripts.environment in its server.json.',
    arguments: [
      { name: 'name', type: 'name', required: true, permission: 'environment', help: 'the name of the variable' },
      {
        name: 'default',
        words: 'DEFAULT',
        type: 'text',
        help: 'the value where there is no such variable; without it, that is an error',
      },
      {
        name: 'secret',
        type: { choice: [{ words: 'SECRET', value: 'secret' }] },
        help: 'the value is a secret, which shows as ••• wherever it goes',
      },
    ],
    result: 'any',
    confidential: true,
    returns: 'the value, a text or a secret; journals tell only how long a text is',
    examples: ['$region = environment REGION default "north"', '$password = environment SHOP_PASSWORD secret'],
  },
  {
    id: 'run.program',
    words: 'RUN PROGRAM',
    group: 'machine',
    summary:
      'Runs a program of this machine, without a shell, and gives its exit code and what it wrote. --allow-program must name it, or, in a block that a server runs, scripts.programs in its server.json. Standing alone it prints what the program wrote, and fails when the exit code is not 0. Whoever may list processes sees the words, so a secret is better given by INPUT.',
    arguments: [
      {
        name: 'program',
        type: 'path',
        required: true,
        rule: 'absolute path',
        permission: 'program',
        help: 'the program, from the root',
      },
      {
        name: 'words',
        type: 'text or secret',
        repeatable: true,
        help: 'a word for the program',
      },
      { name: 'input', words: 'INPUT', type: 'text or secret', help: 'what it reads; without it, nothing' },
      {
        name: 'timeout',
        words: 'TIMEOUT',
        type: 'timeout',
        default: 'forever',
        help: 'how long it may take; then it is ended with all that it started, and the command fails',
      },
    ],
    result: 'record',
    returns:
      'a record: exitcode, output and error (what it wrote to its two outputs, the first 1,000,000 bytes of each), cut (how much more it wrote)',
    examples: [
      '$free = run program "/usr/bin/df" "--output=avail" "/srv" timeout 30 seconds',
      'run program "/usr/bin/logger" "-t" "understudy" input "the copy is complete"',
    ],
  },
];
