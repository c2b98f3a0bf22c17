// The beginning of what a program writes, up to a limit. What comes behind the limit is read and counted, so that the program
// never waits for a reader.
import type { Readable } from 'node:stream';
import { wholeCharacters } from '../../base/text/whole-characters.ts';

export class KeptOutput {
  readonly #chunks: Buffer[] = [];
  #roomBytes: number;
  #cutBytes = 0;

  constructor(bytesMax: number) {
    this.#roomBytes = bytesMax;
  }

  keep(stream: Readable | null): void {
    stream?.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, this.#roomBytes);
      if (kept.length > 0) this.#chunks.push(kept);
      this.#roomBytes -= kept.length;
      this.#cutBytes += chunk.length - kept.length;
    });
    stream?.on('error', () => undefined);
  }

  /** Bytes that were not kept, once `text` was asked for. */
  get cutBytes(): number {
    return this.#cutBytes;
  }

  /** What is no UTF-8 becomes the character U+FFFD. A character that the limit would divide is cut as a whole. */
  text(): string {
    const bytes = Buffer.concat(this.#chunks);
    const whole = this.#cutBytes === 0 ? bytes : wholeCharacters(bytes);
    this.#cutBytes += bytes.length - whole.length;
    return whole.toString('utf8');
  }
}
