// What a target keeps of objects that could act on its machine. Both sides follow it: the source does not send what would be
// refused, and compares with what is kept; the target holds to it whatever a source sends.
import type { ObjectAttributes, ObjectKind } from './stream/attributes.ts';

export const deviceNodePolicies = ['refuse', 'keep'] as const;
export const setIdPolicies = ['keep', 'strip'] as const;

export interface ReplicaPolicy {
  /** Whether character and block devices are made. */
  readonly deviceNodes: (typeof deviceNodePolicies)[number];
  /** Whether programs keep their set-id bits and capabilities. */
  readonly setId: (typeof setIdPolicies)[number];
}

export const keepsAll: ReplicaPolicy = { deviceNodes: 'keep', setId: 'keep' };

const setIdBits = 0o6000;
const capabilities = 'security.capability';

export function refusesKind({ deviceNodes }: ReplicaPolicy, kind: ObjectKind): boolean {
  return deviceNodes === 'refuse' && (kind === 'character' || kind === 'block');
}

/** The attributes as the replica has them. On a folder the bits only say whose its new entries are, so they stay. */
export function keptAttributes(
  policy: ReplicaPolicy,
  kind: ObjectKind,
  attributes: ObjectAttributes,
): ObjectAttributes {
  if (policy.setId === 'keep' || kind === 'directory') return attributes;
  return {
    ...attributes,
    mode: attributes.mode & ~setIdBits,
    extended: attributes.extended.filter(({ name }) => name !== capabilities),
  };
}
