// One-time codes by which two servers come to trust each other, and the one that is pending in a home folder.
//
// A code has 16 letters and digits, 80 random bits, in the alphabet of Crockford's base 32, written in groups of four:
// `K7QF-2MXP-9DHT-W4ZC`. Small letters, spaces, and O, I and L for 0 and 1 are understood. What is kept, in `pairing.json`,
// is not the code but a key that scrypt made of it; both sides prove that they know that key (network/DESIGN.md).
//
// Invariants: one pending code at a time, a new one replaces it; it is valid for ten minutes by the wall clock and for one
// pairing, which gives the other server the roles that were named when the code was made. Wrong tries do not use it up: what
// makes guessing hopeless is the length of the code (network/DESIGN.md has the arithmetic).
//
// What may go wrong: `PAIRING-CODE` (malformed), and the failures of home-file.ts.
import { scrypt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { type PeerRole, peerRoles } from '../../model/peer-role.ts';
import { type HomeFileFormat, readHomeFile, updateHomeFile } from './home-file.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 16;
const validMs = 10 * 60_000;
const keyBytes = 32;
const saltBytes = 16;

const version = 2;
const hexadecimal = z.string().regex(/^([0-9a-f]{2})+$/);
const pendingFile = z.strictObject({
  version: z.literal(version),
  salt: hexadecimal,
  key: hexadecimal,
  expiresAt: z.iso.datetime(),
  roles: z.array(z.enum(peerRoles)).readonly(),
});
type PendingFile = Readonly<z.infer<typeof pendingFile>>;
/** Version 1 counted tries and knew no roles. A code outlives an upgrade by ten minutes at most, and then gives the least. */
const firstPendingFile = pendingFile
  .omit({ roles: true })
  .extend({ version: z.literal(1), triesLeft: z.int() })
  .transform(({ triesLeft: _, ...rest }): PendingFile => ({ ...rest, version, roles: ['source'] }));
const format: HomeFileFormat<PendingFile> = {
  contents: 'the pending pairing code',
  version,
  schema: z.discriminatedUnion('version', [pendingFile, firstPendingFile]),
};

/** What became of a try. */
export type PairingTry =
  | { readonly outcome: 'right'; readonly key: Buffer; readonly roles: readonly PeerRole[] }
  | { readonly outcome: 'wrong' | 'no code' };

export class PendingCode {
  readonly #path: string;
  readonly #clock: Clock;

  constructor(home: string, clock: Clock) {
    this.#path = join(home, 'pairing.json');
    this.#clock = clock;
  }

  /** Makes a new code, the only valid one from now on; `roles` are for whoever pairs with it. Told once: it cannot be read back. */
  async create(
    random: Random,
    roles: readonly PeerRole[],
  ): Promise<{ readonly code: string; readonly expiresAtMs: number }> {
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
      roles,
    }));
    return { code: characters.replaceAll(/(.{4})(?=.)/g, '$1-'), expiresAtMs };
  }

  /** The salt of the pending code, for the other side to make the key; undefined when no valid code is pending. */
  async salt(): Promise<Buffer | undefined> {
    const pending = await readHomeFile(this.#path, format);
    return pending === undefined || this.#expired(pending) ? undefined : Buffer.from(pending.salt, 'hex');
  }

  /**
   * One try: `isProof` says whether the other side's proof was made with this key. A right one uses the code up, on disk,
   * before this resolves: of two right ones, also in several processes, one finds no code.
   */
  async judge(isProof: (key: Buffer) => boolean): Promise<PairingTry> {
    const pending = await readHomeFile(this.#path, format);
    if (pending === undefined || this.#expired(pending)) return { outcome: 'no code' };
    if (!isProof(Buffer.from(pending.key, 'hex'))) return { outcome: 'wrong' };
    let isFirst = false;
    await updateHomeFile(this.#path, format, (current) => {
      isFirst = current?.key === pending.key;
      return isFirst ? undefined : current;
    });
    return isFirst
      ? { outcome: 'right', key: Buffer.from(pending.key, 'hex'), roles: pending.roles }
      : { outcome: 'no code' };
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
