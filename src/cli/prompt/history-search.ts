// Ctrl-R: searches what was typed, as in other shells. While the search goes on, its line stands in the place of the
// line that is being written, and typed letters narrow the search. Ctrl-R goes to an older text, Enter runs the found
// one, Ctrl-G, Escape and Ctrl-C give up, any other key takes the found text and is used on it.
import type { Interface } from 'node:readline';
import { type Key, type Keyboard, typedText } from './keyboard.ts';
import type { Screen } from './screen.ts';
import type { TypedTexts } from './typed-texts.ts';

export interface SearchParts {
  readonly reader: Interface;
  readonly keyboard: Keyboard;
  readonly screen: Screen;
  readonly texts: TypedTexts;
}

export class HistorySearch {
  readonly #parts: SearchParts;
  /** As they were when the search began. */
  readonly #entries: readonly string[];
  #wanted = '';
  #found: number | undefined;

  constructor(parts: SearchParts) {
    this.#parts = parts;
    this.#entries = [...parts.texts.entries];
  }

  begin(): void {
    this.#parts.keyboard.hold((key) => this.#take(key));
    this.#show();
  }

  #take(key: Key): void {
    const { keyboard } = this.#parts;
    const text = typedText(key);
    if (key.ctrl && key.name === 'r') this.#look((this.#found ?? -1) + 1);
    else if (key.name === 'escape' || (key.ctrl && (key.name === 'g' || key.name === 'c'))) this.#end();
    else if (key.name === 'backspace') {
      this.#wanted = [...this.#wanted].slice(0, -1).join('');
      this.#look(0);
    } else if (text !== '') {
      this.#wanted += text;
      this.#look(this.#found ?? 0);
    } else {
      this.#end(this.#found === undefined ? undefined : this.#entries[this.#found]);
      keyboard.forward(key);
    }
  }

  /** Finds the newest text that holds the letters, from an index on; without one, the last find stays. */
  #look(from: number): void {
    const wanted = this.#wanted.toLowerCase();
    const at = this.#entries.findIndex((one, index) => index >= from && one.toLowerCase().includes(wanted));
    const holds = this.#found !== undefined && this.#entries[this.#found]?.toLowerCase().includes(wanted) === true;
    if (wanted === '') this.#found = undefined;
    else if (at >= 0) this.#found = at;
    else if (!holds) this.#found = undefined;
    this.#show();
  }

  #show(): void {
    const found = this.#found === undefined ? undefined : this.#entries[this.#found];
    const nothing = this.#wanted === '' || found !== undefined ? '' : ' (nothing)';
    this.#parts.screen.cover(this.#parts.reader, `search "${this.#wanted}"${nothing}: ${found ?? ''}`);
  }

  #end(chosen?: string): void {
    const { reader, keyboard, screen, texts } = this.#parts;
    keyboard.release();
    screen.uncover(reader);
    if (chosen === undefined) return;
    const press = (name: string): void => reader.write(null, { ctrl: true, name });
    // Down to the line that was being written, which gives way; then up to the chosen text, now the newest.
    for (let step = 0; step < this.#entries.length; step++) press('n');
    press('e');
    press('u');
    texts.bringUp(chosen);
    press('p');
  }
}
