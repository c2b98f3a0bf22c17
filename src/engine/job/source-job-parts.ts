// What a job on its source is given by its server.
import type { Capture } from '../../ports/capture.ts';
import type { Network } from '../../ports/network.ts';
import type { JobParts } from './job-parts.ts';

export interface SourceJobParts extends JobParts {
  readonly capture: Capture;
  readonly network: Network;
  readonly number: number;
  readonly establishedMs: number;
  readonly epoch: number;
  /** The target asks, in the stream, for a verification; resolves with its result. */
  readonly verifyForTask: (placeMs: number) => Promise<{ readonly good: boolean; readonly text: string }>;
  /** How often its roots are looked at, whether they are still the folders that are protected; in milliseconds. */
  readonly rootCheckMs: number | undefined;
  /** The target has taken over. Called once. */
  readonly fenced: () => void;
}
