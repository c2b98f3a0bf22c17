// A writer for the little of DER (ITU-T X.690) that a certificate needs. Every function returns one complete element:
// tag, length, content. Pure; asserts on what it cannot write.
import { assert } from '../../base/failure.ts';

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content]);
}

/** Up to 127 in one octet; above, the number of length octets and then those, most significant first (X.690, 8.1.3). */
function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(0x30, ...elements);
}

/** A set of one element; more would have to be sorted. */
export function setOf(member: Uint8Array): Buffer {
  return element(0x31, member);
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0x00]));
}

/** A number that is not negative, from its bytes, most significant first: the fewest octets that keep the sign bit clear. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first += 1;
  const significant = bytes.subarray(first);
  const leading = significant[0];
  assert(leading !== undefined, 'an integer has at least one byte');
  return leading < 0x80 ? element(0x02, significant) : element(0x02, Buffer.from([0]), significant);
}

/** From dotted numbers: the first two in one octet, the others in base 128 with a continuation bit (X.690, 8.19). */
export function objectIdentifier(dotted: string): Buffer {
  const [first, second, ...others] = dotted.split('.').map(Number);
  assert(first !== undefined && second !== undefined, 'an object identifier has two numbers or more');
  const octets = [first * 40 + second];
  for (const number of others) {
    const digits = [number % 128];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
      digits.unshift(0x80 | (rest % 128));
    }
    octets.push(...digits);
  }
  return element(0x06, Buffer.from(octets));
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, 'utf8'));
}

export function octetString(content: Uint8Array): Buffer {
  return element(0x04, content);
}

/** `unusedBits` at the end of the last byte do not count. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(0x03, Buffer.from([unusedBits]), content);
}

/** The element wrapped in a context-specific tag: `[number] EXPLICIT`. */
export function explicit(number: number, content: Uint8Array): Buffer {
  return element(0xa0 | number, content);
}

/** Two-digit years up to 2049, four digits from 2050 on (RFC 5280, 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  if (date.getUTCFullYear() >= 2050) return element(0x18, Buffer.from(digits, 'ascii'));
  return element(0x17, Buffer.from(digits.slice(2), 'ascii'));
}
