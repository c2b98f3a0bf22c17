// The jobs of which this server is the source: making them, keeping them across restarts, verifying them, giving them
// up. `jobs/<id>/source/source.json` holds what a restart needs; a job found there reconnects by itself (guide, ch. 10,
// auto-reconnect).
import { adviceText, asFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import { sleep } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import { SourceJob } from '../../engine/job/source/source-job.ts';
import { stoppedSourceReport, waitingSourceReport } from '../../engine/job/source/source-report.ts';
import { loadSourceState, type SourceState, storeSourceState } from '../../engine/job/source/source-state.ts';
import { type EditableParts, type SourceJobParts, withEditable } from '../../engine/job/source-job-parts.ts';
import type { RoutePlace } from '../../engine/link/route/route.ts';
import { verifyJob } from '../../engine/verify/verify-job.ts';
import type { JobSpecification, NewJob } from '../../model/job.ts';
import type { JobReport, VerifyMode, VerifyReport } from '../../model/report.ts';
import { wayBackText } from '../../model/way-back.ts';
import type { FileTree } from '../../ports/files.ts';
import { checkNewJob } from './admission/job-admission.ts';
import { expectShape, type ShapeJob } from './admission/shapes.ts';
import { filesWithin } from './admission/source-policy.ts';
import { checkDiagnosis, Diagnoses } from './diagnosis/diagnoses.ts';
import { type EditedJobs, JobEdits } from './job-edits.ts';
import { jobFenced, unknownJob, verifiesPaused, withWorkloadHint } from './job-failures.ts';
import { jobParts } from './job-parts.ts';
import { JobRoutes, type RoutedJob } from './job-routes.ts';
import type { JobServices, ServerParts } from './server-parts.ts';
import { StartRetry } from './start-retry.ts';

interface Held extends RoutedJob {
  kept: SourceState;
  /** The job reads from it what an EDIT may change. */
  readonly now: EditableParts;
}

export class SourceJobs {
  readonly #parts: ServerParts;
  readonly #services: JobServices;
  readonly #logs: FileTree;
  readonly #replicas: () => readonly ShapeJob[];
  readonly #jobs = new Map<string, Held>();
  readonly #stop = new AbortController();
  readonly #late = new Set<Promise<void>>();
  readonly #ends = new WeakMap<SourceJob, Promise<void>>();
  /** Runs one CONNECT after the other, so that two cannot protect the same folder. */
  readonly #connecting = new Turns();
  /** Writes and removes one file of a job after the other, so that the newest facts stay, and none of a job that is given up. */
  readonly #keeping = new Turns();
  readonly #retry: StartRetry;
  readonly #diagnoses: Diagnoses;
  /** How the jobs of this server send; for its commands. */
  readonly routes: JobRoutes;
  /** EDIT. */
  readonly edits: JobEdits;

  /** `replicas` are the jobs of which this server is the target. */
  constructor(parts: ServerParts, services: JobServices, logs: FileTree, replicas: () => readonly ShapeJob[]) {
    this.#parts = parts;
    this.#services = services;
    this.#logs = logs;
    this.#replicas = replicas;
    this.#retry = new StartRetry(parts.clock);
    this.#diagnoses = new Diagnoses(parts, logs, (jobId) => this.find(jobId)?.report());
    this.routes = new JobRoutes(parts, {
      all: () => [...this.#jobs.values()],
      held: (jobId) => this.#held(jobId),
      keep: (jobId, line) => this.#keep(jobId, (kept) => ({ ...kept, line })),
    });
    this.edits = new JobEdits(parts, this.#editedJobs(), this.routes);
  }

  all(): readonly SourceJob[] {
    return [...this.#jobs.keys()].flatMap((jobId) => this.find(jobId) ?? []);
  }

  find(jobId: string): SourceJob | undefined {
    const { job, kept } = this.#jobs.get(jobId) ?? {};
    return job?.isOpen && !kept?.stopped && this.#retry.trouble(jobId) === undefined ? job : undefined;
  }

  /** True also for a job that is not open. */
  has(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }

  /**
   * The reports of the jobs that are not open: they were stopped, or could not be started or had to end, and will be
   * started again.
   */
  waiting(): JobReport[] {
    return [...this.#jobs].flatMap(([jobId, { kept }]) => {
      if (kept.stopped) return [stoppedSourceReport(kept)];
      const trouble = this.#retry.trouble(jobId);
      return trouble === undefined ? [] : [waitingSourceReport(kept, trouble)];
    });
  }

  /** All jobs, including those that could not be started yet. */
  shapes(): readonly ShapeJob[] {
    return [...this.#jobs.values()].map(({ kept: { specification }, job }) => {
      const { jobId, name, sourceServer: source, targetServer: target, roots, rules } = specification;
      return { jobId, name, role: 'source', source, target, roots, rules, failedOver: job.life.is('fenced') };
    });
  }

  numbers(): number[] {
    return [...this.#jobs.values()].map(({ kept }) => kept.number);
  }

  /** Starts the jobs of an earlier run. A job whose workload is missing is tried again until the workload is there. */
  async resume(numbers: () => readonly number[]): Promise<void> {
    for (const jobId of await jobFolders(this.#parts)) {
      const found = await loadSourceState(this.#parts.storage, folder(jobId));
      if (found === undefined) continue;
      // Numbers begin anew with every start of the server (guide, ch. 6, Connection ID).
      const kept = { ...found, number: lowestFree(numbers()) };
      const { targetServer: target } = kept.specification;
      // Where nobody knows the address now, the job says so itself when it connects.
      const unknown = { target, address: kept.address ?? '' };
      const place = await this.routes.placeOf(target, kept.address).catch(() => unknown);
      await this.#diagnoses.resume(jobId, kept.specification);
      const held = { kept, ...this.#make(kept, place, true) };
      this.#jobs.set(jobId, held);
      if (await this.#waitsForStart(jobId)) continue;
      await this.#startOrTryAgain(jobId, held);
    }
  }

  /** Whether the job is stopped, also by the setting that nothing is connected again at the start. */
  async #waitsForStart(jobId: string): Promise<boolean> {
    const { kept } = this.#held(jobId);
    if (kept.stopped) return true;
    if (this.#parts.reconnection?.atStart !== false) return false;
    await this.#keep(jobId, (now) => ({ ...now, stopped: true }));
    this.#parts.eventLog.emit(5232, { connection: kept.number }, jobId);
    return true;
  }

  /** With `forPeer`, every start of the job opens only folders inside those that a peer may have protected. */
  async connect(asked: NewJob, number: () => number, forPeer?: string): Promise<SourceJob> {
    const { line: wishes = {}, ...wanted } = asked;
    const place = await this.routes.placeOf(wanted.targetServer, wishes.address);
    checkDiagnosis(wanted, forPeer);
    const line = this.routes.lineFor(place, wishes);
    const address = wishes.address === undefined ? {} : { address: wishes.address };
    const more = { line, ...address, ...(forPeer === undefined ? {} : { forPeer }) };
    const { job } = await this.#connecting.runAlone(() => this.#admit(wanted, number, place, more));
    const { jobId } = job;
    try {
      // Stored before the target can accept the job: a source that crashes in between goes on with it.
      await this.#keep(jobId, (kept) => kept);
      await job.start();
      await job.accepted();
      // Of other jobs on the route, too, from now on.
      if (Object.keys(wishes).length > 0) await this.routes.configure(jobId, () => line);
      return job;
    } catch (thrown) {
      await this.#drop(jobId, 'the connection was not made');
      throw withWorkloadHint(asFailure(thrown, 'connect', wanted.name), wanted);
    }
  }

  /** Makes the job, unless it conflicts with a job that is already here. */
  async #admit(
    wanted: Omit<JobSpecification, 'jobId'>,
    number: () => number,
    place: RoutePlace,
    more: Pick<SourceState, 'line' | 'address' | 'forPeer'>,
  ): Promise<Held> {
    const { clock, random, files } = this.#parts;
    checkNewJob(wanted);
    this.#expectFree(wanted.name, 'connect');
    await expectShape('source', wanted, [...this.shapes(), ...this.#replicas()], files);
    const jobId = newIdentifier(clock, random);
    const kept = { specification: { ...wanted, jobId }, number: number(), establishedMs: clock.wallMs(), ...more };
    if (wanted.diagnosis !== undefined) await this.#diagnoses.begin(jobId, wanted.diagnosis);
    const held = { kept, ...this.#make(kept, place) };
    this.#jobs.set(jobId, held);
    return held;
  }

  /** Throws `JOB-EXISTS`. Names are told apart as people look them up: whatever their letter case. */
  #expectFree(name: string, operation: string, jobId?: string): void {
    const clash = [...this.#jobs.values()].find(({ kept: { specification: one } }) => {
      return one.jobId !== jobId && one.name.toLowerCase() === name.toLowerCase();
    });
    if (clash === undefined) return;
    const { number, specification } = clash.kept;
    const isFenced = clash.job.life.is('fenced');
    throw new Failure({
      code: 'JOB-EXISTS',
      operation,
      subject: name,
      reason: `connection ${number}, ${specification.name} to ${specification.targetServer}, has this name${isFenced ? ', and its target has taken over' : ''}`,
      hint: isFenced
        ? wayBackText(specification.sourceServer, specification.targetServer)
        : 'DISCONNECT it first; for other data, give another NAME.',
    });
  }

  /**
   * For a job that is not open there is no stream to finish, and the target is not told. Nor is the stream finished before
   * a first mirror was complete: the replica is not whole whatever of it is applied.
   */
  async disconnect(jobId: string): Promise<void> {
    const job = this.find(jobId);
    try {
      // Without a link nothing more can be sent: the replica lacks the rest, and the report says so.
      const report = job?.report();
      const mayFinish = report?.connectedSinceMs != null && report.transmit.mode !== 'Paused';
      if (mayFinish && report.mirror.completed > 0) await job?.finish();
      await job?.tellGivenUp();
      job?.notify({ type: 'forget' });
    } finally {
      await this.#drop(jobId, 'the job was given up');
      await this.#services.identities.forget(jobId);
    }
  }

  /** The job stays, sends nothing and queues nothing until it is started (guide, ch. 6, Stop). */
  async stop(jobId: string): Promise<readonly string[]> {
    const held = this.#held(jobId);
    const { name, sourceServer, targetServer } = held.kept.specification;
    if (held.job.life.is('fenced')) throw jobFenced('stop', name, wayBackText(sourceServer, targetServer));
    if (held.kept.stopped) return [name];
    await this.#keep(jobId, (kept) => ({ ...kept, stopped: true }));
    this.#retry.forget(jobId);
    await this.#end(held.job, 'the job was stopped');
    this.#parts.eventLog.emit(5204, { connection: held.kept.number }, jobId);
    this.#services.jobChanged(jobId);
    return [name];
  }

  /** Starts a job that was stopped, by a mirror of its own method; lets a paused one go on where it was. */
  async start(jobId: string): Promise<readonly string[]> {
    const held = this.#held(jobId);
    const resumed = await this.routes.pause(jobId, false);
    if (!held.kept.stopped) return resumed;
    // What was said of mirrors and replication by hand has lasted until now (guide, ch. 6).
    await this.#keep(jobId, ({ stopped: _, byHand: __, ...kept }) => kept);
    await this.routes.giveBack(jobId);
    const again = this.#makeAgain(jobId, held);
    this.#parts.eventLog.emit(5205, { connection: held.kept.number }, jobId);
    await this.#startOrTryAgain(jobId, again);
    return resumed;
  }

  async verify(jobId: string, mode: VerifyMode, placeMs?: number): Promise<VerifyReport> {
    const held = this.#held(jobId);
    const { number } = held.kept;
    const { eventLog } = this.#parts;
    if (held.job.parts.route.isPaused) throw verifiesPaused(held.kept.specification.name);
    const at = placeMs === undefined ? {} : { placeMs };
    const report = await verifyJob(held.job, { logs: this.#logs, mode, ...at });
    const { filesCompared: files, filesDifferent: different } = report;
    const missing = report.filesMissing + report.directoriesMissing;
    const good = different + missing + report.surplus + (report.refused ?? 0) === 0;
    const { surplus: names, surplusKept: kept } = report;
    // A mirror leaves the kept surplus alone, so it does not count as a difference.
    held.job.mirrors.verified(different + missing + names - kept, { names, kept });
    const lastVerification = { finishedMs: report.finishedMs, differences: different + missing + names - kept };
    held.job.verifications.ended(lastVerification);
    const found = differencesFound(report);
    if (good) eventLog.emit(5060, { connection: number, files, found }, jobId);
    else eventLog.emit(5061, { connection: number, found }, jobId);
    await this.#keep(jobId, (state) => ({ ...state, lastVerification })).catch((thrown: unknown) => {
      const { message } = asFailure(thrown, 'keep the last verification', held.kept.specification.name);
      this.#parts.log.write('warning', message, { jobId });
    });
    return report;
  }

  async stopAll(reason: string): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#late);
    await this.#diagnoses.endAll();
    for (const { job } of this.#jobs.values()) await this.#end(job, reason);
    this.#jobs.clear();
  }

  #held(jobId: string): Held {
    const held = this.#jobs.get(jobId);
    if (held === undefined) throw unknownJob(jobId);
    return held;
  }

  #editedJobs(): EditedJobs {
    return {
      held: (jobId) => this.#held(jobId),
      checkName: (jobId, name) => this.#expectFree(name, 'edit', jobId),
      keep: async (jobId, change, now) => {
        await this.#keep(jobId, change);
        Object.assign(this.#held(jobId).now, now);
      },
      startAnew: async (jobId, reason) => {
        const held = this.#held(jobId);
        await this.#end(held.job, reason);
        await this.#startOrTryAgain(jobId, this.#makeAgain(jobId, held));
      },
      runAlone: (action) => this.#connecting.runAlone(action),
    };
  }

  /** The job of an earlier start, made anew with what it has now. */
  #makeAgain(jobId: string, { kept, job }: Held, isResumed = false): Held {
    const again = { kept, ...this.#make(kept, job.parts.route.place, isResumed) };
    this.#jobs.set(jobId, again);
    return again;
  }

  #make(kept: SourceState, place: RoutePlace, isResumed = false): Pick<Held, 'job' | 'now'> {
    const { specification, number, establishedMs, forPeer } = kept;
    const { files, sourceRoots = [] } = this.#parts;
    const { jobId } = specification;
    const parts: Omit<SourceJobParts, keyof EditableParts> = {
      ...jobParts(this.#parts, this.#services, specification, folder(jobId), (failure) =>
        this.#startAgain(jobId, failure),
      ),
      files: forPeer === undefined ? files : filesWithin(files, sourceRoots),
      capture: this.#parts.capture,
      network: this.#diagnoses.networkOf(jobId) ?? this.#parts.network,
      ...this.#diagnoses.partOf(jobId),
      rootCheckMs: this.#parts.rootCheckMs,
      remirror: this.#parts.reconnection?.remirror ?? 'auto',
      calculatesSize: this.#parts.calculatesSize ?? true,
      isResumed,
      adopt: (options) => this.edits.adopt(jobId, options),
      fenced: () => this.#services.takenOver(specification),
      undone: (epoch) => this.#goOnAfterUndo(jobId, epoch),
      number,
      establishedMs,
      epoch: kept.epoch ?? 0,
      scripts: kept.scripts,
      keepScripts: (scripts) => this.#keep(jobId, (now) => ({ ...now, scripts })),
      byHand: kept.byHand,
      keepByHand: (byHand) => this.#keep(jobId, (now) => ({ ...now, byHand })),
      lastVerification: kept.lastVerification,
      verifyForTask: async (placeMs) => {
        const report = await this.verify(jobId, 'report', placeMs);
        const { filesDifferent, filesMissing, directoriesMissing, surplus, refused = 0 } = report;
        const wrong = filesDifferent + filesMissing + directoriesMissing + surplus + refused;
        return { good: wrong === 0, text: `${wrong} differences, see ${report.logPath}` };
      },
    };
    const { keptNone = false, address } = kept;
    const route = this.routes.take(place, kept.line);
    const now = { specification, route, address, keptNone };
    return { now, job: new SourceJob(withEditable(parts, now)) };
  }

  /** Stores the job with the change, which then holds. */
  #keep(jobId: string, change: (kept: SourceState) => SourceState): Promise<void> {
    return this.#keeping.runAlone(async () => {
      const held = this.#jobs.get(jobId);
      // A job that is being given up has no file any more.
      if (held === undefined) return;
      const kept = change(held.kept);
      await storeSourceState(this.#parts.storage, folder(jobId), kept);
      // The job may have been made anew meanwhile.
      const now = this.#jobs.get(jobId);
      if (now !== undefined) now.kept = kept;
    });
  }

  async #startOrTryAgain(jobId: string, { kept, job }: Held): Promise<void> {
    try {
      await job.start();
      this.#retry.started(jobId);
      this.#services.jobChanged(jobId);
    } catch (thrown) {
      // The job may have been given up since.
      if (this.#jobs.get(jobId)?.job !== job) return;
      const failure = asFailure(thrown, 'start a job', kept.specification.name);
      this.#parts.eventLog.emitPaced(5002, { connection: kept.number, reason: failure.message }, jobId);
      this.#tryLater(jobId, adviceText(failure));
    }
  }

  /** Starts the job again from what is durable, as after a restart of the server. */
  #startAgain(jobId: string, failure: Failure): void {
    const held = this.#jobs.get(jobId);
    if (held === undefined || held.kept.stopped || this.#retry.trouble(jobId) !== undefined) return;
    this.#parts.eventLog.emitPaced(5006, { connection: held.kept.number, reason: failure.message }, jobId);
    this.#tryLater(jobId, failure.message);
  }

  #tryLater(jobId: string, reason: string): void {
    const held = this.#jobs.get(jobId);
    if (held === undefined) return;
    const delayMs = this.#retry.after(jobId, reason);
    this.#services.jobChanged(jobId);
    const late = this.#startLater(jobId, held, reason, delayMs).finally(() => this.#late.delete(late));
    this.#late.add(late);
  }

  /** The failover to the target was undone: the job is made anew, with the epoch that holds since, and a mirror. */
  #goOnAfterUndo(jobId: string, epoch: number): void {
    const late = this.#makeAnew(jobId, this.#held(jobId).job, epoch)
      .catch((thrown) => this.#startAgain(jobId, asFailure(thrown, 'go on after an undo', jobId)))
      .finally(() => this.#late.delete(late));
    this.#late.add(late);
  }

  async #makeAnew(jobId: string, job: SourceJob, epoch: number): Promise<void> {
    await this.#keep(jobId, (kept) => ({ ...kept, epoch }));
    await this.#end(job, 'the failover was undone');
    const held = this.#jobs.get(jobId);
    if (this.#stop.signal.aborted || held?.job !== job || held.kept.stopped) return;
    const { specification } = held.kept;
    this.#parts.eventLog.emit(5076, { target: specification.targetServer, epoch }, jobId);
    this.#services.takenBack(specification);
    await this.#startOrTryAgain(jobId, this.#makeAgain(jobId, held));
  }

  async #startLater(jobId: string, held: Held, reason: string, delayMs: number): Promise<void> {
    await this.#end(held.job, reason);
    await sleep(this.#parts.clock, delayMs, this.#stop.signal);
    if (this.#stop.signal.aborted || this.#jobs.get(jobId) !== held || held.kept.stopped) return;
    const again = this.#makeAgain(jobId, held, true);
    await this.#startOrTryAgain(jobId, again);
  }

  /** Stops a job once, also when several callers ask for it. */
  #end(job: SourceJob, reason: string): Promise<void> {
    const ending = this.#ends.get(job) ?? job.stop(reason);
    this.#ends.set(job, ending);
    return ending;
  }

  async #drop(jobId: string, reason: string): Promise<void> {
    // Its last figures are those of the job as it still is.
    if (this.#diagnoses.has(jobId)) await this.#diagnoses.end(jobId);
    const held = this.#jobs.get(jobId);
    this.#jobs.delete(jobId);
    this.#retry.forget(jobId);
    if (held !== undefined) {
      await this.#end(held.job, reason);
      this.routes.left(held);
    }
    const { storage, capture } = this.#parts;
    if (held !== undefined) await capture.release?.(held.kept.specification.roots.map(({ source }) => source));
    await this.#keeping.runAlone(async () => {
      for (const name of await storage.list(folder(jobId))) await storage.remove(name);
    });
    this.#services.jobChanged(jobId);
  }
}

export function lowestFree(taken: readonly number[]): number {
  let number = 1;
  while (taken.includes(number)) number += 1;
  return number;
}

/** Identifiers of all jobs that have a folder in the storage. */
export async function jobFolders({ storage }: ServerParts): Promise<string[]> {
  const names = await storage.list('jobs');
  return [...new Set(names.map((name) => name.split('/')[1] ?? ''))].filter((jobId) => jobId !== '');
}

function folder(jobId: string): string {
  return `jobs/${jobId}/source`;
}

/** What a verification found, without what it did not find: `2 different, 1 not taken by the target`. */
function differencesFound(report: VerifyReport): string {
  const found: readonly (readonly [count: number, what: string])[] = [
    [report.filesDifferent, 'different'],
    [report.filesMissing + report.directoriesMissing, 'missing'],
    [report.filesUnsettled, 'unsettled'],
    [
      report.surplus,
      report.surplusKept === 0 ? 'only on the target' : `only on the target (${report.surplusKept} kept)`,
    ],
    [report.refused ?? 0, 'not taken by the target'],
  ];
  const said = found.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return said.length === 0 ? 'no differences' : said.join(', ');
}
