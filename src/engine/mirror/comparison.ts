// What is different between an object of the workload and its copy, as far as a status and a listing can tell.
import {
  type ExtendedAttribute,
  type ObjectAttributes,
  type ObjectStatus,
  objectKey,
} from '../../model/stream/attributes.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import { isTimeKept } from '../apply/replica/kept-times.ts';

/** The words of a verification report. */
export type AttributeDifference =
  | 'mode'
  | 'owner'
  | 'time'
  | 'access list'
  | 'extended attributes'
  | 'link text'
  | 'device number';

/** `attributes` are the workload's; its kind is the copy's. A symbolic link's mode has no meaning. */
export function attributeDifferences(
  status: ObjectStatus,
  attributes: ObjectAttributes,
  linkText: string | undefined,
  copy: ReplicaEntry,
): AttributeDifference[] {
  const differences: AttributeDifference[] = [];
  const theirs = copy.attributes;
  if (attributes.mode !== theirs.mode && copy.kind !== 'symlink') differences.push('mode');
  if (attributes.userId !== theirs.userId || attributes.groupId !== theirs.groupId) differences.push('owner');
  if (!isTimeKept(attributes.modifiedNs, theirs.modifiedNs)) differences.push('time');
  for (const [word, isMeant] of [
    ['access list', isAccessList],
    ['extended attributes', (one: ExtendedAttribute) => !isAccessList(one)],
  ] as const) {
    if (!sameExtended(attributes.extended.filter(isMeant), theirs.extended.filter(isMeant))) differences.push(word);
  }
  if (linkText !== copy.linkText) differences.push('link text');
  if (status.specialDevice !== copy.specialDevice) differences.push('device number');
  return differences;
}

function isAccessList({ name }: ExtendedAttribute): boolean {
  return name.startsWith('system.posix_acl_');
}

function sameExtended(left: readonly ExtendedAttribute[], right: readonly ExtendedAttribute[]): boolean {
  return (
    left.length === right.length &&
    left.every((one, index) => {
      const other = right[index];
      return other !== undefined && one.name === other.name && Buffer.compare(one.value, other.value) === 0;
    })
  );
}

/**
 * Tells whether hard links agree: an object of the workload and an object of the replica belong together once both were
 * seen under one name, and never with another. Only objects of which either side has several names are remembered.
 */
export class LinkGroups {
  readonly #copyOf = new Map<string, string>();
  readonly #originalOf = new Map<string, string>();
  readonly #compared = new Set<string>();

  /** The object gets a new copy under this name: what the replica has under its other names is not that copy. */
  remade(status: ObjectStatus): void {
    if (status.links > 1) this.#copyOf.set(objectKey(status), '');
  }

  /** Under one of its names the object was made equal to its copy. */
  compared(status: ObjectStatus): void {
    if (status.links > 1) this.#compared.add(objectKey(status));
  }

  isCompared(status: ObjectStatus): boolean {
    return status.links > 1 && this.#compared.has(objectKey(status));
  }

  /** Whether this name links the same objects on both sides, as far as seen. */
  agrees(status: ObjectStatus, copy: ReplicaEntry): boolean {
    if (status.links < 2 && copy.links < 2) return true;
    const original = objectKey(status);
    const replica = objectKey(copy);
    const knownCopy = this.#copyOf.get(original);
    const knownOriginal = this.#originalOf.get(replica);
    if (knownCopy === undefined && knownOriginal === undefined) {
      this.#copyOf.set(original, replica);
      this.#originalOf.set(replica, original);
      return true;
    }
    return knownCopy === replica && knownOriginal === original;
  }
}
