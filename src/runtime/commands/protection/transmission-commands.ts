// LIMIT, LIMIT SCHEDULE ADD and REMOVE, COMPRESSION, START, PAUSE, STOP, PAUSE TARGET and RESUME TARGET. What they change is shared
// by all connections to one address, so each of them says which those are.
import { CommandError, commandErrorCodes } from '../../../language/values/host.ts';
import {
  type BandwidthPreset,
  bandwidthPresets,
  checkBandwidth,
  compressionLevelMax,
  compressionLevelMin,
  compressionLevelUsual,
  compressionText,
  entryText,
  type LimitDays,
  type LineWishes,
  limitText,
} from '../../../model/transmission.ts';
import type { Service } from '../../contract/server.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';

type Transmission = Service<'transmission'>;

export const transmissionHandlers: CommandHandlers = {
  limit: async (given, context) => {
    const bytesPerSecond = wantedLimit(given);
    const kind = given.optionalText('kind') === 'scheduled' ? 'scheduled' : 'none';
    const text = kind === 'scheduled' ? 'as its schedule says' : limitText(bytesPerSecond);
    return change(given, context, 'source', `Bandwidth limit: ${text}`, (transmission, jobId) =>
      bytesPerSecond === undefined
        ? transmission.limit(jobId, { mode: kind })
        : transmission.limit(jobId, { mode: 'fixed', fixed: bytesPerSecond }),
    );
  },

  'limit.schedule.add': async (given, context) => {
    const entry = {
      name: given.newName('name'),
      days: given.choice<LimitDays>('days'),
      fromMinute: minuteOfDay(given, 'from'),
      untilMinute: minuteOfDay(given, 'until'),
      bytesPerSecond: wantedLimit(given) ?? 0,
    };
    const text = `${entry.name}: ${entryText(entry)}, ${limitText(entry.bytesPerSecond)}`;
    return change(given, context, 'source', `Bandwidth schedule has ${text}`, (transmission, jobId) =>
      transmission.addLimit(jobId, entry),
    );
  },

  'limit.schedule.remove': async (given, context) => {
    const name = given.text('name');
    return change(given, context, 'source', `Bandwidth schedule has no ${name} any more`, (transmission, jobId) =>
      transmission.removeLimit(jobId, name),
    );
  },

  compression: async (given, context) => {
    const level = compressionOf(given, 'state') ?? null;
    return change(given, context, 'source', `Compression: ${compressionText(level)}`, (transmission, jobId) =>
      transmission.compress(jobId, level),
    );
  },

  start: (given, context) =>
    change(given, context, 'source', 'Started', (transmission, jobId) => transmission.start(jobId)),

  pause: (given, context) =>
    change(given, context, 'source', 'Paused, changes are queued on the source', (transmission, jobId) =>
      transmission.pause(jobId),
    ),

  stop: (given, context) =>
    change(
      given,
      context,
      'source',
      'Stopped, until START nothing is sent and nothing is queued',
      (transmission, jobId) => transmission.stop(jobId),
    ),

  'pause.target': (given, context) =>
    change(given, context, 'target', 'Target paused, what comes is queued there', (transmission, jobId) =>
      transmission.pauseTarget(jobId),
    ),

  'resume.target': (given, context) =>
    change(given, context, 'target', 'Target applies again', (transmission, jobId) => transmission.resumeTarget(jobId)),
};

/** What CONNECT asks for of the line; undefined for nothing. Throws what a server would refuse. */
export function lineWishes(given: CommandArguments): LineWishes | undefined {
  const bytesPerSecond = given.optionalBytesPerSecond('bandwidth');
  const compression = compressionOf(given, 'compression');
  const address = given.optionalText('route');
  if (bytesPerSecond !== undefined) checkBandwidth(bytesPerSecond, 'BANDWIDTH');
  const wishes = {
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(compression === undefined ? {} : { compression }),
    ...(address === undefined ? {} : { address }),
  };
  return Object.keys(wishes).length === 0 ? undefined : wishes;
}

/** Makes the change on one side of the connection, and says what is so now, and for which connections. */
async function change(
  given: CommandArguments,
  { session, write }: CommandContext,
  side: 'source' | 'target',
  text: string,
  make: (transmission: Transmission, jobId: string) => Promise<readonly string[]>,
): Promise<typeof success> {
  const connection = await session.connection(given.value('connection'));
  const server = await session.server(connection[side]);
  const names = await make(server.transmission, connection.jobId);
  write(`${text}: ${names.length === 0 ? `connection ${connection.number}` : names.join(', ')}`);
  return success;
}

/** undefined when none was given. Throws `BANDWIDTH-INVALID`. */
function wantedLimit(given: CommandArguments): number | undefined {
  const preset = given.optionalText('preset');
  const rate = given.optionalBytesPerSecond('rate');
  if ([preset, rate, given.optionalText('kind')].filter((one) => one !== undefined).length > 1) {
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      'a limit is said twice',
      'write one of FIXED rate, PRESET line, NONE and SCHEDULED',
    );
  }
  const bytesPerSecond = preset === undefined ? rate : bandwidthPresets[preset as BandwidthPreset];
  if (bytesPerSecond !== undefined) checkBandwidth(bytesPerSecond, 'FIXED');
  return bytesPerSecond;
}

/** The level, null for none; undefined when nothing was said. */
function compressionOf(given: CommandArguments, name: string): number | null | undefined {
  const state = given.optionalText(name);
  const level = given.optionalInteger('level');
  if (level !== undefined && state !== 'on') {
    throw new CommandError(commandErrorCodes.invalidParameter, 'LEVEL needs ON', `write ON LEVEL ${level}`);
  }
  if (level !== undefined && (level < compressionLevelMin || level > compressionLevelMax)) {
    throw new CommandError(
      commandErrorCodes.invalidParameter,
      `there is no compression level ${level}`,
      `levels go from ${compressionLevelMin}, the minimum, to ${compressionLevelMax}, the maximum`,
    );
  }
  if (state === undefined) return undefined;
  if (state === 'none') return null;
  if (state === 'minimum') return compressionLevelMin;
  return state === 'maximum' ? compressionLevelMax : (level ?? compressionLevelUsual);
}

function minuteOfDay(given: CommandArguments, name: string): number {
  const moment = given.optionalMoment(name);
  if (moment?.kind === 'time' && moment.dayMs % 60_000 === 0) return moment.dayMs / 60_000;
  throw new CommandError(
    commandErrorCodes.invalidParameter,
    `${name}: a time of day in whole minutes is expected`,
    'write a time such as 18:00',
  );
}
