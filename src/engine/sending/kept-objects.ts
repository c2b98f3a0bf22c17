// What the target keeps of the workload by its policy, as its last welcome said it, and which objects it refuses.
import type { RawPath } from '../../base/raw-path.ts';
import { keepsAll, keptAttributes, type ReplicaPolicy, refusesKind } from '../../model/replica-policy.ts';
import type { ObjectAttributes, ObjectKind } from '../../model/stream/attributes.ts';

export class KeptObjects {
  readonly #tell: (root: number, path: RawPath) => void;
  #policy: ReplicaPolicy | undefined;
  /** Names, with their root before them, of what is refused: as far as it was met since the last mirror began. */
  readonly #refused = new Set<string>();

  /** `tell` is called with each object that is refused, once. */
  constructor(tell: (root: number, path: RawPath) => void = () => undefined) {
    this.#tell = tell;
  }

  get refusedCount(): number {
    return this.#refused.size;
  }

  /** True when the target kept something else before: then only a mirror makes the replica what it should be. */
  follow(policy: ReplicaPolicy): boolean {
    const before = this.#policy ?? policy;
    this.#policy = policy;
    return before.deviceNodes !== policy.deviceNodes || before.setId !== policy.setId;
  }

  mirrorBegins(): void {
    this.#refused.clear();
  }

  refuses(root: number, path: RawPath, kind: ObjectKind): boolean {
    const name = `${root}/${path}`;
    if (!refusesKind(this.#policy ?? keepsAll, kind)) {
      this.#refused.delete(name);
      return false;
    }
    if (!this.#refused.has(name)) this.#tell(root, path);
    this.#refused.add(name);
    return true;
  }

  attributes(kind: ObjectKind, attributes: ObjectAttributes): ObjectAttributes {
    return keptAttributes(this.#policy ?? keepsAll, kind, attributes);
  }
}
