// Markers: elements of the stream that are no change of a file but mean "exactly here".
import type { RawPath } from '../../base/raw-path.ts';
import type { StreamTask } from './task.ts';

export type Marker =
  | { readonly type: 'mirror-begin'; readonly mirrorId: string; readonly method: MirrorMethod }
  /** `completed` says the replica is good from here on; `stopped` leaves it in need of a mirror. */
  | { readonly type: 'mirror-end'; readonly mirrorId: string; readonly outcome: MirrorOutcome }
  | { readonly type: 'task'; readonly task: StreamTask }
  | {
      readonly type: 'snapshot';
      readonly snapshotId: string;
      readonly name: string;
      readonly snapshotType: SnapshotType;
    }
  /** Nothing but a place: the target reports when it has applied everything before it. */
  | { readonly type: 'barrier'; readonly barrierId: string }
  /** The source will send nothing more in this stream; the replica is complete up to here. */
  | { readonly type: 'end' }
  /** Part of the list of what was in the replica before the first mirror, and stays there; `first` begins it anew. */
  | { readonly type: 'kept'; readonly places: readonly KeptPlace[]; readonly first: boolean; readonly last: boolean };

export const mirrorOutcomes = ['completed', 'stopped'] as const;
type MirrorOutcome = (typeof mirrorOutcomes)[number];

/** Below a job's root, and everything in it. */
export interface KeptPlace {
  readonly root: number;
  readonly path: RawPath;
}

/** The guide's four methods (ch. 3, Mirror Options), in order of growing certainty. */
export const mirrorMethods = ['none', 'attributes-whole', 'attributes-delta', 'data-delta'] as const;
export type MirrorMethod = (typeof mirrorMethods)[number];

/** Those that are asked for from outside, as the guide's lists name them (ch. 7). */
export const askedSnapshotTypes = ['scheduled', 'deferred', 'manual'] as const;
export type AskedSnapshotType = (typeof askedSnapshotTypes)[number];

/** `automatic` is our word for the one a job keeps by itself. */
export const snapshotTypes = [...askedSnapshotTypes, 'automatic'] as const;
export type SnapshotType = (typeof snapshotTypes)[number];

/** As they are shown (guide, ch. 2, snapshots); the last is ours. */
export const snapshotTypeWords: Readonly<Record<SnapshotType, string>> = {
  scheduled: 'Scheduled',
  deferred: 'Deferred',
  manual: 'Manual',
  automatic: 'Automatic',
};
