// The refusal of a target as its source gets it: a failure with what the target says of the epoch that holds.
import { Failure, type FailureDetails } from '../../base/failure.ts';

/** The code of a refusal by a target that has taken over. */
export const fencedCode = 'FENCED';
/** The code of a refusal by a target whose failover was undone: the source goes on with the epoch of the refusal. */
export const undoneCode = 'UNDONE';

export class LinkRefusal extends Failure {
  /** The epoch that holds, when that is why. */
  readonly epoch: number | undefined;
  /** The newest version of the wire that the target speaks; undefined for a target before version 4. */
  readonly targetVersion: number | undefined;

  constructor(details: FailureDetails, epoch: number | undefined, targetVersion: number | undefined) {
    super(details);
    this.epoch = epoch;
    this.targetVersion = targetVersion;
  }
}
