// The variables that have, or may have, a value at one place of a script, with their types.
//
// A branch is a layer of changes above the types that are known where it begins; nothing is copied, because a script
// may have thousands of variables, branches and functions. While a branch is open, the layers below it do not change.
// There is one layer for each nested block, so finding a name is short.
import type { ValueType } from '../../values/value.ts';

export type StaticType = ValueType | 'number' | 'any';

export class KnownTypes {
  readonly #below: KnownTypes | undefined;
  /** Undefined for a name that is not known here, even when a layer below knows it. */
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
    // The map is made late because most branches change nothing.
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
   * Merges several ways from here, one of which was taken: a name that one of them knows is known afterwards, with no
   * certain type when they disagree.
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
