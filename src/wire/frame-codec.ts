// Frames: how a link's stream of bytes falls into typed pieces (format: DESIGN.md). The decoder takes bytes in whatever
// portions the network delivers, copies each at most once, and holds no more than one unfinished frame and one payload
// that comes in parts. After it has
// thrown it is dead: a stream that was wrong once has no next frame that could be trusted.
import { crc32 } from 'node:zlib';
import { assert } from '../base/failure.ts';
import { WireFailure } from './records/wire-failure.ts';

export const payloadBytesMax = 8 * 1024 * 1024;

const frameNumbers = {
  hello: 1,
  welcome: 2,
  refuse: 3,
  operations: 4,
  acknowledge: 5,
  request: 6,
  response: 7,
  notice: 8,
  heartbeat: 9,
  bye: 10,
} as const;

export type FrameType = keyof typeof frameNumbers;

const typeOfNumber = new Map<number, FrameType>(
  Object.entries(frameNumbers).map(([type, number]) => [number, type as FrameType]),
);

export interface Frame {
  readonly type: FrameType;
  /** May be a view of the bytes that were pushed. */
  readonly payload: Buffer;
}

/** The length field, and what follows it before the payload. */
const lengthBytes = 4;
const headBytes = 8;
/** What a frame is longer than its payload. */
export const frameHeadBytes = lengthBytes + headBytes;
/** A payload up to this size goes together with the head: one piece is cheaper to send than a copy is to make. */
const togetherBytes = 512;
/** The first buffer for a payload that comes in parts. */
const partsBytesMin = 64 * 1024;

/** In the flags of the head: the payload goes on in the next frame of this type. */
const goesOn = 0x010000;

/** A part of a payload of operations; after it, unless it is the last, frames of other types may go, and then the next part. */
export function encodePart(part: readonly Uint8Array[], isLast: boolean): Buffer[] {
  return frameOf('operations', part, !isLast);
}

/** The frame as pieces to be written one after the other; a large payload is not copied. */
export function encodeFrame(type: FrameType, payload: Uint8Array | readonly Uint8Array[]): Buffer[] {
  return frameOf(type, payload, false);
}

function frameOf(type: FrameType, payload: Uint8Array | readonly Uint8Array[], hasMore: boolean): Buffer[] {
  const pieces = payload instanceof Uint8Array ? [payload] : payload;
  let payloadBytes = 0;
  let checksum = 0;
  for (const piece of pieces) {
    payloadBytes += piece.length;
    checksum = crc32(piece, checksum);
  }
  assert(payloadBytes <= payloadBytesMax, 'a payload is too large for a frame');
  const head = Buffer.allocUnsafe(lengthBytes + headBytes + (payloadBytes <= togetherBytes ? payloadBytes : 0));
  head.writeUInt32BE(headBytes + payloadBytes, 0);
  // The type, the flags, and two reserved bytes.
  head.writeUInt32BE(frameNumbers[type] * 0x1000000 + (hasMore ? goesOn : 0), 4);
  head.writeUInt32BE(checksum, 8);
  if (payloadBytes > togetherBytes)
    return [head, ...pieces.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))];
  let at = lengthBytes + headBytes;
  for (const piece of pieces) {
    head.set(piece, at);
    at += piece.length;
  }
  return [head];
}

export class FrameDecoder {
  readonly #head = Buffer.alloc(lengthBytes + headBytes);
  #headFilled = 0;
  /** Known once the head is whole. */
  #type: FrameType | undefined;
  #payloadBytes = 0;
  /** Collects a payload that arrives in several portions. */
  #partial: Buffer | undefined;
  #partialFilled = 0;
  #hasMore = false;
  /** Collects a payload that comes in parts; filled as far as they have come. */
  #parts: Buffer | undefined;
  #partsFilled = 0;
  #broken: WireFailure | undefined;

