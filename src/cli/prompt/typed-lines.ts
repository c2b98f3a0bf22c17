// The lines that come from a reader, in order, also those that arrive while a command runs.
import type { Interface } from 'node:readline';
import { Signal } from '../../base/waiting/signal.ts';

export class TypedLines {
  readonly #waiting: string[] = [];
  #isClosed = false;
  readonly #wake = new Signal();

  constructor(reader: Interface) {
    reader.on('line', (line) => {
      // The reader separates the lines of a text that came back from the history with carriage returns.
      this.#waiting.push(line.replaceAll('\r', '\n'));
      this.#wake.notify();
    });
    reader.on('close', () => {
      this.#isClosed = true;
      this.#wake.notify();
    });
  }

  /** Whether a line was typed ahead. */
  get isAhead(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether there will be no line any more. */
  get isOver(): boolean {
    return this.#isClosed && !this.isAhead;
  }

  /** The next line; undefined when there will be none. */
  async next(): Promise<string | undefined> {
    while (!this.isAhead && !this.#isClosed) await this.#wake.next();
    return this.#waiting.shift();
  }

  /** Drops the lines that were typed ahead. */
  drop(): void {
    this.#waiting.length = 0;
  }
}
