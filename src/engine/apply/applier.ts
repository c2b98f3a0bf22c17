// Applies a connection's operations to the replica, strictly in order, and knows durably how far it has come. The rules
// that make a crash harmless are in DESIGN.md beside this file. One caller at a time: nothing here is reentrant.
import { Failure } from '../../base/failure.ts';
import type { ChangeOperation } from '../../model/stream/operation.ts';
import type { FileTree } from '../../ports/files.ts';
import type { Storage } from '../../ports/storage.ts';
import { appliedRecordName, encodeAppliedRecord, type Intent, readAppliedRecord } from './applied-record.ts';
import type { ApplyMismatch, ApplyMode, ApplyOutcome, ApplyReport, Place, QueuedOperation } from './apply-report.ts';
import { isRenameOrLink, namesOf, RunNames, subjectOf } from './entangled-names.ts';
import { ReplayDoubts } from './replay-doubts.ts';
import type { Identity } from './replica/identity.ts';
import { type EmitEvent, KeptTimes } from './replica/kept-times.ts';
import { Replica } from './replica/replica.ts';
import type { ReplicaRules } from './replica/replica-rules.ts';
import { durably, isNotDurable } from './sync-failure.ts';
import type { UndoGuard } from './undo-guard.ts';

export interface ApplierOptions {
  /** One per job root, in the job's order. */
  readonly trees: readonly FileTree[];
  readonly storage: Storage;
  /** Folder in the storage; `applied.json` in it is ours. */
  readonly folder: string;
  readonly undo?: UndoGuard;
  readonly rules?: ReplicaRules;
  /** Told of what the replica cannot hold; an event of the job. */
  readonly emit?: EmitEvent;
}

const applied: ApplyOutcome = { outcome: 'applied' };

export class Applier {
  /** The last checkpoint found at opening: everything behind it has to be applied again. undefined on a fresh replica. */
  readonly recovered: Place | undefined;
  readonly #storage: Storage;
  readonly #recordName: string;
  readonly #undo: UndoGuard | undefined;
  readonly #replica: Replica;
  /** Of the checkpoint found at opening, by index; none once another one is made. */
  #recoveredIntents: ReadonlyMap<number, Identity | undefined>;
  readonly #doubts = new ReplayDoubts();
  #applied: Place | undefined;
  /** Set by the first operation that cannot have been applied before the crash: none behind it can. */
  #replayOver = false;

  private constructor(options: ApplierOptions, replica: Replica, place: Place | undefined, intents: readonly Intent[]) {
    this.#storage = options.storage;
    this.#recordName = appliedRecordName(options.folder);
    this.#undo = options.undo;
    this.#replica = replica;
    this.#recoveredIntents = new Map(intents.map(({ index, object }) => [index, object]));
    this.recovered = place;
    this.#applied = place;
  }

  /** Reads the last checkpoint. Throws a Failure when it cannot be read or is newer than this program. */
  static async open(options: ApplierOptions): Promise<Applier> {
    const record = await readAppliedRecord(options.storage, options.folder);
    const times = options.emit === undefined ? undefined : new KeptTimes(options.emit);
    const replica = await Replica.open(options.trees, options.undo, options.rules, times);
    return new Applier(options, replica, record?.place, record?.intents ?? []);
  }

  /** How far everything is applied, though not all of it durably. */
  get applied(): Place | undefined {
    return this.#applied;
  }

  /** Whether nothing that was applied before the last stop is left to be applied again. */
  get isReplayOver(): boolean {
    return this.#replayOver;
  }

  /** Applies in order until all are done with or one is refused by the system. Throws what is a defect, and `NOT-DURABLE`. */
  async apply(operations: readonly QueuedOperation[], mode: ApplyMode): Promise<ApplyReport> {
    const outcomes: ApplyOutcome[] = [];
    try {
      while (outcomes.length < operations.length) await this.#applyRun(operations, outcomes, mode);
      return { outcomes };
    } catch (error) {
      if (error instanceof Failure && !isNotDurable(error)) return { outcomes, failure: error };
      throw error;
    } finally {
      await this.#replica.release();
    }
  }

  /** Passes an element that changes nothing (a marker), or an operation given up. */
  advance(place: Place): void {
    this.#applied = place;
  }

  /**
   * Call when the last replayed operation is done with. Gives the mismatches that no later replayed operation explains:
   * there the replica really lacks something.
   */
  finishReplay(): readonly ApplyMismatch[] {
    this.#replayOver = true;
    return this.#doubts.take();
  }

