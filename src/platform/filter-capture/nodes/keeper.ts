// The guard's end of what must outlive the filter's process: descriptors of files that are open in programs and have lost their last name.
// Nothing but a descriptor leads to such a file.
//
//   message to the guard: 12 bytes, three numbers: what, the node, the descriptor; it answers a `keep` with one byte

import { addressOf } from '../../kernel/memory-address.ts';
import { read, write } from '../kernel/file-calls.ts';

export const keeperMessageBytes = 12;
export const keeperWord = { keep: 1, drop: 2 } as const;

export class Keeper {
  readonly #channel: number;
  readonly #message = Buffer.alloc(keeperMessageBytes);
  readonly #answer = Buffer.alloc(1);

  /** @param channel A socket whose other end the guard has. */
  constructor(channel: number) {
    this.#channel = channel;
  }

  /** Returns when the guard has a descriptor of its own, or is gone. */
  keep(node: number, descriptor: number): void {
    this.#say(keeperWord.keep, node, descriptor);
    read(this.#channel, addressOf(this.#answer), 1);
  }

  drop(node: number): void {
    this.#say(keeperWord.drop, node, 0);
  }

  #say(word: number, node: number, descriptor: number): void {
    for (const [index, number] of [word, node, descriptor].entries()) this.#message.writeUInt32LE(number, 4 * index);
    write(this.#channel, addressOf(this.#message), keeperMessageBytes);
  }
}
