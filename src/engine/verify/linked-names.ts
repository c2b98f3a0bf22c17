// Hard links in a verification: names of one object on one side must be names of one object on the other side. For each
// name the check takes the name under which its object was seen first; both sides are walked in the same order, so both
// first names must be equal. Only objects with several names are remembered.
import type { RawPath } from '../../base/raw-path.ts';
import { objectKey } from '../../model/stream/attributes.ts';
import type { TreePair } from '../mirror/tree-walk.ts';

export interface NameBelowRoot {
  readonly root: number;
  readonly path: RawPath;
}

type Side = 'local' | 'remote';

export class LinkedNames {
  readonly #first = { local: new Map<string, NameBelowRoot>(), remote: new Map<string, NameBelowRoot>() };

  /** Takes in a name; returns whether it is linked to the same names on both sides, as far as these were seen. */
  agree(pair: TreePair): boolean {
    const [local, remote] = [this.#see(pair, 'local'), this.#see(pair, 'remote')];
    if (pair.local === undefined || pair.remote === undefined) return true;
    return local.root === remote.root && local.path === remote.path;
  }

  /** The names under which the two objects of this pair were seen first. */
  firstNames(pair: Pick<TreePair, Side>): NameBelowRoot[] {
    return (['local', 'remote'] as const).flatMap((side) => {
      const object = pair[side];
      return object === undefined ? [] : (this.#first[side].get(objectKey(object)) ?? []);
    });
  }

  #see(pair: TreePair, side: Side): NameBelowRoot {
    const object = pair[side];
    if (object === undefined || object.kind === 'directory' || object.links < 2) return pair;
    const key = objectKey(object);
    const first = this.#first[side].get(key);
    if (first !== undefined) return first;
    const { root, path } = pair;
    this.#first[side].set(key, { root, path });
    return pair;
  }
}

/** In the order of a walk: depth first, names by bytes. */
export function inWalkOrder(left: NameBelowRoot, right: NameBelowRoot): number {
  if (left.root !== right.root) return left.root - right.root;
  // A zero byte is in no name, and sorts before every other byte.
  const [one, other] = [left.path.replaceAll('/', '\0'), right.path.replaceAll('/', '\0')];
  return one < other ? -1 : Number(one > other);
}
