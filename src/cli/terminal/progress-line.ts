// One line at the bottom of a terminal that says how far something is. It is drawn anew in its place, at most four times a
// second, goes away before anything else is written, and comes back below that.

import { displayColumns } from '../../base/text/display-columns.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { ProgressSink } from '../../runtime/commands/command-context.ts';
import { progressText } from '../../runtime/text/progress-text.ts';

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
  readonly #isFree: () => boolean;
  /** By what they are about, the oldest first. */
  readonly #texts = new Map<object, string>();
  #drawn = '';
  #drawnMs = Number.NEGATIVE_INFINITY;

  /** While `isFree` says no, something else stands on the row, and the line is not drawn. */
  constructor(output: LineOutput, clock: Clock, isFree = (): boolean => true) {
    this.#output = output;
    this.#clock = clock;
    this.#isFree = isFree;
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

  /** Goes away for a moment, because something else will be written by others; it comes back when the row is free. */
  hide(): void {
    this.#erase();
    this.#drawnMs = this.#clock.monotonicMs();
  }

  #draw(): void {
    if (!this.#isFree()) return;
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

/** Shows how far commands are, each until it is over. */
export function progressOn(line: ProgressLine): ProgressSink {
  return {
    show: (request, progress) => line.show(request, progressText(progress)),
    over: (request) => line.over(request),
  };
}

/** The text on one row; the last column stays free, because the cursor would go on to the next row behind it. */
export function fitting(text: string, columns: number): string {
  if (displayColumns(text) < columns) return text;
  const letters = [...text];
  while (letters.length > 0 && displayColumns(`${letters.join('')}…`) >= columns) letters.pop();
  return letters.length === 0 ? '' : `${letters.join('')}…`;
}
