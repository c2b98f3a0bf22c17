// The report of a job on its source, in the guide's words (ch. 6, job details).
import { displayPath } from '../../../base/raw-path.ts';
import type {
  JobSpecification,
  MirrorStatus,
  ReplicationStatus,
  TargetDataState,
  TransmitMode,
} from '../../../model/job.ts';
import { optionsOf } from '../../../model/options/job-edit.ts';
import { type CaptureMode, promiseTexts } from '../../../model/promise.ts';
import type { Health, JobReport, LineReport } from '../../../model/report.ts';
import { liveCopyText } from '../../../model/way-back.ts';
import { differencesText, stateWithDifferences, together, unreadText } from '../../failover/replica-doubts.ts';
import type { SourceQueueState } from '../../queue/source-queue.ts';
import type { SourcePhase } from '../job-life.ts';
import type { MirrorFacts, SurplusNames } from '../mirrors/mirror-facts.ts';
import type { LeftOut } from '../roots/left-out.ts';
import type { SourceState } from './source-state.ts';

export interface SourceFacts extends MirrorFacts {
  readonly specification: JobSpecification;
  readonly number: number;
  readonly establishedMs: number;
  readonly phase: SourcePhase;
  readonly isLinked: boolean;
  readonly connectedSinceMs: number | null;
  readonly queue: SourceQueueState;
  /** Places of the workload that changed and are not yet in the stream. */
  readonly pendingChanges: number;
  readonly applied: number;
  readonly streamId: string;
  readonly targetState: TargetDataState;
  readonly epoch: number;
  readonly revision: number;
  readonly linkTrouble: string;
  readonly captureTrouble: string;
  readonly capture: CaptureMode;
  readonly captureRemarks: readonly string[];
  /** Objects of the workload that could not be read. */
  readonly unreadable: number;
  /** Folders inside the workload that the replica leaves out. */
  readonly leftOut: LeftOut;
  readonly behindSinceMs: number | null;
  readonly verification: NonNullable<JobReport['verification']>;
  readonly line: LineReport;
  /** The route is paused: what changes is queued here. */
  readonly isPaused: boolean;
  /** No mirror begins by itself, and the job was connected again since it had one. */
  readonly isLeftUnmirrored: boolean;
}

export function sourceReport(facts: SourceFacts): JobReport {
  const { specification, queue, mirror } = facts;
  const hasEnded = facts.phase === 'fenced';
  const remarks = [...facts.captureRemarks, ...facts.leftOut.remarks];
  return {
    jobId: specification.jobId,
    number: facts.number,
    name: specification.name,
    role: 'source',
    replicationSet: specification.replicationSet,
    source: specification.sourceServer,
    target: specification.targetServer,
    roots: specification.roots,
    health: health(facts),
    revision: facts.revision,
    mirror: { ...mirror, status: mirrorStatus(facts) },
    replication: {
      status: replicationStatus(facts),
      ...facts.changes,
      queuedBytes: facts.isMirroring ? 0 : queue.bytes,
      queuedOperations: queue.operations,
    },
    transmit: { mode: transmitMode(facts) },
    line: facts.line,
    options: optionsOf(specification),
    targetState: knownState(facts),
    memoryQueueBytes: queue.memoryBytes,
    diskQueueBytes: queue.diskBytes,
    behindSinceMs: facts.behindSinceMs,
    verification: facts.verification,
    establishedMs: facts.establishedMs,
    connectedSinceMs: facts.connectedSinceMs,
    sequence: { head: queue.head, durable: queue.acknowledged, applied: facts.applied },
    streamId: facts.streamId,
    epoch: facts.epoch,
    failedOver: hasEnded,
    additional: additional(facts),
    failover: null,
    ...(facts.leftOut.paths.length === 0 ? {} : { leftOut: facts.leftOut.paths }),
    ...(remarks.length === 0 ? {} : { remarks }),
    surplus: facts.surplus.names,
    promise: promiseTexts[facts.capture],
  };
}

/** The report of a job that its operator has stopped. */
export function stoppedSourceReport(state: SourceState): JobReport {
  const { notOpen: _, ...report } = waitingSourceReport(
    state,
    'stopped: nothing is sent and nothing is queued; START begins with a mirror',
  );
  return { ...report, health: 'warning', replication: { ...report.replication, status: 'Stopped' } };
}

/**
 * The report of a job that is not open and will be opened again; `trouble` says why it is not open, and when it will
 * be.
 */
