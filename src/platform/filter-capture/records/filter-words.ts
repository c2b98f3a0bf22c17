// What a filter and a server say to each other beside records: words, framed as records are (a length, then a kind that no record
// has), so that one reader splits both and a word stands in its place between them.
//
// Both are the same program on one machine; still a word that is not as it should be ends the session.
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';

const wordSchema = z.discriminatedUnion('type', [
  /** Server to filter: begin to record these folders, by the numbers they have in the filter, in the session's order. */
  z.strictObject({ type: z.literal('record'), folders: z.array(z.int().nonnegative()) }),
  /** Server to filter: say `flushed` behind everything that happened so far. */
  z.strictObject({ type: z.literal('flush'), id: z.int() }),
  /**
   * Server to filter: let no program change anything until `goOn`, or for so many milliseconds; `flushed` stands behind everything
   * that happened before.
   */
  z.strictObject({ type: z.literal('hold'), id: z.int(), limitMs: z.int().positive().max(10_000) }),
  z.strictObject({ type: z.literal('goOn') }),
  /** Filter to server: from here on everything is recorded. */
  z.strictObject({ type: z.literal('recording') }),
  z.strictObject({ type: z.literal('flushed'), id: z.int() }),
  /** Filter to server: changes are missing here. */
  z.strictObject({ type: z.literal('lost') }),
]);
export type FilterWord = z.infer<typeof wordSchema>;

const wordKind = 0xff;
const headBytes = 12;

/** A record has at least twelve bytes, and so has a word: length, kind, seven bytes that are 0, JSON. */
export function encodeWord(word: FilterWord): Buffer {
  const json = Buffer.from(JSON.stringify(word), 'utf8');
  const bytes = Buffer.alloc(headBytes + json.length);
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes[4] = wordKind;
  json.copy(bytes, headBytes);
  return bytes;
}

export function isWord(framed: Buffer): boolean {
  return framed[4] === wordKind;
}

/** Throws `FILTER-WORD`. */
export function decodeWord(framed: Buffer): FilterWord {
  try {
    return wordSchema.parse(JSON.parse(framed.toString('utf8', headBytes)));
  } catch {
    throw new Failure({
      code: 'FILTER-WORD',
      operation: 'listen to the filter',
      subject: 'a word of it',
      reason: 'it is none that is known here',
    });
  }
}
