// UUID version 7 (RFC 9562, section 5.7): 48 bits of wall time in milliseconds, then randomness, so that identifiers sort
// by the time they were made.
import type { Random } from './random.ts';
import type { Clock } from './waiting/clock.ts';

/** When an identifier was made, by the clock of who made it: wall milliseconds. */
export function identifierTimeMs(identifier: string): number {
  return Number.parseInt(identifier.replaceAll('-', '').slice(0, 12), 16);
}

/** A new identifier in the usual text form, 36 lower-case characters. */
export function newIdentifier(clock: Clock, random: Random): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(clock.wallMs(), 0, 6);
  bytes.set(random.bytes(10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
