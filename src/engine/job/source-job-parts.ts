// The parts that a server gives a job on its source.
import type { KeptByHand } from '../../model/job.ts';
import type { JobReport } from '../../model/report.ts';
import type { KeptScripts } from '../../model/stream/mirror-script.ts';
import type { Capture } from '../../ports/capture.ts';
import type { Network } from '../../ports/network.ts';
import type { Route } from '../link/route/route.ts';
import type { JobParts } from './job-parts.ts';
import type { LastVerification } from './source/verifications.ts';

export interface SourceJobParts extends JobParts {
  readonly capture: Capture;
  readonly network: Pick<Network, 'connect'>;
  /** The way to the target, which other jobs may use too. */
  readonly route: Route;
  /** The address of the target that was chosen; absent: where it was when it was paired. */
  readonly address: string | undefined;
  readonly number: number;
  readonly establishedMs: number;
  readonly epoch: number;
  /** The scripts of mirrors that an earlier run has kept, and what stores them durably. */
  readonly scripts: KeptScripts | undefined;
  readonly keepScripts: (kept: KeptScripts) => Promise<void>;
  /** What a person has said of mirrors and replication, and what stores that durably. */
  readonly byHand: KeptByHand | undefined;
  readonly keepByHand: (kept: KeptByHand) => Promise<void>;
  /** What the last verification of an earlier run found. */
  readonly lastVerification: LastVerification | undefined;
  /** Runs a verification that a task in the stream asks for; resolves with its result. */
  readonly verifyForTask: (placeMs: number) => Promise<{ readonly good: boolean; readonly text: string }>;
  /** How often the job checks that its roots are still the protected folders; in milliseconds. */
  readonly rootCheckMs: number | undefined;
  /** Of a throughput diagnosis: what it has found so far, with what the report says. */
  readonly diagnosis?: (report: JobReport) => NonNullable<JobReport['diagnosis']>;
  /** The target has taken over. Called once. */
  readonly fenced: () => void;
}
