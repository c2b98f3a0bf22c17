// What a server, the guard of a filter, and the filter's process say to each other.
import type { FailureDetails } from '../../base/failure.ts';

/** The guard's only argument, as JSON. */
export interface GuardSettings {
  /** Absolute paths, byte strings. */
  readonly roots: readonly string[];
  /** The file of the filter's program. */
  readonly program: string;
  readonly parameter: string;
  /** Where servers call that want records of the changes: a path, a byte string; empty when none may. */
  readonly socket: string;
  /** The filter stays when the server that mounted it has ended. */
  readonly staysBehind: boolean;
}

/** Each a line of JSON on the guard's standard output. */
export type FromGuard =
  /** Every folder is filtered. */
  | { readonly kind: 'mounted'; readonly filterProcess: number }
  | { readonly kind: 'restarted'; readonly filterProcess: number; readonly reason: string }
  /** New users reach the folders themselves; the guard ends when the last file is closed. */
  | { readonly kind: 'unmounted' }
  /** Nothing is mounted; the guard ends. */
  | { readonly kind: 'refused'; readonly failure: FailureDetails }
  /** The folders were given back because the filter cannot run; the guard ends. */
  | { readonly kind: 'gave-up'; readonly reason: string };

/** The argument of the filter's process, as JSON. */
export interface FilterSettings {
  /** How many folders there are. */
  readonly rootCount: number;
  readonly parameter: string;
  /** Whether an earlier process of this filter has left its state behind. */
  readonly isAgain: boolean;
  /** The nodes of the descriptors that the guard has kept, which follow the folders. */
  readonly kept: readonly number[];
  /** Whether a socket on which servers call follows the kept descriptors. */
  readonly hasSocket: boolean;
}

/** Which descriptor the filter's process finds where, beside the standard three. The folders follow one after another. */
export const inherited = { device: 3, memory: 4, keeper: 5, firstRoot: 6 } as const;
