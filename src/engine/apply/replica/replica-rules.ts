// Which objects this target makes and which it refuses, whatever the source sends.
import type { RawPath } from '../../../base/raw-path.ts';
import type { ReplicaPolicy } from '../../../model/replica-policy.ts';

export interface ReplicaRules {
  /** undefined in an operator's own process, which keeps everything. */
  readonly policy: ReplicaPolicy | undefined;
  /** An object was not made; what was at its name is gone all the same. */
  refused(path: RawPath): void;
}

export const makesAll: ReplicaRules = { policy: undefined, refused: () => undefined };
