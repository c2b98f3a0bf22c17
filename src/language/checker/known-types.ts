// What is known of the variables at one place of a script: which have, or may have, a value there, and of which type.
//
// A branch is a layer of changes above the place it begins at, and nothing is copied: a script may have thousands of
// variables and thousands of branches and functions. While a branch is open, what is below it does not change. Layers are
// as many as blocks are nested, so finding a name is short.
import type { ValueType } from '../values/value.ts';

export type StaticType = ValueType | 'number' | 'any';

export class KnownTypes {
  readonly #below: KnownTypes | undefined;
  /** Undefined for a name that is not known here, whatever is known below. */
  #changes: Map<string, StaticType | undefined> | undefined;

  constructor(below?: KnownTypes) {
    this.#below = below;
  }

  branch(): KnownTypes {
    return new KnownTypes(this);
  }

  get(name: string): StaticType | undefined {
    for (let layer: KnownTypes | undefined = this; layer !== undefined; layer = layer.#below) {
      const type = layer.#changes?.get(name);
      if (type !== undefined || layer.#changes?.has(name)) return type;
    }
    return undefined;
  }

  set(name: string, type: StaticType): void {
    this.#change(name, type);
  }

  forget(name: string): void {
    this.#change(name, undefined);
  }

  #change(name: string, type: StaticType | undefined): void {
    // Most branches change nothing.
    this.#changes ??= new Map();
    this.#changes.set(name, type);
  }

  /** Every name that is known here. */
  *keys(): Iterable<string> {
    const seen = new Set<string>();
    for (let layer: KnownTypes | undefined = this; layer !== undefined; layer = layer.#below) {
      for (const [name, type] of layer.#changes ?? []) {
        if (type !== undefined && !seen.has(name)) yield name;
        seen.add(name);
      }
    }
  }

  /**
   * Takes over what is certain after several ways from here, one of which was taken: a name that some of them know is
   * known, perhaps with no certain type.
   */
  takeMerged(ways: readonly KnownTypes[]): void {
    for (const way of ways) {
      for (let layer: KnownTypes | undefined = way; layer !== undefined && layer !== this; layer = layer.#below)
        for (const name of layer.#changes?.keys() ?? []) this.#takeMergedName(name, ways);
    }
  }

  #takeMergedName(name: string, ways: readonly KnownTypes[]): void {
    let merged: StaticType | undefined;
    for (const way of ways) {
      const type = way.get(name);
      if (type === undefined) continue;
      merged = merged === undefined || merged === type ? type : 'any';
    }
    if (merged !== undefined) this.set(name, merged);
  }
}
