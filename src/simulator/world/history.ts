// What went through the ports of a simulated cluster, folded into one hash: two runs with the same hash did the same, call
// by call, with the same bytes. The parts of a record are separated, so that no two different records look alike.
import { xxh64 } from '@node-rs/xxhash';

const roomBytes = 256 * 1024;
/** Pieces longer than this enter as their own hash. */
const pieceBytesMax = 200;

export class History {
  readonly #room = Buffer.alloc(roomBytes);
  #used = 0;
  #hash = 0n;
  #records = 0;

  /** How many records there are. */
  get records(): number {
    return this.#records;
  }

  /** Of everything recorded so far: 16 hexadecimal digits. */
  get hash(): string {
    this.#fold();
    return this.#hash.toString(16).padStart(16, '0');
  }

  /** One thing that happened: who, what, and with what. */
  record(...parts: unknown[]): void {
    this.#records += 1;
    for (const part of parts) this.#enter(part, 0);
    this.#write('\n');
  }

  #enter(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.#write(`s${value.length}:${value.length > pieceBytesMax ? xxh64(value).toString(16) : value} `);
        return;
      case 'number':
      case 'bigint':
      case 'boolean':
      case 'undefined':
        this.#write(`${value} `);
        return;
      case 'object':
        this.#enterObject(value, depth);
        return;
      default:
        this.#write(`${typeof value} `);
    }
  }

  #enterObject(value: object | null, depth: number): void {
    if (value === null) this.#write('null ');
    else if (value instanceof Uint8Array) this.#write(`b${value.length}:${xxh64(value).toString(16)} `);
    else if (value instanceof Error) this.#write(`e${(value as { code?: string }).code ?? value.message} `);
    else if (Array.isArray(value)) {
      this.#write(`[${value.length} `);
      for (const item of value) this.#enter(item, depth + 1);
    } else if (isData(value) && depth < 8) {
      this.#write('{ ');
      for (const [name, field] of Object.entries(value)) {
        this.#write(`${name} `);
        this.#enter(field, depth + 1);
      }
      this.#write('} ');
    } else this.#write('object ');
  }

  #write(text: string): void {
    if (this.#used + text.length * 2 > roomBytes) this.#fold();
    this.#used += this.#room.write(text, this.#used, 'utf8');
  }

  #fold(): void {
    if (this.#used === 0) return;
    this.#hash = xxh64(this.#room.subarray(0, this.#used), this.#hash);
    this.#used = 0;
  }
}

/** Ports and other living objects enter by what is called on them, not by what they hold. */
function isData(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
