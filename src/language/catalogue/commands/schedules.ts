// Schedules: commands that a server carries out at given times.
import type { CommandDefinition } from '../definition/definition.ts';
import { onServer } from '../definition/recurring-arguments.ts';

const group = 'schedules';

export const scheduleCommands: readonly CommandDefinition[] = [
  {
    id: 'schedule',
    words: 'SCHEDULE',
    group,
    summary: 'Runs a block at the times of a cron line. The server keeps the text of the block and the values it uses.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      {
        name: 'cron',
        words: 'CRON',
        type: 'text',
        rule: 'cron',
        required: true,
        help: 'minute, hour, day of month, month, day of week',
      },
      {
        name: 'timezone',
        words: 'TIMEZONE',
        type: 'text',
        rule: 'time zone',
        help: "the zone of those times, such as Europe/Berlin; without it, the server's",
      },
      {
        name: 'overlap',
        words: 'OVERLAP',
        type: {
          choice: [
            { words: 'SKIP', value: 'skip' },
            { words: 'QUEUE', value: 'queue' },
            { words: 'ALLOW', value: 'allow' },
          ],
        },
        default: 'skip',
        help: 'what happens when the run before has not ended',
      },
    ],
    block: true,
    result: 'schedule',
    returns: 'the schedule',
    examples: [
      'schedule weekly cron "0 2 * * 0" timezone "Europe/Berlin" do\n  verify 1 report\nend',
      'schedule probe cron "*/5 * * * *" overlap queue do\n  ping beta\nend',
    ],
  },
  {
    id: 'schedule.list',
    words: 'SCHEDULE LIST',
    group,
    summary: 'Lists the schedules and when each runs next.',
    arguments: [onServer],
    result: 'list',
    returns: 'a list of records: name, cron, next, last, outcome, missed, running',
    examples: ['schedule list', 'schedule list on beta'],
  },
  {
    id: 'schedule.delete',
    words: 'SCHEDULE DELETE',
    group,
    summary: 'Deletes a schedule; a run under way is finished.',
    arguments: [{ name: 'schedule', type: 'schedule', required: true, help: 'the schedule, or its name' }, onServer],
    result: 'integer',
    examples: ['schedule delete nightly', 'schedule delete nightly on alpha'],
  },
];
