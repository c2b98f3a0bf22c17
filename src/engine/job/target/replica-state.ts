// The state that a target keeps of a job: how good its replica is, which places are stale, whether it was taken over.
// Memory holds the newest state; changes are stored one after the other (`target.json`), and told once they are
// durable.
//
// The data state changes only at places of the stream (mirror begin and end), when an operation is dropped, when the
// queue was lost, and at a revert.
import { assert } from '../../../base/failure.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import type { JobSpecification, TargetDataState } from '../../../model/job.ts';
import { type JobOptions, withOptions } from '../../../model/options/job-edit.ts';
import type { CaptureMode } from '../../../model/promise.ts';
import type { FailoverReport } from '../../../model/report.ts';
import type { KeptScripts } from '../../../model/stream/mirror-script.ts';
import { stateWithDifferences } from '../../failover/replica-doubts.ts';
import { JobLife, type TargetPhase, targetMoves } from '../job-life.ts';
import { StalePlaces } from './stale-places.ts';
import type { TargetJobParts } from './target-job-parts.ts';
import { storeTargetState, type TargetState } from './target-state.ts';

export interface StateListener {
  /** The data state, or another field that the source is told of, has been stored. */
  stateStored(): void;
}

type Given = Pick<TargetJobParts, 'storage' | 'folder' | 'state' | 'isStored' | 'stored' | 'markLive'>;

export class ReplicaState {
  /** Only the phase of a failed over job is stored; all other phases begin anew with the process. */
  readonly life: JobLife<TargetPhase>;
  /** Stale places are noted in memory, and stored by `storeStale`. */
  readonly stale: StalePlaces;
  readonly #parts: Given;
  readonly #listener: StateListener;
  readonly #storing = new Turns();
  #now: TargetState;
  #isStored: boolean;

  constructor(parts: Given, listener: StateListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#now = parts.state;
    this.#isStored = parts.isStored;
    this.life = new JobLife<TargetPhase>(targetMoves, parts.state.failedOver ? 'failed over' : 'protecting');
    this.stale = new StalePlaces(parts.state.stale);
  }

  get now(): TargetState {
    return this.#now;
  }

  /** The state is stored, so the source knows that the job was accepted. */
  get isStored(): boolean {
    return this.#isStored;
  }

  /** The data is complete by the stream: no mirror runs or is needed, and nothing was reverted. */
  get isWhole(): boolean {
    return this.#now.dataState === 'OK';
  }

  /** It is whole, and nothing is known in which it differs from the source: what a snapshot that counts as good may hold. */
  get isGood(): boolean {
    const { failedOver, dataState, differences = 0 } = this.#now;
    return !failedOver && this.stale.size === 0 && stateWithDifferences(dataState, differences) === 'OK';
  }

  /** Notes how the source learns of changes; stored with the next change. */
  noteCapture(capture: CaptureMode): void {
    this.#now = { ...this.#now, capture };
  }

  /**
   * Stores the state when the source has sent something: such a source knows that the job was accepted, and will
   * return.
   */
  async storeFirst(): Promise<void> {
    if (this.#isStored) return;
    await this.#store(this.#now);
    await this.#parts.stored();
  }

  async setDataState(dataState: TargetDataState, more: Partial<TargetState> = {}): Promise<void> {
    await this.#store({ ...this.#now, ...more, dataState });
    this.#listener.stateStored();
  }

  /** Stores what the source has reported: differences, and objects that it cannot read. */
  noteFound(found: Pick<TargetState, 'differences' | 'unread'>): Promise<void> {
    return this.setDataState(this.#now.dataState, found);
  }

  keepScripts(scripts: KeptScripts): Promise<void> {
    return this.#store({ ...this.#now, scripts });
  }

  setPaused(paused: boolean): Promise<void> {
    return this.#store({ ...this.#now, paused });
  }

  /** Takes the options of the job. Those of a job that is not stored yet are stored with it. */
  async setOptions(options: JobOptions): Promise<JobSpecification> {
    const specification = withOptions(this.#now.specification, options);
    const state = { ...this.#now, specification };
    if (this.#isStored) await this.#store(state);
    else this.#now = state;
    return specification;
  }

  mirrorCompleted(): Promise<void> {
    const { queueLostMs: _, differences: __, undone: ___, ...rest } = this.#now;
    this.#now = { ...rest, mirrorsCompleted: rest.mirrorsCompleted + 1 };
    return this.setDataState('OK');
  }

  /** Stores the stale places, before the operations that found them are removed from the queue. */
  async storeStale(): Promise<void> {
    if (this.stale.size === 0 && this.#now.stale.length === 0) return;
    const tooMany = this.stale.overflowed();
    await this.#store({ ...this.#now, stale: this.stale.list() });
    if (tooMany && this.isWhole) await this.setDataState('Mirror Required');
  }

  /**
   * Marks the paths as live and lets the epoch grow, both durably; returns the epoch. The source is refused afterwards.
   */
  async fence(): Promise<number> {
    assert(this.life.is('taking over'), 'the epoch grows in a takeover alone');
    await this.#parts.markLive(this.#now.epoch + 1);
    await this.#store({ ...this.#now, epoch: this.#now.epoch + 1, failedOver: true });
    this.life.move('failed over');
    return this.#now.epoch;
  }

  /**
   * Lets the epoch grow and the replica belong to its source again, durably; returns the epoch. When that fails, only what is
   * on the disk counts.
   */
  async takeBack(): Promise<number> {
    assert(this.life.is('undoing'), 'the replica is given back by an undo alone');
    const { failover: _, sourceLeftMs: __, ...rest } = this.#now;
    const epoch = rest.epoch + 1;
    const undone = { ...rest, epoch, failedOver: false, dataState: 'Mirror Required', undone: true } as const;
    await this.#write(undone);
    this.#now = undone;
    this.life.move('protecting');
    return epoch;
  }

  /** Notes, for people and for an undo, that the source's operator has given the job up after the takeover. */
  async sourceLeft(sourceLeftMs: number): Promise<void> {
    if (this.life.is('failed over')) await this.#store({ ...this.#now, sourceLeftMs });
  }

  /** Stores the report of the takeover, unless the job was given up meanwhile and has no file any more. */
  async keepTakeover(failover: FailoverReport): Promise<void> {
    if (this.life.is('failed over')) await this.#store({ ...this.#now, failover });
  }

  async #store(state: TargetState): Promise<void> {
    this.#now = state;
    await this.#write(state);
    this.#isStored = true;
  }

  /** One after the other: the last on the disk is the newest, or a takeover could be forgotten. */
  #write(state: TargetState): Promise<void> {
    return this.#storing.runAlone(() => storeTargetState(this.#parts.storage, this.#parts.folder, state));
  }
}
