// What runs by itself beside others: a branch of a PARALLEL, or the script around them all.
import type { Branch } from '../values/host.ts';

export interface Thread {
  /** How deep functions have called each other. */
  depth: number;
  readonly branch?: Branch;
}

/** What a request to the host says of the branch it stands in. */
export function inBranch({ branch }: Thread): { readonly branch?: Branch } {
  return branch === undefined ? {} : { branch };
}
