// The keys of a terminal on their way to the reader of lines. A search, a page or a question may hold them: then it gets
// every key, and the reader none.
import { emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Signal } from '../../base/waiting/signal.ts';

export interface Key {
  /** What the terminal sent. */
  readonly sequence: string;
  /** The name that Node.js gives the key: `r`, `return`, `backspace`, `escape`. */
  readonly name: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

export type KeyTaker = (key: Key) => void;

type TerminalInput = NodeJS.ReadableStream & { setRawMode?(raw: boolean): unknown };

export class Keyboard extends PassThrough {
  readonly #input: TerminalInput;
  readonly #noticed: () => void;
  readonly #shortcuts = new Map<string, () => boolean>();
  #taker: KeyTaker | undefined;
  #isOver = false;
  readonly #changed = new Signal();

  /** `noticed` is called before each key goes anywhere. */
  constructor(input: TerminalInput, noticed = (): void => undefined) {
    super();
    this.#input = input;
    this.#noticed = noticed;
    emitKeypressEvents(input);
    input.on('keypress', this.#onKey);
    input.on('end', this.stop);
  }

  /** The reader of lines turns raw mode on and off. */
  setRawMode(raw: boolean): this {
    this.#input.setRawMode?.(raw);
    return this;
  }

  /** Calls `act` instead of giving the reader Ctrl and this letter; when it returns false the reader gets the key. */
  onCtrl(letter: string, act: () => boolean): void {
    this.#shortcuts.set(letter, act);
  }

  /** From now on every key goes to the taker, until `release`. */
  hold(taker: KeyTaker): void {
    this.#taker = taker;
  }

  release(): void {
    this.#taker = undefined;
  }

  /** Gives the reader a key. */
  forward({ sequence }: Key): void {
    if (!this.#isOver) this.write(sequence);
  }

  /**
   * Gives every key to `work` while it goes on; `next` resolves with undefined when there will be none. Keys that are
   * left over are the reader's.
   */
  async lend<Result>(work: (next: () => Promise<Key | undefined>) => Promise<Result>): Promise<Result> {
    const waiting: Key[] = [];
    this.hold((key) => {
      waiting.push(key);
      this.#changed.notify();
    });
    try {
      return await work(async () => {
        await this.#changed.until(() => waiting.length > 0 || this.#isOver);
        return waiting.shift();
      });
    } finally {
      this.release();
      for (const key of waiting) this.forward(key);
    }
  }

  /** No key comes any more; the input is let go, so that the program can end. */
  readonly stop = (): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#input.off('keypress', this.#onKey);
    this.#input.off('end', this.stop);
    this.#input.pause();
    this.#changed.notify();
    this.end();
  };

  readonly #onKey = (text: string | undefined, given: Partial<Key> | undefined): void => {
    const { sequence = text ?? '', name = '', ctrl = false, meta = false } = given ?? {};
    const key = { sequence, name, ctrl, meta };
    this.#noticed();
    if (this.#taker !== undefined) this.#taker(key);
    else if (!ctrl || this.#shortcuts.get(name)?.() !== true) this.forward(key);
  };
}

/** The text of a key that stands for text; empty for any other key. */
export function typedText({ sequence, ctrl, meta }: Key): string {
  return ctrl || meta || /\p{Cc}/u.test(sequence) ? '' : sequence;
}
