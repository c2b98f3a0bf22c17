// Transmission: when, how fast and how compressed data travels.
import type { Availability, CommandDefinition } from '../definition/definition.ts';
import { connection } from '../definition/recurring-arguments.ts';

const group = 'transmission';

const limits: Availability = {
  missing: 'the engine sends as fast as the link takes it',
  instead: 'limit the link itself, with tc',
};

export const transmissionCommands: readonly CommandDefinition[] = [
  {
    id: 'limit',
    words: 'LIMIT',
    group,
    summary: 'Limits how fast a connection sends: not at all, to a rate, or by its schedule.',
    arguments: [
      connection,
      {
        name: 'kind',
        type: {
          choice: [
            { words: 'NONE', value: 'none' },
            { words: 'SCHEDULED', value: 'scheduled' },
          ],
        },
        help: 'no limit, or the limits of its schedule',
      },
      { name: 'rate', words: 'FIXED', type: 'rate', help: 'the limit' },
    ],
    oneOf: ['kind', 'rate'],
    result: 'integer',
    examples: ['limit 1 none', 'limit 1 fixed 10 MB/s', 'limit 1 scheduled'],
    availability: limits,
  },
  {
    id: 'limit.schedule.add',
    words: 'LIMIT SCHEDule ADD',
    group,
    summary: 'Adds a limit for some days and times to the schedule of a connection.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      { name: 'rate', words: 'FIXED', type: 'rate', required: true, help: 'the limit' },
      { name: 'from', words: 'FROM', type: 'moment', required: true, help: 'the time of day at which it begins' },
      { name: 'until', words: 'UNTIL', type: 'moment', required: true, help: 'the time of day at which it ends' },
      { ...connection, words: 'ON' },
    ],
    result: 'integer',
    examples: ['limit schedule add office fixed 2 MB/s from 8:00 until 18:00 on 1'],
    availability: limits,
  },
  {
    id: 'limit.schedule.remove',
    words: 'LIMIT SCHEDule REMOVE',
    group,
    summary: 'Removes a limit from the schedule of a connection.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      { ...connection, words: 'ON' },
    ],
    result: 'integer',
    examples: ['limit schedule remove office on 1'],
    availability: limits,
  },
  {
    id: 'compression',
    words: 'COMPRESSion',
    group,
    summary: 'Says whether a connection compresses what it sends.',
    arguments: [
      connection,
      {
        name: 'state',
        type: {
          choice: [
            { words: 'ON', value: 'on' },
            { words: 'OFF', value: 'off' },
          ],
        },
        required: true,
        help: 'whether it does',
      },
    ],
    result: 'integer',
    examples: ['compression 1 on'],
    availability: {
      missing: 'data is not compressed on its way yet',
      instead: 'nothing needs to be turned off',
    },
  },
  {
    id: 'encryption',
    words: 'ENCRYPTion',
    group,
    summary: 'Says how links are encrypted. Between two servers they always are, by TLS 1.3.',
    arguments: [
      {
        name: 'state',
        type: {
          choice: [
            { words: 'ON', value: 'on' },
            {
              words: 'OFF',
              value: 'off',
              availability: {
                missing: 'links between servers are always encrypted',
                instead: 'leave it on; links inside one process do not leave it',
              },
            },
          ],
        },
        default: 'on',
        help: 'on, as it always is',
      },
    ],
    result: 'string',
    returns: 'the state: On',
    examples: ['encryption', 'encryption on', 'encryption off'],
  },
];
