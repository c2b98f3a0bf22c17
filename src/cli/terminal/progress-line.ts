// One line at the bottom of a terminal that says how far something is. It is drawn anew in its place, at most four times a
// second, goes away before anything else is written, and comes back below that.

import { displayColumns } from '../../base/text/display-columns.ts';
import type { Clock } from '../../base/waiting/clock.ts';

/** The part of a terminal that such a line needs. */
export interface LineOutput {
  readonly write: (text: string) => void;
  /** Asked for each time, because a window can change. */
  readonly columns: () => number;
}

const drawnEveryMs = 250;
const eraseLine = '\r\u001b[K';

export class ProgressLine {
  readonly #output: LineOutput;
  readonly #clock: Clock;
  /** By what they are about, the oldest first. */
  readonly #texts = new Map<object, string>();
  #drawn = '';
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(output: LineOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  show(about: object, text: string): void {
    this.#texts.set(about, text);
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#drawnMs < drawnEveryMs) return;
    this.#drawnMs = nowMs;
    this.#draw();
  }

  over(about: object): void {
    if (!this.#texts.delete(about)) return;
    this.#erase();
    this.#draw();
  }

  /** Writes something else, which stays; the line comes back with the next `show`. */
  above(write: () => void): void {
    this.#erase();
    write();
    this.#drawnMs = Number.NEGATIVE_INFINITY;
  }

  #draw(): void {
    const text = fitting([...this.#texts.values()].join('; '), this.#output.columns());
    if (text === this.#drawn) return;
    this.#output.write(text === '' ? eraseLine : `${eraseLine}${text}`);
    this.#drawn = text;
  }

  #erase(): void {
    if (this.#drawn !== '') this.#output.write(eraseLine);
    this.#drawn = '';
  }
}

/** The text on one row; the last column stays free, because the cursor would go on to the next row behind it. */
export function fitting(text: string, columns: number): string {
  if (displayColumns(text) < columns) return text;
  const letters = [...text];
  while (letters.length > 0 && displayColumns(`${letters.join('')}…`) >= columns) letters.pop();
  return letters.length === 0 ? '' : `${letters.join('')}…`;
}
