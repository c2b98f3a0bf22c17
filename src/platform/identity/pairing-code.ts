// One-time codes by which two servers come to trust each other, and the one that is pending in a home folder.
//
// A code has 16 letters and digits, 80 random bits, in the alphabet of Crockford's base 32, written in groups of four:
// `K7QF-2MXP-9DHT-W4ZC`. Small letters, spaces, and O, I and L for 0 and 1 are understood. What is kept, in `pairing.json`,
// is not the code but a key that scrypt made of it; both sides prove that they know that key (network/DESIGN.md).
//
// Invariants: one pending code at a time, a new one replaces it; it is valid for ten minutes by the wall clock, for one
// pairing, and for three tries. A try is counted on disk before its outcome is told.
//
// What may go wrong: `PAIRING-CODE` (malformed), and the failures of home-file.ts.

import { scrypt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Random } from '../../base/random.ts';
import { type HomeFileFormat, readHomeFile, updateHomeFile } from './home-file.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 16;
const validMs = 10 * 60_000;
const triesMax = 3;
const keyBytes = 32;
const saltBytes = 16;

const version = 1;
const hexadecimal = z.string().regex(/^([0-9a-f]{2})+$/);
const pendingFile = z.strictObject({
  version: z.literal(version),
  salt: hexadecimal,
  key: hexadecimal,
  expiresAt: z.iso.datetime(),
  triesLeft: z.int().min(1).max(triesMax),
});
type PendingFile = Readonly<z.infer<typeof pendingFile>>;
const format: HomeFileFormat<PendingFile> = { contents: 'the pending pairing code', version, schema: pendingFile };

/** What became of a try. */
export type PairingTry = 'right' | 'wrong' | 'wrong, and void now' | 'no code';

export class PendingCode {
  readonly #path: string;
  readonly #clock: Clock;

  constructor(home: string, clock: Clock) {
    this.#path = join(home, 'pairing.json');
    this.#clock = clock;
  }

  /** Makes a new code, the only valid one from now on. Told once: it cannot be read back. */
  async create(random: Random): Promise<{ readonly code: string; readonly expiresAtMs: number }> {
    // 32 divides 256, so every character is equally likely.
    const characters = Array.from(random.bytes(codeLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
    const salt = Buffer.from(random.bytes(saltBytes));
    const key = await pairingKey(characters, salt);
    const expiresAtMs = this.#clock.wallMs() + validMs;
    await updateHomeFile(this.#path, format, () => ({
      version,
      salt: salt.toString('hex'),
      key: key.toString('hex'),
      expiresAt: new Date(expiresAtMs).toISOString(),
      triesLeft: triesMax,
    }));
    return { code: characters.replaceAll(/(.{4})(?=.)/g, '$1-'), expiresAtMs };
  }

  /** The salt of the pending code, for the other side to make the key; undefined when no valid code is pending. */
  async salt(): Promise<Buffer | undefined> {
    const pending = await readHomeFile(this.#path, format);
    return pending === undefined || this.#expired(pending) ? undefined : Buffer.from(pending.salt, 'hex');
  }

  /**
   * One try: `isProof` says whether the other side's proof was made with this key. A right one uses the code up. Tries, also
   * of several processes, are judged one after the other.
   */
  async judge(
    isProof: (key: Buffer) => boolean,
  ): Promise<{ readonly outcome: 'right'; readonly key: Buffer } | { readonly outcome: Exclude<PairingTry, 'right'> }> {
    // Told to the compiler as such, because it does not see that the callback runs.
    let outcome = 'no code' as PairingTry;
    let key = Buffer.alloc(0);
    await updateHomeFile(this.#path, format, (pending) => {
      if (pending === undefined || this.#expired(pending)) return undefined;
      key = Buffer.from(pending.key, 'hex');
      if (isProof(key)) {
        outcome = 'right';
        return undefined;
      }
      const triesLeft = pending.triesLeft - 1;
      outcome = triesLeft === 0 ? 'wrong, and void now' : 'wrong';
      return triesLeft === 0 ? undefined : { ...pending, triesLeft };
    });
    return outcome === 'right' ? { outcome, key } : { outcome };
  }

  #expired(pending: PendingFile): boolean {
    return Date.parse(pending.expiresAt) <= this.#clock.wallMs();
  }
}

/** The characters of a code as a person typed it. Throws `PAIRING-CODE` when it cannot be one, so that no try is used up. */
export function parsePairingCode(typed: string): string {
  const characters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const valid = characters.length === codeLength && [...characters].every((character) => alphabet.includes(character));
  if (valid) return characters;
  throw new Failure({
    code: 'PAIRING-CODE',
    operation: 'pair',
    subject: 'the code',
    reason: `a code is ${codeLength} letters and digits in groups of four, such as K7QF-2MXP-9DHT-W4ZC`,
    hint: 'copy it again, or run understudy pair on the other server for a new one',
  });
}

/** The key that stands for a code; slow on purpose. `characters` as `parsePairingCode` gives them. */
export function pairingKey(characters: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(characters, salt, keyBytes, { N: 16_384, r: 8, p: 1 }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
