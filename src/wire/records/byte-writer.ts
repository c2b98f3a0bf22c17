// Writes the fields of a binary form one after the other into a growing buffer. Numbers are big-endian. What does not fit
// its field is a defect of the caller and asserts.
import { assert } from '../../base/failure.ts';

const initialBytes = 16_384;

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written and keeps the buffer. */
  reset(): void {
    this.#length = 0;
  }

  /** Forgets what was written behind this length. */
  cutTo(length: number): void {
    assert(length <= this.#length, 'a writer can only be cut shorter');
    this.#length = length;
  }

  u8(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xff, 'a u8 is out of range');
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, 'a u16 is out of range');
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  u32(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, 'a u32 is out of range');
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  u48(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value < 2 ** 48, 'a u48 is out of range');
    const at = this.#reserve(6);
    this.#bytes.writeUIntBE(value, at, 6);
  }

  /** Eight bytes that hold a safe integer. */
  size(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a size is out of range');
    const at = this.#reserve(8);
    this.#bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
    this.#bytes.writeUInt32BE(value % 2 ** 32, at + 4);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64BE(value, at);
  }

  i64(value: bigint): void {
    const at = this.#reserve(8);
    this.#bytes.writeBigInt64BE(value, at);
  }

  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** The bytes of a byte string, without their number. */
  text(value: string): void {
    const at = this.#reserve(value.length);
    this.#bytes.write(value, at, 'latin1');
  }

  /** Overwrites four bytes that were written before. */
  patchU32(at: number, value: number): void {
    assert(at + 4 <= this.#length, 'a patch lies outside of what was written');
    this.#bytes.writeUInt32BE(value, at);
  }

  /** A fresh buffer with all that was written and, behind it, a tail. */
  finish(tail?: Uint8Array): Buffer {
    const whole = Buffer.allocUnsafe(this.#length + (tail?.length ?? 0));
    this.#bytes.copy(whole, 0, 0, this.#length);
    if (tail !== undefined) whole.set(tail, this.#length);
    return whole;
  }

  /** Where `length` more bytes go. May replace the buffer, so it is called before the buffer is touched. */
  #reserve(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
