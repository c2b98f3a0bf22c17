// Transmission: when, how fast and how compressed data travels. All connections of a source to one address of a target share this.
import type { Argument, CommandDefinition } from '../definition/definition.ts';
import { compressionLevel, connection, onConnection } from '../definition/recurring-arguments.ts';

const group = 'transmission';

/** The form of the guide offers common lines, without naming them (ch. 3, Bandwidth). */
const preset: Argument = {
  name: 'preset',
  words: 'PRESET',
  type: {
    choice: [
      { words: 'T1', value: 'T1' },
      { words: 'E1', value: 'E1' },
      { words: 'E3', value: 'E3' },
      { words: 'T3', value: 'T3' },
      { words: 'MBIT10', value: '10Mbit' },
      { words: 'MBIT100', value: '100Mbit' },
      { words: 'MBIT1000', value: '1000Mbit' },
    ],
  },
  help: 'the limit of a common line: 193000, 256000, 4296000, 5625000, 1250000, 12500000 or 125000000 bytes per second',
};

const rate: Argument = {
  name: 'rate',
  words: 'FIXED',
  type: 'rate',
  help: 'the limit, from 3500 bytes per second',
};

export const transmissionCommands: readonly CommandDefinition[] = [
  {
    id: 'limit',
    words: 'LIMIT',
    group,
    summary:
      'Limits how fast a connection sends, and all others to that address: not at all, to a rate, or by its schedule. It holds instead of what the connection was made with until LIMIT … SCHEDULED gives it back, or until STOP and START.',
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
      rate,
      preset,
    ],
    oneOf: ['kind', 'rate', 'preset'],
    result: 'integer',
    examples: ['limit 1 none', 'limit 1 fixed 10 MB/s', 'limit 1 preset T1', 'limit 1 scheduled'],
  },
  {
    id: 'limit.schedule.add',
    words: 'LIMIT SCHEDule ADD',
    group,
    summary:
      'Adds a limit for some days and times to the schedule of a connection, in the local time of its source. Outside of its entries there is no limit; entries must not overlap. The first entry makes the schedule hold.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      rate,
      preset,
      { name: 'from', words: 'FROM', type: 'moment', required: true, help: 'the time of day at which it begins' },
      {
        name: 'until',
        words: 'UNTIL',
        type: 'moment',
        required: true,
        help: 'the time of day at which it ends; on the next day when that is before the beginning',
      },
      {
        name: 'days',
        type: {
          choice: [
            { words: 'EVERYDAY', value: 'every day' },
            { words: 'WEEKDAYS', value: 'weekdays' },
            { words: 'WEEKENDS', value: 'weekends' },
            { words: 'MONday', value: 'monday' },
            { words: 'TUEsday', value: 'tuesday' },
            { words: 'WEDnesday', value: 'wednesday' },
            { words: 'THUrsday', value: 'thursday' },
            { words: 'FRIday', value: 'friday' },
            { words: 'SATurday', value: 'saturday' },
            { words: 'SUNday', value: 'sunday' },
          ],
        },
        default: 'every day',
        help: 'the days on which it begins',
      },
      onConnection,
    ],
    oneOf: ['rate', 'preset'],
    result: 'integer',
    examples: [
      'limit schedule add lunch fixed 2 MB/s weekdays from 12:00 until 13:00 on 1',
      'limit schedule add night preset T3 from 22:00 until 6:00',
    ],
  },
  {
    id: 'limit.schedule.remove',
    words: 'LIMIT SCHEDule REMOVE',
    group,
    summary: 'Removes a limit from the schedule of a connection.',
    arguments: [{ name: 'name', type: 'name', required: true, help: 'its name' }, onConnection],
    result: 'integer',
    examples: ['limit schedule remove office on 1'],
  },
  {
    id: 'compression',
    words: 'COMPRESSion',
    group,
    summary:
      'Says whether a connection, and all others to that address, compress what they send, and how much work that may be. Consider it when data queues on the source; be careful when the processor of the source is busy for more than 85 % of the time. It does nothing for pictures, sound and films, and is not for use beside a WAN accelerator.',
    arguments: [
      connection,
      {
        name: 'state',
        type: {
          choice: [
            { words: 'ON', value: 'on' },
            { words: 'OFF', value: 'none' },
            { words: 'MINIMUM', value: 'minimum' },
            { words: 'MAXIMUM', value: 'maximum' },
          ],
        },
        required: true,
        help: 'whether it does; MINIMUM is level 1, MAXIMUM level 9',
      },
      compressionLevel,
    ],
    result: 'integer',
    examples: ['compression 1 on', 'compression 1 on level 5', 'compression 1 maximum', 'compression 1 off'],
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