  /** The frames that these bytes complete. Throws WireFailure; then none of this call's frames may be used. */
  push(bytes: Buffer): Frame[] {
    if (this.#broken) throw this.#broken;
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.length || this.#payloadIsEmpty()) {
      if (this.#type === undefined) {
        at += this.#takeHead(bytes, at);
        continue;
      }
      const payload = this.#takePayload(bytes, at);
      const frame = payload.whole && this.#finish(this.#type, payload.whole);
      if (frame) frames.push(frame);
      at += payload.taken;
    }
    return frames;
  }

  /** States that no frame is unfinished; call it when the link's stream of bytes ends. */
  end(): void {
    if (this.#broken) throw this.#broken;
    if (this.#headFilled > 0) this.#fail('the link ended in the middle of a frame');
  }

  #payloadIsEmpty(): boolean {
    return this.#type !== undefined && this.#payloadBytes === 0;
  }

  #takeHead(bytes: Buffer, at: number): number {
    const taken = bytes.copy(this.#head, this.#headFilled, at);
    this.#headFilled += taken;
    if (this.#headFilled >= lengthBytes) this.#checkLength();
    if (this.#headFilled === this.#head.length) this.#checkHead();
    return taken;
  }

  #checkLength(): void {
    const length = this.#head.readUInt32BE(0);
    if (length < headBytes) this.#fail('a frame is too short');
    if (length > headBytes + payloadBytesMax) this.#fail(`a frame of ${length} bytes is too long`);
    this.#payloadBytes = length - headBytes;
  }

  #checkHead(): void {
    const number = this.#head.readUInt8(4);
    this.#type = typeOfNumber.get(number) ?? this.#fail(`a frame has the unknown type ${number}`);
    const flags = this.#head.readUIntBE(5, 3);
    this.#hasMore = flags === goesOn && this.#type === 'operations';
    if (flags !== 0 && !this.#hasMore) this.#fail('reserved bits of a frame are set');
    if (this.#type !== 'operations') return;
    if (this.#hasMore && this.#payloadBytes === 0) this.#fail('a part of a payload is empty');
    if (this.#partsFilled + this.#payloadBytes > payloadBytesMax) this.#fail('the parts of a payload are too long');
  }

  #takePayload(bytes: Buffer, at: number): { readonly taken: number; readonly whole?: Buffer } {
    const available = bytes.length - at;
    if (this.#partial === undefined && available >= this.#payloadBytes) {
      return { taken: this.#payloadBytes, whole: bytes.subarray(at, at + this.#payloadBytes) };
    }
    this.#partial ??= Buffer.allocUnsafe(this.#payloadBytes);
    const taken = bytes.copy(this.#partial, this.#partialFilled, at);
    this.#partialFilled += taken;
    return this.#partialFilled === this.#payloadBytes ? { taken, whole: this.#partial } : { taken };
  }

  /** undefined when the payload goes on in another frame. */
  #finish(type: FrameType, payload: Buffer): Frame | undefined {
    if (crc32(payload) !== this.#head.readUInt32BE(8)) this.#fail('the checksum of a frame is wrong');
    this.#headFilled = 0;
    this.#type = undefined;
    this.#partial = undefined;
    this.#partialFilled = 0;
    if (type !== 'operations' || (!this.#hasMore && this.#parts === undefined)) return { type, payload };
    const collected = this.#collect(payload);
    if (this.#hasMore) return undefined;
    this.#parts = undefined;
    this.#partsFilled = 0;
    return { type, payload: collected };
  }

  /** Copies the part, since many small parts would hold on to the large buffers in which they came. */
  #collect(part: Buffer): Buffer {
    const filled = this.#partsFilled + part.length;
    if (this.#parts === undefined || filled > this.#parts.length) {
      const grown = Buffer.allocUnsafe(Math.min(payloadBytesMax, Math.max(2 * filled, partsBytesMin)));
      this.#parts?.copy(grown, 0, 0, this.#partsFilled);
      this.#parts = grown;
    }
    part.copy(this.#parts, this.#partsFilled);
    this.#partsFilled = filled;
    return this.#parts.subarray(0, filled);
  }

  #fail(reason: string): never {
    this.#broken = new WireFailure('frame', reason);
    this.#partial = undefined;
    this.#parts = undefined;
    throw this.#broken;
  }
}
