// The payload of a response: which request it answers, how that went, and the answer.
//
//     u32  id of the request
//     u8   outcome       0 answered, 1 nothing of that kind is there, 2 failed
//     u32  next          of a listing: index of the first entry that is not in it, 0 when it is the last part
//     answer: a listing or block hashes (listing-codec.ts); of a failure its reason in UTF-8
import { ByteReader } from './records/byte-reader.ts';
import { ByteWriter } from './records/byte-writer.ts';

const outcomes = ['answered', 'missing', 'failed'] as const;

export interface Response {
  readonly id: number;
  readonly outcome: (typeof outcomes)[number];
  readonly next: number;
  readonly answer: Buffer;
}

export function encodeResponse(response: Response): Buffer[] {
  const head = new ByteWriter();
  head.u32(response.id);
  head.u8(outcomes.indexOf(response.outcome));
  head.u32(response.next);
  return [head.finish(), response.answer];
}

/** Throws WireFailure. The answer is a view of the payload. */
export function decodeResponse(payload: Buffer): Response {
  const reader = new ByteReader(payload, 'response');
  const id = reader.u32();
  const outcome = outcomes[reader.u8()] ?? reader.fail('its outcome is unknown');
  const next = reader.u32();
  return { id, outcome, next, answer: reader.rest() };
}
