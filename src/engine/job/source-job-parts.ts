// The parts that a server gives a job on its source.
import type { JobSpecification, KeptByHand } from '../../model/job.ts';
import type { JobOptions } from '../../model/options/job-edit.ts';
import type { RemirrorChoice } from '../../model/options/remirror.ts';
import type { JobReport } from '../../model/report.ts';
import type { KeptScripts } from '../../model/stream/mirror-script.ts';
import type { Capture } from '../../ports/capture.ts';
import type { Network } from '../../ports/network.ts';
import type { Route } from '../link/route/route.ts';
import type { JobParts } from './job-parts.ts';
import type { LastVerification } from './source/verifications.ts';

/** What an EDIT may change of a job that runs. A part of the job reads it anew whenever it needs it. */
export interface EditableParts {
  readonly specification: JobSpecification;
  /** The way to the target, which other jobs may use too. */
  readonly route: Route;
  /** The address of the target that was chosen; absent: where it was when it was paired. */
  readonly address: string | undefined;
  /** See SourceState. */
  readonly keptNone: boolean;
}

export interface SourceJobParts extends JobParts, EditableParts {
  readonly capture: Capture;
  readonly network: Pick<Network, 'connect'>;
  readonly number: number;
  readonly establishedMs: number;
  /** 0; after a failover that was undone, the epoch that holds since. */
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
  /** What mirrors by itself when the job is connected again. */
  readonly remirror: RemirrorChoice;
  /** An earlier run of the server has made the job, or it had to end by itself: its first mirror is an automatic one. */
  readonly isResumed: boolean;
  /** Whether a mirror counts the workload, so that its percentage is known. */
  readonly calculatesSize: boolean;
  /** Of a throughput diagnosis: what it has found so far, with what the report says. */
  readonly diagnosis?: (report: JobReport) => NonNullable<JobReport['diagnosis']>;
  /** The target has taken over. Called once. */
  readonly fenced: () => void;
  /** The target has undone its failover: the job has to be made anew, with this epoch. Called once. */
  readonly undone: (epoch: number) => void;
  /** Takes options of a greater revision, which the target has; durable when it resolves. */
  readonly adopt: (options: JobOptions) => Promise<void>;
}

/** The parts of a job; those in `now` are read there each time, so that who changes that object changes the job. */
export function withEditable(parts: Omit<SourceJobParts, keyof EditableParts>, now: EditableParts): SourceJobParts {
  return {
    ...parts,
    get specification() {
      return now.specification;
    },
    get route() {
      return now.route;
    },
    get address() {
      return now.address;
    },
    get keptNone() {
      return now.keptNone;
    },
  };
}
