// Deliberate bugs of the engine: each is a small change of one of its own source files, and each must be caught by the
// simulator through an invariant. `find` stands exactly once in the file.
import type { Invariant } from '../../../src/simulator/invariants/broken.ts';

export interface PlantedBug {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Any of these may be the first that notices. */
  readonly caughtBy: readonly Invariant[];
  /** Where the search begins, so that the test is short; 1 when absent. */
  readonly firstSeed?: number;
  /** A kept scenario that has to catch it, for what histories from seeds do not do; without `.scenario`. */
  readonly scenario?: string;
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'the target acknowledges what it has not synced',
    file: 'engine/queue/target-queue.ts',
    find: '      if (durably) await handle.sync();\n',
    replace: '',
    caughtBy: ['durability', 'prefix', 'convergence', 'tasks'],
    firstSeed: 7,
  },
  {
    name: 'a checkpoint does not sync the replica',
    file: 'engine/apply/applier.ts',
    find: '    await this.#replica.sync();\n',
    replace: '',
    caughtBy: ['prefix', 'convergence', 'durability', 'tasks'],
    firstSeed: 46,
  },
  {
    name: 'a failed sync of the replica is tried again and trusted',
    file: 'engine/apply/not-durable.ts',
    find: "    throw new Failure({ code, operation: 'make the replica durable', subject, reason, retryable: true });",
    replace: '    return undefined as T;',
    caughtBy: ['prefix', 'convergence', 'durability'],
    firstSeed: 68,
  },
  {
    name: 'an acknowledgement counts for everything that was sent',
    file: 'engine/session/source-stream.ts',
    find: 'this.queue.acknowledge(durable);',
    replace: 'this.queue.acknowledge(durable === 0 ? 0 : this.queue.state.head);',
    caughtBy: ['prefix', 'durability', 'convergence', 'tasks'],
  },
  {
    name: 'two operations are swapped',
    file: 'engine/apply/apply-loop.ts',
    find: 'run.push({ operation, place });',
    replace: 'run.length === 1 ? run.unshift({ operation, place }) : run.push({ operation, place });',
    caughtBy: ['prefix', 'convergence', 'durability', 'truth'],
  },
  {
    name: 'what the source lost while nobody watched is taken for what was there before',
    file: 'engine/mirror/surplus.ts',
    find: "if (orphans === 'keep' && !beforeIsKnown) {",
    replace: "if (orphans === 'keep') {",
    caughtBy: ['convergence', 'prefix'],
    scenario: 'deleted-while-down',
  },
  {
    name: 'a task that was started before a crash is started again',
    file: 'engine/tasks/task-runner.ts',
    find: "return known !== undefined && known.state !== 'queued';",
    replace: "return known !== undefined && known.state === 'finished';",
    caughtBy: ['tasks'],
  },
  {
    name: 'that a task starts is not made durable first',
    file: 'engine/tasks/task-journal.ts',
    find: '      await this.#log.sync();\n',
    replace: '',
    caughtBy: ['tasks'],
  },
  {
    name: 'a task runs although operations before it are still to be applied',
    file: 'engine/apply/apply-loop.ts',
    find: "if (operation.kind === 'marker' || startsReal) {",
    replace: 'if (startsReal) {',
    caughtBy: ['tasks', 'prefix', 'durability'],
    firstSeed: 3,
  },
  {
    name: 'tasks of a stream that was lost are forgotten',
    file: 'engine/session/source-tasks.ts',
    find: '    const old = this.#old;\n',
    replace: '    const old: readonly TaskReport[] = [];\n',
    caughtBy: ['tasks'],
  },
  {
    name: 'a takeover keeps the epoch',
    file: 'engine/session/target-job.ts',
    find: 'epoch: this.#state.epoch + 1, failedOver: true',
    replace: 'epoch: this.#state.epoch, failedOver: false',
    caughtBy: ['one writer', 'convergence', 'no defect'],
  },
  {
    name: 'what a mirror missed while it walked is not sent',
    file: 'engine/capture/tracker.ts',
    find: '        await flush();\n        await this.#workAll();\n',
    replace: '        await flush();\n        this.#takeIn();\n        this.#dirty.clear();\n',
    caughtBy: ['convergence', 'prefix', 'durability', 'tasks'],
  },
  {
    name: 'an overflow of capture is passed over',
    file: 'engine/session/source-job.ts',
    find: "          this.#mirrorAgain('the capture queue overflowed');\n",
    replace: '',
    caughtBy: ['convergence', 'prefix', 'durability', 'tasks'],
    firstSeed: 12,
  },
  {
    name: 'a capture that works again is taken for one that never failed',
    file: 'engine/session/source-job.ts',
    find: "recovered: () => this.#mirrorAgain('capture had failed'),",
    replace: 'recovered: () => undefined,',
    caughtBy: ['convergence', 'prefix', 'durability', 'tasks'],
    firstSeed: 12,
  },
  {
    name: 'an operation that is given up is not told',
    file: 'engine/session/target-job.ts',
    find: "    await this.#setDataState('Mirror Required');\n  }\n\n  #tellRefused",
    replace: '  }\n\n  #tellRefused',
    caughtBy: ['convergence', 'prefix', 'durability'],
    firstSeed: 103,
  },
  {
    name: 'a verification trusts size and time',
    file: 'engine/verify/verification.ts',
    find: "const bytes = local.kind === 'file' ? await this.#bytesOutOfSync(pair, local, remote) : 0;",
    replace:
      "const bytes = local.kind === 'file' && differing.length > 0 ? await this.#bytesOutOfSync(pair, local, remote) : 0;",
    caughtBy: ['truth', 'convergence'],
    firstSeed: 4,
  },
  {
    name: 'the disk limit of a queue is no limit',
    file: 'engine/queue/source-queue.ts',
    find: "    if (!this.#disk.fits(waiting)) return 'the disk space allowed for it is used up';\n",
    replace: '',
    caughtBy: ['bounds'],
    firstSeed: 452,
  },
  {
    name: 'what could not be read is never read again',
    file: 'engine/session/unread-places.ts',
    find: '    const places = [...this.places.places()];\n',
    replace: '    const places: DirtyPath[] = [];\n',
    caughtBy: ['convergence'],
    firstSeed: 33,
  },
  {
    name: 'the stream goes on when track of the workload is lost',
    file: 'engine/session/source-mirrors.ts',
    find: '    this.want(method, reason);\n    if (!this.#walking) this.#standStill(this.#parts.stream());\n',
    replace: '    this.want(method, reason);\n',
    caughtBy: ['prefix', 'durability'],
    scenario: 'overflow-ends-mirror',
  },
  {
    name: 'an operation that fails is passed over at once',
    file: 'engine/apply/apply-loop.ts',
    find: '        await this.#listener.dropping(first.operation, failure);\n',
    replace: '',
    caughtBy: ['prefix', 'convergence', 'durability', 'tasks'],
    firstSeed: 8,
  },
  {
    name: 'a job that its source never came to know is started again and again',
    file: 'runtime/jobs/target-jobs.ts',
    find: '    if (!job.isStored) {\n',
    replace: '    if (job.isStored === undefined) {\n',
    caughtBy: ['convergence'],
    scenario: 'refused-before-known',
  },
  {
    name: 'the mark of a live path is lost with its job',
    file: 'runtime/jobs/live-paths.ts',
    find: '    if (held !== undefined) throw livePathRefusal(this.#parts.server, held, held.takenBy);\n',
    replace: '',
    caughtBy: ['one writer'],
    scenario: 'old-source-returns',
  },
  {
    name: 'a file that a program holds open is not looked at',
    file: 'engine/capture/slow-round.ts',
    find: 'const changed = mustRead || !this.#parts.known.isAsSent(status) || this.#changedLately(status);',
    replace: 'const changed = mustRead;',
    caughtBy: ['convergence'],
    scenario: 'write-unseen',
  },
  {
    name: 'whatever stands at a name is taken for what was looked at',
    file: 'model/attributes.ts',
    find: 'return one.inode === other.inode && one.device === other.device;',
    replace: 'return one !== undefined && other !== undefined;',
    caughtBy: ['prefix', 'convergence', 'truth'],
    firstSeed: 8,
  },
  {
    name: 'a name that a mirror could not compare is not known',
    file: 'engine/mirror/mirror.ts',
    find: '    this.#parts.known.addOld(local, root, path);\n',
    replace: '',
    caughtBy: ['prefix', 'convergence', 'truth'],
    firstSeed: 8,
  },
  {
    name: 'a job is given up while a hello makes it',
    file: 'runtime/jobs/target-jobs.ts',
    find: '    return this.#hellos.take(() => this.#forget(jobId));\n',
    replace: '    return this.#forget(jobId);\n',
    caughtBy: ['one writer', 'no silence', 'convergence'],
    firstSeed: 20,
  },
  {
    name: 'whatever stands at the path of a protected folder is taken for it',
    file: 'engine/session/protected-roots.ts',
    find: '      if (now !== undefined && isSameObject(now, before)) continue;\n',
    replace: '      if (now !== undefined) continue;\n',
    caughtBy: ['convergence', 'prefix', 'truth'],
    scenario: 'folder-mounted-over',
  },
  {
    name: 'the folder that was replaced is still the one that is read',
    file: 'engine/session/protected-roots.ts',
    find: '      this.trees[root] = tree;\n',
    replace: '',
    caughtBy: ['convergence', 'prefix', 'truth', 'no defect'],
    scenario: 'folder-mounted-over',
  },
  {
    name: 'how a task ended is lost when the journal refuses it',
    file: 'engine/tasks/keep-report.ts',
    find: '      if (isLast) throw thrown;\n',
    replace: '      if (!isLast) throw thrown;\n',
    caughtBy: ['tasks'],
    scenario: 'task-end-not-written',
  },
  {
    name: 'an overflow waits for room in the queue',
    file: 'engine/capture/tracker.ts',
    find: '      else if (isLossOfTrack(change) && !this.#holding) this.#take(change);\n',
    replace: '',
    caughtBy: ['prefix', 'durability', 'tasks'],
    firstSeed: 12,
  },
  {
    name: 'a target counts the time in which it stood still',
    file: 'engine/running-time.ts',
    find: `    const stoodStill = elapsedMs > this.#everyMs + lateMs;
    if (!stoodStill) this.#ranMs += Math.min(elapsedMs, this.#everyMs + slackMs);`,
    replace: `    const stoodStill = false;
    this.#ranMs += elapsedMs;`,
    caughtBy: ['one writer', 'convergence'],
    firstSeed: 10,
  },
  {
    name: 'what was deleted while nobody looked stays in the replica',
    file: 'engine/mirror/surplus.ts',
    find: '      for (const part of paths) counts.paths.push(part);\n',
    replace: '',
    caughtBy: ['prefix', 'convergence', 'truth', 'tasks'],
    scenario: 'deleted-while-down',
  },
  {
    name: 'the last probe of a monitor has no time to be answered',
    file: 'engine/failover/monitor.ts',
    find: 'isLast ? leftMs : leftMs / 2',
    replace: 'leftMs',
    caughtBy: ['one writer'],
    scenario: 'interval-as-long-as-total',
  },
  {
    name: 'a verification knows no hard links',
    file: 'engine/verify/verification.ts',
    find: "    if (!isLinkedAlike) differing.push('hard links');\n",
    replace: '',
    caughtBy: ['truth'],
    scenario: 'linked-on-replica-alone',
  },
];
