// A workload in memory, the tracker that follows it, and a replica to which its operations are applied: enough to see what
// the stream says about a change, and whether it is true.
import { expect } from 'vitest';
import { DirtyPaths, dirt } from '../../../src/engine/capture/dirty-paths.ts';
import { Tracker } from '../../../src/engine/capture/tracker.ts';
import { KnownObjects } from '../../../src/engine/sending/known-objects.ts';
import { ObjectSender } from '../../../src/engine/sending/object-sender.ts';
import { Selection } from '../../../src/engine/sending/selection.ts';
import type { StreamWriter } from '../../../src/engine/sending/stream-writer.ts';
import type { SelectionRule } from '../../../src/model/job.ts';
import type { ChangeOperation, Operation } from '../../../src/model/stream/operation.ts';
import type { CapturedChange, WorkloadChange } from '../../../src/ports/capture.ts';
import type { FileTree } from '../../../src/ports/files.ts';
import { MemoryFiles } from '../../../src/simulator/memory/memory-files.ts';
import { MemoryWorkload } from '../../../src/simulator/memory/memory-workload.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { decodeChange } from '../../../src/wire/records/operation-codec.ts';
import { manifest } from '../../support/manifest.ts';
import { TroubledFiles } from '../../support/troubled-files.ts';
import { memoryGround, openReplica, type ReplicaRig } from '../apply/replica-rig.ts';

export class TrackerRig {
  readonly clock = new ManualClock();
  readonly workload: MemoryWorkload;
  readonly files: TroubledFiles;
  readonly tracker: Tracker;
  readonly known = new KnownObjects();
  readonly unreadable: string[] = [];
  /** What could not be read, by its present names. */
  readonly unread = new DirtyPaths();
  readonly overflows: string[] = [];
  /** The stream so far. */
  readonly stream: Operation[] = [];
  readonly #tree: FileTree;
  readonly #replica: ReplicaRig;
  readonly #replicaTree: FileTree;
  /** Notifications that are on their way; undefined when they come at once. */
  #late: WorkloadChange[] | undefined;
  #told = Promise.resolve();
  #arrive: () => void = () => undefined;
  #taken = 0;
  #applied = 0;

  private constructor(
    workload: MemoryWorkload,
    files: TroubledFiles,
    tree: FileTree,
    replica: { readonly rig: ReplicaRig; readonly tree: FileTree },
    rules: readonly SelectionRule[],
  ) {
    this.workload = workload;
    this.files = files;
    this.#tree = tree;
    this.#replica = replica.rig;
    this.#replicaTree = replica.tree;
    const writer: StreamWriter = {
      append: (operation) => this.stream.push(operation),
      appendRecord: (record) => this.stream.push(decodeChange(record)),
      room: () => Promise.resolve(),
    };
    const trees = [tree];
    this.tracker = new Tracker({
      trees,
      selection: new Selection(rules),
      known: this.known,
      unread: this.unread,
      sender: new ObjectSender(trees, this.known, writer, (root, path) => this.tracker.isUnsent(root, path)),
      writer,
      clock: this.clock,
      flush: () => this.#told,
      listener: {
        overflowed: (root, path) => this.overflows.push(`${root}:${path}`),
        unreadable: (root, path, failure) => {
          this.unreadable.push(`${path} ${failure.code}`);
          this.unread.add(root, path, dirt.content | dirt.attributes);
        },
      },
    });
  }

  /** With a workload at /work as `prepare` makes it, already in the replica. */
  static async open(
    prepare: (workload: MemoryWorkload) => void = () => undefined,
    options: { readonly rules?: readonly SelectionRule[]; readonly capture?: 'changes' | 'operations' } = {},
  ): Promise<TrackerRig> {
    const memory = new MemoryFiles();
    const workload = new MemoryWorkload(memory, options.capture ?? 'changes');
    workload.makeDirectory('/work');
    const files = new TroubledFiles(memory);
    const ground = await memoryGround();
    const replica = { rig: await openReplica(ground), tree: ground.tree };
    const rig = new TrackerRig(workload, files, await files.openTree('/work'), replica, options.rules ?? []);
    await workload.start({ roots: ['/work'], listener: (batch) => rig.#notify(batch.filter(isChange)) });
    prepare(workload);
    await rig.tracker.release(
      async () => undefined,
      () => undefined,
    );
    rig.takeOperations();
    return rig;
  }

  /** From now on notifications are on their way, until `tell`. */
  tellLater(): void {
    this.#late = [];
    this.#told = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  /** Delivers what was on its way, or what a kernel made of it. */
  tell(changes: readonly WorkloadChange[] = this.#late ?? []): void {
    this.#late = undefined;
    this.tracker.receive(changes);
    this.#arrive();
  }

  #notify(batch: readonly WorkloadChange[]): undefined {
    if (this.#late === undefined) this.tracker.receive(batch);
    else this.#late.push(...batch);
  }

  /** Brings everything into the stream, and gives what that was. */
  async settle(): Promise<readonly ChangeOperation[]> {
    await this.tracker.place(() => undefined);
    return this.takeOperations();
  }

  /** What came into the stream since it was asked for the last time. */
  takeOperations(): readonly ChangeOperation[] {
    const taken = this.stream.slice(this.#taken);
    this.#taken = this.stream.length;
    return taken.filter((operation): operation is ChangeOperation => operation.kind !== 'marker');
  }

  /** Everything that is in the stream is applied, as it is meant to be, and the replica is the workload as it is now. */
  async expectFaithful(): Promise<void> {
    await this.apply();
    expect(await manifest(this.#replicaTree)).toEqual(await manifest(this.#tree));
  }

  async apply(): Promise<void> {
    const operations = this.stream.slice(this.#applied).filter((one): one is ChangeOperation => one.kind !== 'marker');
    this.#applied = this.stream.length;
    const report = await this.#replica.apply(operations);
    expect(report.failure).toBeUndefined();
    expect(report.outcomes.filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
  }
}

/** Bytes of content in operations. */
export function contentBytes(operations: readonly ChangeOperation[]): number {
  return operations.reduce((sum, operation) => {
    if (operation.kind === 'write') return sum + operation.data.length;
    return operation.kind === 'file' ? sum + operation.content.length : sum;
  }, 0);
}

/** `rename a b`, `remove c`: without attributes of folders, which follow everything. */
export function named(operations: readonly ChangeOperation[]): string[] {
  return operations
    .filter(({ kind }) => kind !== 'attributes')
    .map((operation) => {
      if (operation.kind === 'rename') return `rename ${operation.path} ${operation.to}`;
      if (operation.kind === 'link') return `link ${operation.existing} ${operation.path}`;
      return `${operation.kind} ${operation.path}`;
    });
}

/** As `named`, without removals: of a name that is gone they cost nothing. */
export function made(operations: readonly ChangeOperation[]): string[] {
  return named(operations.filter(({ kind }) => kind !== 'remove'));
}

function isChange(change: CapturedChange): change is WorkloadChange {
  return change.kind !== 'failed';
}
