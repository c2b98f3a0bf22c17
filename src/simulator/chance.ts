// Chance from a seed: numbers, choices, yes or no. The same seed gives the same answers.
import { assert } from '../base/failure.ts';
import { SeededRandom } from './seeded-random.ts';

export class Chance {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** A whole number from 0 to count - 1. */
  below(count: number): number {
    assert(count > 0, 'a choice needs something to choose from');
    return Buffer.from(this.#random.bytes(4)).readUInt32LE(0) % count;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  oneOf<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    assert(chosen !== undefined, 'a choice is one of those given');
    return chosen;
  }

  percent(percent: number): boolean {
    return this.below(100) < percent;
  }
}
