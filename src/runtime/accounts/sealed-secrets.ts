// Secrets at rest, sealed with AES-256-GCM under the server's own key (`keys/seal.key`, made on first use, mode 0600
// like every file of the home). Sealing keeps secrets out of backups and copies of configuration files, and off screens
// that show them. Everybody who can read the server's key folder can open the secrets.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import type { Random } from '../../base/random.ts';
import type { Storage } from '../../ports/storage.ts';

const keyName = 'keys/seal.key';
const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export class SealedSecrets {
  readonly #key: Uint8Array;
  readonly #random: Random;

  private constructor(key: Uint8Array, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  static async open(storage: Storage, random: Random): Promise<SealedSecrets> {
    const known = await storage.read(keyName);
    if (known !== undefined) return new SealedSecrets(known, random);
    const key = random.bytes(32);
    await storage.replace(keyName, key);
    return new SealedSecrets(key, random);
  }

  /** Base64 of nonce, tag and sealed text. */
  seal(secret: string): string {
    const nonce = this.#random.bytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws `SECRET-UNREADABLE` when the text was not sealed with this server's key. */
  open(sealed: string, subject: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
      return text.toString('utf8');
    } catch {
      throw new Failure({
        code: 'SECRET-UNREADABLE',
        operation: 'open a sealed secret',
        subject,
        reason: 'it was not sealed with the key of this home folder',
        hint: 'Enter the secret again.',
      });
    }
  }
}
