// What was typed before, as the reader goes through it with Up and Down, newest first. The reader adds each line; when a
// text of several lines has been answered, one entry takes the place of its lines, so that it comes back whole.

export class TypedTexts {
  /** The array of the reader, which it reads and changes. */
  readonly entries: string[];
  #answered: readonly string[];
  readonly #max: number;

  constructor(earlier: readonly string[], max: number) {
    this.#answered = earlier;
    this.#max = max;
    this.entries = [...earlier];
  }

  /** The lines of a text that is not complete yet. */
  open(lines: readonly string[]): void {
    this.#show([...lines].reverse());
  }

  /** A text that has been answered. */
  answered(lines: readonly string[]): void {
    const text = lines.filter((line) => line.trim() !== '').join('\n');
    if (text !== '') this.#answered = [text, ...this.#answered.filter((one) => one !== text)].slice(0, this.#max);
    this.#show([]);
  }

  /** Makes an entry the newest, so that the reader comes to it first. */
  bringUp(entry: string): void {
    this.#answered = [entry, ...this.#answered.filter((one) => one !== entry)];
    this.#show([]);
  }

  #show(lines: readonly string[]): void {
    this.entries.splice(0, this.entries.length, ...lines.filter((line) => line.trim() !== ''), ...this.#answered);
  }
}
