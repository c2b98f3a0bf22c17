// The report of a job on its target, in the guide's words (ch. 6, job details).
import type { MirrorStatus, ReplicationStatus, TargetDataState, TransmitMode } from '../../../model/job.ts';
import { optionsOf } from '../../../model/options/job-edit.ts';
import { promiseTexts } from '../../../model/promise.ts';
import type { JobReport, ProgressReport } from '../../../model/report.ts';
import { differencesText, stateWithDifferences, together, unreadText } from '../../failover/replica-doubts.ts';
import { takenOverText } from '../../failover/taken-over.ts';
import type { TargetState } from './target-state.ts';

export const targetPausedText =
  'the target is paused: what comes is queued there, and not applied, until RESUME TARGET';

export interface TargetFacts {
  readonly state: TargetState;
  readonly isLinked: boolean;
  readonly connectedSinceMs: number | null;
  readonly revision: number;
  readonly queuedBytes: number;
  readonly queuedOperations: number;
  readonly memoryQueueBytes: number;
  readonly diskQueueBytes: number;
  readonly streamId: string;
  readonly sequence: JobReport['sequence'];
  readonly trouble: string;
  /** The server that has the live copy, when it is not this one any more. */
  readonly movedTo: string | undefined;
  /** Places that were there before the first mirror. */
  readonly kept: number;
  readonly revert: ProgressReport | undefined;
}

export function targetReport(facts: TargetFacts): JobReport {
  const { specification, failedOver, epoch } = facts.state;
  const targetState = targetStateOf(facts.state);
  const additional = additionalText(facts);
  return {
    jobId: specification.jobId,
    number: facts.state.number,
    name: specification.name,
    role: 'target',
    replicationSet: specification.replicationSet,
    source: specification.sourceServer,
    target: specification.targetServer,
    roots: specification.roots,
    health: facts.isLinked && targetState === 'OK' && additional === '' ? 'healthy' : 'warning',
    revision: facts.revision,
    mirror: {
      status: mirrorStatus(facts.state),
      method: specification.mirrorMethod,
      percent: null,
      remainingBytes: null,
      skippedBytes: 0,
      sentBytes: 0,
      transmittedBytes: 0,
      queuedBytes: 0,
      completed: facts.state.mirrorsCompleted,
    },
    replication: {
      status: replicationStatus(facts),
      sentBytes: 0,
      transmittedBytes: 0,
      queuedBytes: facts.queuedBytes,
      queuedOperations: facts.queuedOperations,
    },
    transmit: { mode: transmitMode(facts) },
    options: optionsOf(specification),
    targetState,
    memoryQueueBytes: facts.memoryQueueBytes,
    diskQueueBytes: facts.diskQueueBytes,
    establishedMs: facts.state.establishedMs,
    connectedSinceMs: facts.connectedSinceMs,
    sequence: facts.sequence,
    streamId: facts.streamId,
    epoch,
    failedOver,
    additional,
    failover: facts.state.failover ?? null,
    surplus: facts.kept,
    ...(facts.revert && { revert: facts.revert }),
    promise: promiseTexts[facts.state.capture ?? 'changes'],
  };
}

/**
 * The report of a job that is not open, because its folders, its queue or its snapshots could not be opened, or it had
 * to end. It will be opened again; `trouble` says why it is not open, and when it will be.
 */
export function waitingReport(state: TargetState, trouble: string, movedTo: string | undefined): JobReport {
  const nothing = {
    isLinked: false,
    connectedSinceMs: null,
    queuedBytes: 0,
    queuedOperations: 0,
    memoryQueueBytes: 0,
    diskQueueBytes: 0,
  };
  const report = targetReport({
    ...nothing,
    state,
    revision: 0,
    streamId: '',
    sequence: { head: 0, durable: 0, applied: 0 },
    trouble,
    movedTo,
    kept: 0,
    revert: undefined,
  });
  return {
    ...report,
    health: 'error',
    replication: { ...report.replication, status: state.failedOver ? 'Stopped' : 'Failed' },
    transmit: { mode: 'Stopped' },
    targetState: 'Not Loaded',
    additional: state.failedOver ? `${report.additional}. ${trouble}` : trouble,
    notOpen: trouble,
  };
}

function additionalText({ state, trouble, movedTo }: TargetFacts): string {
  if (state.failedOver) return takenOverText(state, movedTo);
  const { specification, undone, paused, queueLostMs, differences = 0, unread = 0 } = state;
  return together([
    trouble,
    undone === true ? undoneText(specification.sourceServer) : '',
    paused === true ? targetPausedText : '',
    queueLostMs === undefined ? '' : 'what the queue of this server held was lost: mirror required',
    differences > 0 ? differencesText(differences) : '',
    unreadText(unread),
  ]);
}

/** A source that was given up without this server hearing of it never comes. */
function undoneText(source: string): string {
  return (
    `the failover was undone, and no mirror has completed since: ${source} mirrors when it is here; if it was given up there, ` +
    `DISCONNECT here and CONNECT on ${source}`
  );
}

/** After a takeover the target applies nothing any more (guide, ch. 6): the replica is now live data. */
function targetStateOf({ failedOver, dataState, differences = 0 }: TargetState): TargetDataState {
  const known = stateWithDifferences(dataState, differences);
  return failedOver && known === 'OK' ? 'Not Loaded' : known;
}

function mirrorStatus({ failedOver, dataState }: TargetState): MirrorStatus {
  if (failedOver) return 'Stopped';
  return dataState === 'Mirroring' ? 'In Progress' : 'Idle';
}

function replicationStatus({ state, isLinked, queuedOperations }: TargetFacts): ReplicationStatus {
  if (state.failedOver) return 'Stopped';
  if (!isLinked) return 'Pending';
  return queuedOperations > 0 ? 'Replicating' : 'Ready';
}

function transmitMode({ state, isLinked }: TargetFacts): TransmitMode {
  if (state.failedOver) return 'Stopped';
  return isLinked ? 'Active' : 'Error';
}