export function waitingSourceReport(state: SourceState, trouble: string): JobReport {
  const { specification, number, establishedMs, lastVerification: last } = state;
  const nothing = { sentBytes: 0, transmittedBytes: 0, queuedBytes: 0 };
  const { jobId, name, replicationSet, sourceServer, targetServer, roots, mirrorMethod: method } = specification;
  const progress = { percent: null, remainingBytes: null, skippedBytes: 0, completed: 0 };
  return {
    jobId,
    number,
    name,
    role: 'source',
    replicationSet,
    source: sourceServer,
    target: targetServer,
    roots,
    health: 'error',
    revision: 0,
    mirror: { status: 'Stopped', method, ...progress, ...nothing },
    replication: { status: 'Failed', ...nothing, queuedOperations: 0 },
    transmit: { mode: 'Stopped' },
    options: optionsOf(specification),
    targetState: 'Unknown',
    memoryQueueBytes: 0,
    diskQueueBytes: 0,
    ...(last === undefined ? {} : { verification: { running: null, last } }),
    establishedMs,
    connectedSinceMs: null,
    sequence: { head: 0, durable: 0, applied: 0 },
    streamId: '',
    epoch: 0,
    failedOver: false,
    additional: trouble,
    notOpen: trouble,
    failover: null,
    surplus: 0,
    promise: promiseTexts.changes,
  };
}

/**
 * Missed changes reach the replica only by a mirror, and the target learns of them late, so the source corrects its
 * state.
 */
function knownState(facts: SourceFacts): TargetDataState {
  const { isLinked, targetState, differences, captureTrouble, isTrackLost, isReplicationStopped } = facts;
  if (!isLinked) return 'Unknown';
  const state = stateWithDifferences(targetState, differences);
  // The target was told that a mirror begins, but none can walk while capture fails or replication is stopped.
  if ((captureTrouble !== '' || isReplicationStopped) && state === 'Mirroring') return 'Mirror Required';
  // The target has yet to hear that the paused mirror has begun.
  if (facts.mirror.status === 'Paused' && state === 'OK') return isTrackLost ? 'Mirror Required' : 'Mirroring';
  return state === 'OK' && (isTrackLost || captureTrouble !== '') ? 'Mirror Required' : state;
}

function mirrorStatus({ phase, mirror, verification }: SourceFacts): MirrorStatus {
  if (phase === 'fenced') return 'Stopped';
  return mirror.status === 'Idle' && verification.running !== null ? 'Verifying' : mirror.status;
}

function health(facts: SourceFacts): Health {
  if (facts.phase === 'fenced' || facts.captureTrouble !== '' || isMirrorMissing(facts)) return 'error';
  const { unreadable, leftOut, linkTrouble, mirrorTrouble } = facts;
  const isOpen = unreadable + leftOut.kept.refusedCount > 0 || linkTrouble !== '' || mirrorTrouble !== '';
  return knownState(facts) === 'OK' && !isOpen && !facts.isPaused ? 'healthy' : 'warning';
}

const mirrorMissingText =
  'mirror required: it was connected again, and no mirror begins by itself (remirror is off); MIRROR START begins one';

/** Until somebody starts one. */
function isMirrorMissing({ isLeftUnmirrored, isTrackLost, isMirroring }: SourceFacts): boolean {
  return isLeftUnmirrored && isTrackLost && !isMirroring;
}

function replicationStatus(facts: SourceFacts): ReplicationStatus {
  if (facts.phase === 'fenced' || facts.phase === 'stopped') return 'Stopped';
  if (facts.captureTrouble !== '') return 'Failed';
  if (facts.isReplicationStopped) return 'Stopped';
  if (!facts.isLinked || facts.isMirroring) return 'Pending';
  return facts.queue.operations > 0 || facts.pendingChanges > 0 ? 'Replicating' : 'Ready';
}

function transmitMode({ phase, isLinked, isPaused }: SourceFacts): TransmitMode {
  if (phase === 'fenced' || phase === 'stopped') return 'Stopped';
  if (!isLinked) return 'Error';
  return isPaused ? 'Paused' : 'Active';
}

function additional(facts: SourceFacts): string {
  const { sourceServer, targetServer } = facts.specification;
  if (facts.phase === 'fenced')
    return `the target has taken over with epoch ${facts.epoch}. ${liveCopyText(sourceServer, targetServer, undefined)}`;
  const { leftOut, surplus } = facts;
  return together([
    facts.captureTrouble,
    isMirrorMissing(facts) ? mirrorMissingText : '',
    unreadText(facts.unreadable),
    facts.linkTrouble,
    facts.mirrorTrouble,
    facts.isPaused ? 'paused: nothing is sent, and changes are queued here until START' : '',
    facts.differences > 0 ? differencesText(facts.differences) : '',
    refusedText(leftOut.kept.refusedCount),
    leftOutText(leftOut.paths),
    surplusText(surplus),
  ]);
}

function refusedText(count: number): string {
  return count === 0 ? '' : `device nodes that the target does not take (targets.deviceNodes): ${count}`;
}

function leftOutText(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  return `left out, because a server of this machine writes there: ${paths.map(displayPath).join(', ')}`;
}

/** Describes names that were there before the first mirror; other surplus is reported as differences. */
function surplusText({ kept }: SurplusNames): string {
  return kept === 0
    ? ''
    : `${kept} names are only in the replica, where they were before the first mirror, and are kept`;
}
