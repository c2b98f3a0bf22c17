// A replica in which a verification has found differences is not good, whatever its stream says, until a mirror has completed or a
// verification finds none. Nothing is mirrored by itself for that: VERIFY was asked to report.
import type { TargetDataState } from '../../model/job.ts';

export function stateWithDifferences(state: TargetDataState, differences: number): TargetDataState {
  return state === 'OK' && differences > 0 ? 'Mirror Required' : state;
}

export function differencesText(differences: number): string {
  const found = differences === 1 ? '1 difference' : `${differences} differences`;
  return `the last verification found ${found}: mirror required`;
}
