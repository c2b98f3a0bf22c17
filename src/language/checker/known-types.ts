// What is known of the variables at one place of a script: which have, or may have, a value there, and of which type.
//
// A branch is a layer of changes above the place it begins at, and nothing is copied: a script may have thousands of
// variables and thousands of branches and functions. While a branch is open, what is below it does not change. Layers are
// as many as blocks are nested, so finding a name is short.
import type { StaticType } from './check-expression.ts';

export class KnownTypes {
  readonly #below: KnownTypes | undefined;
  /** Undefined for a name that is not known here, whatever is known below. */
  readonly #changes = new Map<string, StaticType | undefined>();

  constructor(below?: KnownTypes) {
    this.#below = below;
  }

  branch(): KnownTypes {
    return new KnownTypes(this);
  }

  get(name: string): StaticType | undefined {
    for (let layer: KnownTypes | undefined = this; layer !== undefined; layer = layer.#below) {
      const type = layer.#changes.get(name);
      if (type !== undefined || layer.#changes.has(name)) return type;
    }
    return undefined;
  }

  set(name: string, type: StaticType): void {
    this.#changes.set(name, type);
  }

  forget(name: string): void {
    this.#changes.set(name, undefined);
  }

  /** Every name that is known here. */
  *keys(): Iterable<string> {
    const seen = new Set<string>();
    for (let layer: KnownTypes | undefined = this; layer !== undefined; layer = layer.#below) {
      for (const [name, type] of layer.#changes) {
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
    const changed = new Set(ways.flatMap((way) => way.#changedAbove(this)));
    for (const name of changed) {
      const types = new Set(ways.map((way) => way.get(name)));
      types.delete(undefined);
      const [type] = types;
      if (type !== undefined) this.#changes.set(name, types.size === 1 ? type : 'any');
    }
  }

  #changedAbove(place: KnownTypes): string[] {
    const names: string[] = [];
    for (let layer: KnownTypes | undefined = this; layer !== undefined && layer !== place; layer = layer.#below)
      for (const name of layer.#changes.keys()) names.push(name);
    return names;
  }
}
