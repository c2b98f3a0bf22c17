// Where memory lies, for calls into C. A number costs a call a fraction of what a buffer costs it.
//
// What may go wrong: an address is good only as long as the memory is, so whoever keeps an address keeps the buffer, too. Memory of an
// ArrayBuffer never moves.
import koffi from 'koffi';
import { cString } from './libc.ts';

/** Of a byte; below 2^53, as all of them are. */
export type Address = number;

export function addressOf(bytes: Uint8Array): Address {
  return Number(koffi.address(bytes));
}

const nothing = cString('');
/** A name of no bytes: with a descriptor, and AT_EMPTY_PATH, what the descriptor leads to. */
export const emptyName: Address = addressOf(nothing);
