// SCHEDULE, SCHEDULE LIST, SCHEDULE DELETE, schedule() and schedules(): on the source, or on this home's own server when the script has not said
// SOURCE; LIST and DELETE on any server.
import { assert } from '../../../base/failure.ts';
import { textTable } from '../../../base/text/text-table.ts';
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import { datetime, type HandleValue, list, none, type RecordValue, record } from '../../../language/values/value.ts';
import type { ScheduleReport, ScheduleSpecification } from '../../../model/schedule.ts';
import type { Server } from '../../contract/server.ts';
import { namedThing } from '../../session/named-handle.ts';
import { namesHint } from '../../session/names-hint.ts';
import { instantText } from '../../text/instant-text.ts';
import { writeBindings } from '../../values/bindings.ts';
import { serverOrOwn } from '../chosen-server.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';

export const scheduleHandlers: CommandHandlers = {
  schedule: async (given, context) => {
    const bindings = given.value('bindings');
    assert(typeof bindings === 'object' && bindings.kind === 'record', 'a block comes with its bindings');
    const schedule = {
      name: given.newName('name'),
      cron: given.text('cron'),
      timeZone: given.optionalText('timezone'),
      overlap: given.choice<ScheduleSpecification['overlap']>('overlap'),
      body: given.text('body'),
      bindings,
    };
    return addSchedule(schedule, await serverOrOwn(undefined, context), context);
  },

  'schedule.list': async (given, context) => {
    const reports = await (await serverOrOwn(given.optionalText('server'), context)).schedules.list();
    const rows = reports.map((one) => [
      one.specification.name,
      one.specification.cron,
      one.specification.timeZone,
      one.nextMs === null ? 'never' : instantText(one.nextMs, one.specification.timeZone),
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
    const { name, server } =
      typeof named === 'string' ? { name: named, server: given.optionalText('server') } : namedThing(named);
    await (await serverOrOwn(server, context)).schedules.remove(name);
    return success;
  },

  'lookup.schedule': async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const wanted = given.text('schedule');
    const names = (await server.schedules.list()).map(({ specification }) => specification.name);
    if (names.includes(wanted))
      return context.session.makeNamedHandle('schedule', { server: server.name, name: wanted });
    const hint = namesHint(wanted, names, names, 'make one: SCHEDULE … DO … END');
    throw new CommandError(commandErrorCodes.invalidParameter, `${server.name} has no schedule ${wanted}`, hint);
  },

  'lookup.schedules': async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const names = (await server.schedules.list()).map(({ specification }) => specification.name);
    return list(names.map((name) => context.session.makeNamedHandle('schedule', { server: server.name, name })));
  },
};

export interface NewSchedule extends Omit<ScheduleSpecification, 'timeZone' | 'bindings'> {
  /** undefined for the zone of this process. */
  readonly timeZone: string | undefined;
  readonly bindings: RecordValue;
}

export async function addSchedule(
  schedule: NewSchedule,
  server: Server,
  context: CommandContext,
): Promise<HandleValue> {
  const { name, bindings, timeZone } = schedule;
  await server.schedules.add({
    ...schedule,
    timeZone: timeZone ?? context.timeZone,
    bindings: writeBindings(bindings),
  });
  if (context.schedulesEndWithRun) {
    context.write(`warning: schedule ${name} lives as long as this run; for one that stays, use understudy serve`);
  }
  return context.session.makeNamedHandle('schedule', { server: server.name, name });
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
