// Faults of a replica whose stream is whole.
//   differences   A verification found them: the replica is not good until a mirror has completed or a verification
//                 finds none. No mirror begins by itself, because VERIFY was asked only to report.
//   unread        Objects that the source cannot read: their copies are stale, and both sides report that until the
//                 source has read them.
import type { TargetDataState } from '../../model/job.ts';

export function stateWithDifferences(state: TargetDataState, differences: number): TargetDataState {
  return state === 'OK' && differences > 0 ? 'Mirror Required' : state;
}

export function differencesText(differences: number): string {
  const found = differences === 1 ? '1 difference' : `${differences} differences`;
  return `the last verification found ${found}: mirror required`;
}

/** Describes a number of unread objects; empty for none. */
export function unreadText(unread: number): string {
  if (unread === 0) return '';
  return unread === 1
    ? '1 object of the workload could not be read'
    : `${unread} objects of the workload could not be read`;
}

/** Everything that is known to be wrong at the same time: one trouble must not hide another. Empty texts count for nothing. */
export function together(troubles: readonly string[]): string {
  return troubles.filter((text) => text !== '').join('; ');
}
