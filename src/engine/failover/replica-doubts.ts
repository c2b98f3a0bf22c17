// What is wrong with a replica although its stream is whole.
//   differences   Found by a verification: it is not good until a mirror has completed or a verification finds none. Nothing is
//                 mirrored by itself for that: VERIFY was asked to report.
//   unread        Objects that the source cannot read: their copies are stale, and both sides say so until they were read.
import type { TargetDataState } from '../../model/job.ts';

export function stateWithDifferences(state: TargetDataState, differences: number): TargetDataState {
  return state === 'OK' && differences > 0 ? 'Mirror Required' : state;
}

export function differencesText(differences: number): string {
  const found = differences === 1 ? '1 difference' : `${differences} differences`;
  return `the last verification found ${found}: mirror required`;
}

/** Empty for none. */
export function unreadText(unread: number): string {
  if (unread === 0) return '';
  return unread === 1
    ? '1 object of the workload could not be read'
    : `${unread} objects of the workload could not be read`;
}
