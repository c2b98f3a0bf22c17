// The smallest shapes (zod) of which all others are made: numbers, byte strings, and the names that people give.
import { z } from 'zod';
import { nameFault, serverNameFault } from '../../base/given-names.ts';
import { isShallowJson, type JsonValue } from '../../base/json-value.ts';

export const count = z.int().nonnegative();
/** Milliseconds since the epoch. */
export const time = z.number();
export const port = z.int().min(1).max(65_535);

/** Each character is one byte (base/raw-path.ts). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a byte string may hold every byte.
export const byteString = z.string().regex(/^[\x00-\xff]*$/, 'holds a character that is no byte');

export const shallowJson = z.custom<JsonValue>(isShallowJson);

/** Of something that is made now; what is there may have a name of before (base/given-names.ts). */
const isName = (text: string): boolean => nameFault(text) === undefined;
export const newName = z.string().refine(isName, { error: ({ input }) => nameFault(String(input)) ?? '' });
export const serverName = z.string().refine((text) => serverNameFault(text) === undefined, 'must be a server name');

/** The same with a name that something new may have. */
export function named<Named extends { readonly name: string }>(shape: z.ZodType<Named>): z.ZodType<Named> {
  return shape.refine((one) => isName(one.name), {
    error: 'its name has a slash, a control character, or is too long',
  });
}

export function listOf<One>(shape: z.ZodType<One>): z.ZodType<readonly One[]> {
  return z.array(shape);
}
