// What lies where in the memory that the guard keeps for the filter's process: how far the present request has come, the request, its reply,
// and the journal of nodes.
import { replyBytesMax } from '../protocol/reply-view.ts';
import { requestBytesMax } from '../protocol/request-view.ts';
import { journalBytes } from './node-journal.ts';

const pageBytes = 4096;
/** When the present request began to make something: milliseconds since the epoch, a number of 64 bits (IEEE 754); 0 before. */
export const begunMsAt = 0;
/** How many requests were answered, a number of 64 bits likewise. */
export const answeredAt = 8;
/** Requests that other threads answer (waiting-slots.ts): a kilobyte. */
export const slotsAt = 64;
export const requestAt = pageBytes;
export const replyAt = requestAt + requestBytesMax;
export const journalAt = replyAt + replyBytesMax;
export const lastingBytes = journalAt + journalBytes;
