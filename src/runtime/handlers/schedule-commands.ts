// SCHEDULE, SCHEDULE LIST, SCHEDULE DELETE: on the source, or on this home's own server when no source was said.
import { assert } from '../../base/failure.ts';
import { CommandError, commandErrorCodes } from '../../language/host.ts';
import { datetime, list, none, record } from '../../language/value.ts';
import { writeBindings } from '../bindings.ts';
import type { CommandContext, CommandHandlers } from '../command-context.ts';
import type { ScheduleReport, Server } from '../server.ts';
import { instantText, textTable } from '../text-table.ts';

export const scheduleHandlers: CommandHandlers = {
  schedule: async (given, context) => {
    const name = given.text('name');
    const bindings = given.value('bindings');
    assert(typeof bindings === 'object' && bindings.kind === 'record', 'a block comes with its bindings');
    const server = await keeper(context);
    await server.addSchedule({
      name,
      cron: given.text('cron'),
      timeZone: given.optionalText('timezone') ?? context.timeZone,
      overlap: given.choice<'skip' | 'queue' | 'allow'>('overlap'),
      body: given.text('body'),
      bindings: writeBindings(bindings),
    });
    if (context.schedulesEndWithRun) {
      context.write(`warning: schedule ${name} lives as long as this run; for one that stays, use understudy serve`);
    }
    return context.session.makeHandle('schedule', name);
  },

  'schedule.list': async (_given, context) => {
    const reports = await (await keeper(context)).schedules();
    const rows = reports.map((one) => [
      one.specification.name,
      one.specification.cron,
      one.specification.timeZone,
      one.nextMs === null ? 'never' : instantText(one.nextMs),
      one.lastOutcome,
      String(one.missedRuns),
    ]);
    for (const line of textTable(['Schedule', 'Cron', 'Time zone', 'Next run', 'Last run', 'Missed'], rows)) {
      context.write(line);
    }
    return list(reports.map(scheduleValue));
  },

  'schedule.delete': async (given, context) => {
    const named = given.handleOrName('schedule', 'schedule');
    await (await keeper(context)).removeSchedule(typeof named === 'string' ? named : named.id);
    return none;
  },
};

async function keeper({ session, directory }: CommandContext): Promise<Server> {
  if (session.sourceName !== undefined) return session.source();
  if (directory.local !== undefined) return directory.local;
  throw new CommandError(commandErrorCodes.noSource, 'no source has been identified', 'say which: SOURCE server');
}

function scheduleValue(report: ScheduleReport) {
  return record({
    name: report.specification.name,
    cron: report.specification.cron,
    next: report.nextMs === null ? none : datetime(report.nextMs),
    last: report.lastMs === null ? none : datetime(report.lastMs),
    outcome: report.lastOutcome,
    missed: report.missedRuns,
    running: report.running,
  });
}