  /** Makes all that was applied durable, then its place: `applied`, or the one given (a new stream, a revert). */
  async checkpoint(place: Place | undefined = this.#applied): Promise<void> {
    await this.#recordCheckpoint(place, []);
    this.#applied = place;
  }

  async #recordCheckpoint(place: Place | undefined, intents: readonly Intent[]): Promise<void> {
    await this.#replica.sync();
    await durably(this.#recordName, this.#storage.replace(this.#recordName, encodeAppliedRecord({ place, intents })));
    this.#recoveredIntents = new Map();
  }

  /** Applies what can go together, beginning behind the last outcome; at least one operation. */
  async #applyRun(operations: readonly QueuedOperation[], outcomes: ApplyOutcome[], mode: ApplyMode): Promise<void> {
    const from = outcomes.length;
    const first = operations[from];
    if (first === undefined) return;
    if (!isRenameOrLink(first.operation)) {
      const run = operations.slice(from, from + blindLength(operations, from));
      await this.#keepForUndo(run);
      await this.#applyEach(run, outcomes, mode);
    } else if (this.#recoveredIntents.has(first.place.index)) {
      await this.#applyIntent(first, outcomes, mode);
    } else {
      // Its checkpoint was never made, so neither it nor anything behind it was applied before the crash.
      this.#replayOver = true;
      const run = operations.slice(from, from + renameRunLength(operations, from));
      await this.#keepForUndo(run);
      await this.#recordCheckpoint(this.#applied, await this.#intentsOf(run));
      for (const { operation } of run) this.#replica.noteUnsettled(namesOf(operation));
      await this.#applyEach(run, outcomes, mode);
    }
  }

  /** Lets the undo journal keep what a run is about to change. */
  async #keepForUndo(run: readonly QueuedOperation[]): Promise<void> {
    const undo = this.#undo;
    if (!undo?.active) return;
    for (const { operation } of run) await undo.prepare(operation);
    await undo.commit();
  }

  async #applyEach(run: readonly QueuedOperation[], outcomes: ApplyOutcome[], mode: ApplyMode): Promise<void> {
    for (const { operation, place } of run) {
      const misfit = await this.#replica.apply(operation);
      const replaying = mode === 'replay' && !this.#replayOver;
      if (replaying) this.#doubts.explain(operation);
      let outcome = applied;
      if (misfit) {
        const mismatches = mismatchesOf(operation, misfit.reason);
        if (replaying) this.#doubts.add(mismatches);
        else outcome = { outcome: 'mismatch', mismatches };
      }
      outcomes.push(outcome);
      this.#applied = place;
    }
  }

  /** A rename or link of the run that the checkpoint was made for. */
  async #applyIntent(queued: QueuedOperation, outcomes: ApplyOutcome[], mode: ApplyMode): Promise<void> {
    const { operation, place } = queued;
    if (!isRenameOrLink(operation)) return;
    this.#replica.noteUnsettled(namesOf(operation));
    const intended = this.#recoveredIntents.get(place.index);
    const found = await this.#replica.identityAt(operation.root, subjectOf(operation));
    if (intended !== undefined && found === intended) {
      await this.#keepForUndo([queued]);
      await this.#applyEach([queued], outcomes, mode);
      return;
    }
    outcomes.push(applied);
    this.#applied = place;
  }

  async #intentsOf(run: readonly QueuedOperation[]): Promise<Intent[]> {
    const intents: Intent[] = [];
    for (const { operation, place } of run) {
      if (!isRenameOrLink(operation)) continue;
      const object = await this.#replica.identityAt(operation.root, subjectOf(operation));
      intents.push({ index: place.index, object });
    }
    return intents;
  }
}

function mismatchesOf(operation: ChangeOperation, reason: string): readonly ApplyMismatch[] {
  const { root, path } = operation;
  const own = { root, path, reason };
  return operation.kind === 'rename' ? [own, { root, path: operation.to, reason }] : [own];
}

function blindLength(operations: readonly QueuedOperation[], from: number): number {
  let end = from;
  for (let next = operations[end]; next && !isRenameOrLink(next.operation); next = operations[end]) end += 1;
  return end - from;
}

/** How many renames and links from here on have nothing to do with each other's names. */
function renameRunLength(operations: readonly QueuedOperation[], from: number): number {
  const names = new RunNames();
  let end = from;
  for (let next = operations[end]; next; next = operations[end]) {
    if (!isRenameOrLink(next.operation) || names.entangledWith(next.operation)) break;
    names.add(next.operation);
    end += 1;
  }
  return end - from;
}
