// The shapes (zod) of how data travels to a target, for the files of a job and the API.
import { z } from 'zod';
import {
  bandwidthMax,
  bandwidthMin,
  compressionLevelMax,
  compressionLevelMin,
  type LimitEntry,
  type LimitOverride,
  type LimitSettings,
  type LineSettings,
  type LineWishes,
  limitDays,
  limitModes,
  minutesOfDay,
} from '../transmission.ts';
import { newName } from './plain-shapes.ts';

const bytesPerSecond = z.int().min(bandwidthMin).max(bandwidthMax);
/** As it is asked for: what is too small is refused in better words where it is taken. */
const wantedBytesPerSecond = z.number();
export const compressionLevel = z.int().min(compressionLevelMin).max(compressionLevelMax).nullable();
const minute = z
  .int()
  .nonnegative()
  .max(minutesOfDay - 1);

const entry = { name: newName, days: z.enum(limitDays), fromMinute: minute, untilMinute: minute };
export const limitEntry = z.strictObject({
  ...entry,
  bytesPerSecond: wantedBytesPerSecond,
}) satisfies z.ZodType<LimitEntry>;

export const limitSettings = z.strictObject({
  mode: z.enum(limitModes),
  fixed: bytesPerSecond.exactOptional(),
  schedule: z.array(z.strictObject({ ...entry, bytesPerSecond })).readonly(),
}) satisfies z.ZodType<LimitSettings>;

export const lineSettings = z.strictObject({
  compression: compressionLevel,
  limit: limitSettings,
  override: z
    .discriminatedUnion('mode', [
      z.strictObject({ mode: z.enum(['none', 'scheduled']) }),
      z.strictObject({ mode: z.literal('fixed'), fixed: bytesPerSecond }),
    ])
    .exactOptional(),
  paused: z.boolean(),
}) satisfies z.ZodType<LineSettings>;

export const limitOverride: z.ZodType<LimitOverride> = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.enum(['none', 'scheduled']) }),
  z.strictObject({ mode: z.literal('fixed'), fixed: wantedBytesPerSecond }),
]);

export const lineWishes = z.strictObject({
  address: z.string().min(1).exactOptional(),
  compression: compressionLevel.exactOptional(),
  bytesPerSecond: wantedBytesPerSecond.exactOptional(),
}) satisfies z.ZodType<LineWishes>;
