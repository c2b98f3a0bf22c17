// Reads the fields of a binary form one after the other and never behind its end. Numbers are big-endian. Bytes are given
// out as views. Everything that is not as it should be is a WireFailure.
import { WireFailure } from './wire-failure.ts';

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #subject: string;
  #at: number;

  /** `subject` names what is read, for messages. */
  constructor(bytes: Buffer, subject: string, at = 0) {
    this.#bytes = bytes;
    this.#subject = subject;
    this.#at = at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  u48(): number {
    return this.#bytes.readUIntBE(this.#take(6), 6);
  }

  /** Eight bytes that must hold a safe integer. */
  size(): number {
    const at = this.#take(8);
    const value = this.#bytes.readUInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
    return Number.isSafeInteger(value) ? value : this.fail('a size is too large');
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  /** A view of the next bytes. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of all bytes that are left. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** The next bytes as a byte string. */
  text(length: number): string {
    const at = this.#take(length);
    return this.#bytes.toString('latin1', at, at + length);
  }

  /** States that nothing is left. */
  end(): void {
    if (this.remaining !== 0) this.fail(`${this.remaining} bytes are left over`);
  }

  fail(reason: string): never {
    throw new WireFailure(this.#subject, reason);
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.remaining) this.fail('it ends too early');
    this.#at = at + length;
    return at;
  }
}
