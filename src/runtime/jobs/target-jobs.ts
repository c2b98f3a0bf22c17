// The jobs of which this server is the target: who may make one, where its replica may lie, and which job a link
// belongs to.
import { adviceText, asFailure, type Failure } from '../../base/failure.ts';
import { sameServerName } from '../../base/given-names.ts';
import { displayPath } from '../../base/raw-path.ts';
import { sleep } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { ReplicaRules } from '../../engine/apply/replica/replica-rules.ts';
import { TargetJob } from '../../engine/job/target/target-job.ts';
import { waitingReport } from '../../engine/job/target/target-report.ts';
import { loadFence, loadTargetState, storeFence, type TargetState } from '../../engine/job/target/target-state.ts';
import { Channel } from '../../engine/link/channel.ts';
import { type Hello, jobWaiting, readHello, refuseLink } from '../../engine/link/greeting.ts';
import { fencedCode, undoneCode } from '../../engine/link/link-refusal.ts';
import { pauseWhileRunning } from '../../engine/running-time.ts';
import { isSameFolder } from '../../model/folder-place.ts';
import type { JobRoot } from '../../model/job.ts';
import type { JobReport, UndoReport } from '../../model/report.ts';
import type { Link } from '../../ports/network.ts';
import { checkNewJob, checkSourceRole } from './admission/job-admission.ts';
import { checkHello, helloRefusal, undone } from './admission/refused-hellos.ts';
import {
  graveyardsBeside,
  makeReplicaFolders,
  openReplicaFolders,
  type ReplicaFolders,
} from './admission/replica-folders.ts';
import { expectShape, type ShapeJob } from './admission/shapes.ts';
import {
  checkReplicaDoor,
  checkReplicaPaths,
  checkSourcePlaces,
  type TargetPolicyParts,
} from './admission/target-policy.ts';
import { UnreadHellos } from './admission/unread-hellos.ts';
import { takingOver, unknownJob } from './job-failures.ts';
import { jobParts } from './job-parts.ts';
import { LivePaths } from './live/live-paths.ts';
import type { JobServices, ServerParts } from './server-parts.ts';
import { jobFolders, lowestFree } from './source-jobs.ts';
import { StartRetry } from './start-retry.ts';

/** At most so many refused objects are reported: a source can go on sending them, and would fill the event log. */
const refusalsTold = 100;

/** The link of a peer that sends no hello in this time is closed. */
const helloMs = 10_000;

export class TargetJobs {
  readonly #parts: ServerParts;
  readonly #services: JobServices;
  /** The jobs of which this server is the source. */
  readonly #workloads: () => readonly ShapeJob[];
  readonly #numbers: () => readonly number[];
  readonly #jobs = new Map<string, TargetJob>();
  /** The states of all jobs that may still write. No other job gets the paths of a job until its state is removed. */
  readonly #states = new Map<string, TargetState>();
  /** Greets one link after the other, so that two cannot make the same job, and none while a job is being given up. */
  readonly #hellos = new Turns();
  readonly #hellosUnread = new UnreadHellos();
  #forgetting: Promise<unknown> = Promise.resolve();
  /** Jobs that could not be started, or have to be started again; nobody can make such a job anew. */
  readonly #waiting = new Map<string, Promise<void>>();
  /** Jobs that are being given up and must not be started again. */
  readonly #leaving = new Set<string>();
  readonly #stop = new AbortController();
  #live!: LivePaths;
  readonly #retry: StartRetry;

  constructor(
    parts: ServerParts,
    services: JobServices,
    workloads: () => readonly ShapeJob[],
    numbers: () => readonly number[],
  ) {
    this.#parts = parts;
    this.#services = services;
    this.#workloads = workloads;
    this.#numbers = numbers;
    this.#retry = new StartRetry(parts.clock);
  }

  all(): readonly TargetJob[] {
    return [...this.#jobs.values()].filter((job) => job.isOpen);
  }

  /** Pauses or resumes all jobs of the same source (guide, ch. 6, Target); returns their names. */
  async pause(jobId: string, isPaused: boolean): Promise<readonly string[]> {
    const source = this.find(jobId)?.sourceServer ?? '';
    const jobs = this.all().filter((job) => !job.failedOver && sameServerName(job.sourceServer, source));
    for (const job of jobs) await job.pause(isPaused);
    return jobs.map(({ name }) => name);
  }

  find(jobId: string): TargetJob | undefined {
    const job = this.#jobs.get(jobId);
    return job?.isOpen ? job : undefined;
  }

  /** The reports of the jobs that are not open: they could not be started or had to end, and will be started again. */
  waiting(): JobReport[] {
    return [...this.#states].flatMap(([jobId, state]) => {
      const trouble = this.find(jobId) === undefined ? this.#retry.trouble(jobId) : undefined;
      return trouble === undefined ? [] : [waitingReport(state, trouble, this.#live.movedTo(jobId))];
    });
  }

  numbers(): number[] {
    return [...this.#states.values()].map(({ number }) => number);
  }

  /** All jobs, including those that could not be started yet. */
  shapes(): readonly ShapeJob[] {
    return [...this.#states].map(([jobId, { specification, failedOver }]) => {
      const { name, sourceServer: source, targetServer: target, roots } = specification;
      const isLive = this.#jobs.get(jobId)?.failedOver ?? failedOver;
      return { jobId, name, role: 'target', source, target, roots, failedOver: isLive };
    });
  }

  /** The paths that this server has taken over. */
  get live(): LivePaths {
    return this.#live;
  }

  /** Starts the jobs of an earlier run, which apply what is in their queues, whether or not a source connects. */
  async resume(): Promise<void> {
    const { name: server, storage, files, clock, eventLog } = this.#parts;
    const emit = eventLog.emit.bind(eventLog);
    this.#live = await LivePaths.open({ server, storage, files, clock, emit });
    const found: { readonly jobId: string; readonly state: TargetState }[] = [];
    for (const jobId of await jobFolders(this.#parts)) {
      const state = await loadTargetState(storage, folder(jobId));
      if (state !== undefined) found.push({ jobId, state });
    }
    await this.#live.reconcile(found.map(({ state }) => state));
    // Numbers begin anew with every start of the server (guide, ch. 6, Connection ID).
    for (const { jobId, state } of found)
      await this.#startOrTryAgain(jobId, { ...state, number: lowestFree(this.#numbers()) });
  }

  async #startOrTryAgain(jobId: string, state: TargetState): Promise<void> {
    try {
      this.#states.set(jobId, state);
      await this.#start(state);
      this.#retry.started(jobId);
    } catch (thrown) {
      const failure = asFailure(thrown, 'start a job', state.specification.name);
      const reason = adviceText(failure);
      this.#parts.eventLog.emitPaced(5170, { connection: state.number, reason }, jobId);
      this.#wait(jobId, this.#startLater(jobId, state, this.#retry.after(jobId, reason)));
    }
    this.#services.jobChanged(jobId);
  }

  async #startLater(jobId: string, kept: TargetState, delayMs: number): Promise<void> {
    await sleep(this.#parts.clock, delayMs, this.#stop.signal);
    if (this.#stop.signal.aborted || this.#leaving.has(jobId)) return;
    const state = (await loadTargetState(this.#parts.storage, folder(jobId))) ?? kept;
    await this.#startOrTryAgain(jobId, { ...state, number: kept.number });
  }

  /** Starts the job again from what is durable, as after a restart of the server. */
  #startAgain(jobId: string, failure: Failure): void {
    const job = this.#jobs.get(jobId);
    const state = this.#states.get(jobId);
    if (job === undefined || state === undefined || this.#waiting.has(jobId)) return;
    if (!job.isStored) {
      this.#forgetLater(jobId, job, () => true);
      return;
    }
    const reason = failure.message;
    this.#parts.eventLog.emitPaced(5006, { connection: state.number, reason }, jobId);
    this.#jobs.delete(jobId);
    const last = { ...state, failedOver: job.failedOver, epoch: job.epoch };
    this.#states.set(jobId, last);
    const delayMs = this.#retry.after(jobId, reason);
    this.#services.jobChanged(jobId);
    this.#wait(
      jobId,
      job.stop(reason).then(() => this.#startLater(jobId, last, delayMs)),
    );
  }

  /** Takes its turn with the hellos: a hello can make the same job anew only after this one is gone. */
  #forgetLater(jobId: string, job: TargetJob, stillSo: () => boolean): void {
    this.#forgetting = this.#hellos.runAlone(async () => {
      if (this.#jobs.get(jobId) === job && stillSo()) await this.#forget(jobId);
    });
  }

  #wait(jobId: string, started: Promise<void>): void {
    const waiting = started.finally(() => {
      if (this.#waiting.get(jobId) === waiting) this.#waiting.delete(jobId);
    });
    this.#waiting.set(jobId, waiting);
  }

  /** Waits for the hello of a link and hands it to its job. */
  accept(link: Link): void {
    const watched = this.#hellosUnread.watch(link);
    const channel = new Channel(watched.link, this.#parts.clock);
    const wait = pauseWhileRunning(this.#parts.clock, helloMs);
    let hasGreeted = false;
    void wait.done.then(() => {
      if (!hasGreeted) channel.close('no hello came');
    });
    const cancel = (): void => {
      hasGreeted = true;
      wait.end();
    };
    channel.open({
      frame: (frame) => {
        const hello = readHello(frame, link.peer.name);
        if (hello === undefined) return;
        cancel();
        return this.#hellos.runAlone(() => this.#greet(channel, hello, watched.greeted));
      },
      closed: (reason, bad) => {
        cancel();
        if (bad) this.#parts.eventLog.outside.report('frame', { peer: link.peer.name, reason });
      },
      heartbeat: () => Buffer.alloc(0),
    });
  }

  /** Gives up the job, and frees its paths once no part of the job can write any more. */
  forget(jobId: string): Promise<void> {
    return this.#hellos.runAlone(() => this.#forget(jobId));
  }

  async #forget(jobId: string): Promise<void> {
    const opened = this.#jobs.get(jobId);
    if (opened?.life.is('taking over', 'undoing'))
      throw takingOver(this.#states.get(jobId)?.specification.name ?? jobId);
    opened?.life.move('given up');
    this.#jobs.delete(jobId);
    this.#leaving.add(jobId);
    try {
      await opened?.stop('the job was given up');
      while (this.#waiting.has(jobId)) await this.#waiting.get(jobId);
      // The job may have been started meanwhile.
      const late = this.#jobs.get(jobId);
      this.#jobs.delete(jobId);
      if (late !== opened) late?.life.move('given up');
      await late?.stop('the job was given up');
      const { storage } = this.#parts;
      const { failedOver, epoch } = late ?? opened ?? this.#states.get(jobId) ?? { failedOver: false, epoch: 0 };
      if (failedOver) await storeFence(storage, `jobs/${jobId}`, epoch);
      for (const name of await storage.list(`jobs/${jobId}/target`)) await storage.remove(name);
      await this.#services.identities.forget(jobId);
      this.#states.delete(jobId);
      this.#retry.forget(jobId);
    } finally {
      this.#leaving.delete(jobId);
    }
    this.#services.jobChanged(jobId);
  }

  /**
   * Undoes the takeover of a job and starts it again as a replica; `prepare` runs once nothing is known against it. The live
   * mark goes last: a server that ends before removes it at its next start.
   */
  undoFailover(jobId: string, prepare: () => Promise<void>): Promise<UndoReport> {
    return this.#hellos.runAlone(async () => {
      const job = this.find(jobId);
      const state = this.#states.get(jobId);
      if (job === undefined || state === undefined) throw unknownJob(jobId);
      job.expectUndoable();
      await checkReplicaPaths(state.specification, this.#policyParts(jobId));
      await prepare();
      try {
        const report = await job.undoFailover();
        await this.#services.identities.letGo(jobId);
        return report;
      } finally {
        await this.#makeAnew(jobId, job, state);
      }
    });
  }

  /** Ends the job and starts it from what is durable, whether or not its failover was undone. */
  async #makeAnew(jobId: string, job: TargetJob, kept: TargetState): Promise<void> {
    this.#jobs.delete(jobId);
    this.#states.set(jobId, { ...kept, failedOver: job.failedOver, epoch: job.epoch });
    await job.stop('the failover was undone');
    const state = (await loadTargetState(this.#parts.storage, folder(jobId))) ?? kept;
    await this.#startOrTryAgain(jobId, { ...state, number: kept.number });
  }

  async stopAll(reason: string): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#waiting.values());
    await this.#hellos.runAlone(async () => undefined);
    await this.#forgetting;
    for (const job of this.#jobs.values()) await job.stop(reason);
    this.#jobs.clear();
  }

  async #greet(channel: Channel, hello: Hello, greeted: () => void): Promise<void> {
    const { jobId, job: specification } = hello;
    try {
      checkSourceRole(channel.peer, this.#parts.name);
      const job = await this.#jobOf(channel.peer.name, hello);
      greeted();
      await job.attach(channel, hello);
    } catch (thrown) {
      const failure = asFailure(thrown, 'take a job', specification.name);
      const parameters = { job: specification.name, peer: channel.peer.name, reason: failure.message };
      const isUsual = failure.code === jobWaiting || failure.code === undoneCode || hello.fenced !== undefined;
      if (!isUsual) this.#parts.eventLog.outside.report('job', parameters, jobId);
      const holds = failure.code === fencedCode || failure.code === undoneCode;
      refuseLink(channel, hello, failure, holds ? await this.#fenceOf(jobId) : undefined);
    }
  }

  async #jobOf(peer: string, hello: Hello): Promise<TargetJob> {
    const { job: specification, jobId, epoch } = hello;
    checkHello(hello, peer, this.#parts.name);
    if (this.#waiting.has(jobId)) throw await this.#notNow(jobId, peer);
    const job = this.#jobs.get(jobId);
    if (job === undefined) {
      const fence = await this.#fenceOf(jobId);
      if (fence === undefined && hello.fenced === undefined) return this.#create(hello);
      if (fence === undefined)
        throw this.#refusal('JOB-UNKNOWN', peer, 'the job that it is fenced for is not known here');
      throw this.#refusal(fencedCode, peer, `this server took over with epoch ${fence}, and the job was given up then`);
    }
    const known = this.#states.get(jobId)?.specification;
    if (
      known === undefined ||
      !sameServerName(known.sourceServer, peer) ||
      rootsText(known.roots) !== rootsText(specification.roots)
    ) {
      throw this.#refusal('JOB-DIFFERS', peer, 'the job is known here with another source or other paths');
    }
    if (job.failedOver) {
      if (hello.fenced === 'given up') await job.sourceLeft();
      throw this.#refusal(fencedCode, peer, `this server has taken over with epoch ${job.epoch}`);
    }
    // Only a takeover and its undo let the epoch grow.
    if (epoch < job.epoch) throw undone(hello, job.epoch);
    if (hello.fenced !== undefined)
      throw this.#refusal('EPOCH-OLD', peer, `this server knows epoch ${job.epoch} alone`);
    return job;
  }

  /**
   * The refusal of a job that has yet to be started here; FENCED after a failover, so that the source does not wait.
   */
  async #notNow(jobId: string, peer: string): Promise<Failure> {
    const state = this.#states.get(jobId);
    if (state?.failedOver)
      return this.#refusal(fencedCode, peer, `this server has taken over with epoch ${state.epoch}`);
    return this.#refusal(jobWaiting, peer, this.#retry.trouble(jobId) ?? 'the job is being started again here');
  }

  /** The epoch with which this server took over, also after the job was given up. */
  async #fenceOf(jobId: string): Promise<number | undefined> {
    const state = this.#states.get(jobId);
    const known = this.#jobs.get(jobId) ?? (state?.failedOver ? state : undefined);
    return known?.epoch ?? loadFence(this.#parts.storage, `jobs/${jobId}`);
  }

  async #create(hello: Hello): Promise<TargetJob> {
    const { job: specification, jobId, epoch } = hello;
    checkNewJob(specification);
    const { clock } = this.#parts;
    const parts = this.#policyParts(jobId);
    const overLive = await this.#live.check(specification);
    await expectShape('target', specification, [...this.shapes(), ...this.#workloads()], parts.files);
    await checkReplicaPaths(specification, parts);
    await checkReplicaDoor(specification, parts);
    if (hello.machine?.id === this.#parts.machineId) await checkSourcePlaces(specification, hello.machine, parts.files);
    const folders = await makeReplicaFolders(this.#parts, specification);
    const state: TargetState = {
      specification,
      number: lowestFree(this.#numbers()),
      establishedMs: clock.wallMs(),
      epoch,
      failedOver: false,
      dataState: 'Mirror Required',
      mirrorsCompleted: 0,
      stale: [],
      folders: folders.remembered,
      ...(overLive ? { overLive } : {}),
    };
    return this.#open(state, folders, false);
  }

  #policyParts(jobId: string): TargetPolicyParts {
    const { files, allowedRoots, home } = this.#parts;
    const others = [...this.#states.values()].filter(({ specification }) => specification.jobId !== jobId);
    const replicas = others.flatMap(({ specification: other }) =>
      [...other.roots.map(({ replica }) => replica), ...graveyardsBeside(other)].map((path) => ({
        path,
        job: other.name,
      })),
    );
    const taken = [
      ...replicas,
      ...this.#workloads()
        .filter((one) => one.jobId !== jobId)
        .flatMap(({ name, roots }) => roots.map(({ source }) => ({ path: source, job: name }))),
      { path: home, job: 'this server itself' },
    ];
    return { files, allowedRoots, taken };
  }

  /** Starts a job of an earlier run. */
  async #start(found: TargetState): Promise<void> {
    const { specification } = found;
    await this.#mayGoOn(found);
    await checkReplicaPaths(specification, this.#policyParts(specification.jobId));
    const folders = await openReplicaFolders(this.#parts, specification, found.folders);
    await this.#open({ ...found, folders: folders.remembered }, folders, true);
  }

  async #open(state: TargetState, folders: ReplicaFolders, isStored: boolean): Promise<TargetJob> {
    const { specification } = state;
    const { jobId } = specification;
    const { trees, graveyards } = folders;
    const job: TargetJob = new TargetJob({
      ...jobParts(this.#parts, this.#services, specification, folder(jobId), (failure) =>
        this.#startAgain(jobId, failure),
      ),
      state,
      trees,
      graveyards,
      isStored,
      rules: this.#rules(jobId),
      forgotten: (stillSo) => this.#forgetLater(jobId, job, stillSo),
      markLive: (epoch) => this.#live.mark(specification, epoch),
      movedTo: () => this.#live.movedTo(jobId),
      takeOnIdentity: () => this.#services.identities.takeOn(jobId),
      stored: () => this.#live.overwritten(specification),
      edited: (edited) => {
        const known = this.#states.get(jobId);
        if (known !== undefined) this.#states.set(jobId, { ...known, specification: edited });
      },
    });
    this.#jobs.set(jobId, job);
    this.#states.set(jobId, state);
    try {
      this.#refuseShared(state);
      await job.start();
    } catch (thrown) {
      this.#jobs.delete(jobId);
      await job.stop('the job could not be started');
      if (!isStored) this.#states.delete(jobId);
      throw thrown;
    }
    return job;
  }

  #rules(jobId: string): ReplicaRules {
    const { replicaPolicy: policy, eventLog } = this.#parts;
    let left = refusalsTold;
    const refused = (path: string): void => {
      if (left > 0) eventLog.emit(5172, { path: displayPath(path) }, jobId);
      left -= 1;
    };
    return { policy, refused };
  }

  /** The paths were compared before; this finds a folder that somebody has moved and another job still writes to. */
  #refuseShared({ specification, folders }: TargetState): void {
    for (const { specification: other, folders: theirs = [] } of this.#states.values()) {
      if (other.jobId === specification.jobId) continue;
      if (!theirs.some(({ replica }) => folders?.some((own) => isSameFolder(own.replica, replica)))) continue;
      throw this.#refusal('TARGET-PATH-REFUSED', specification.name, `its replica is the folder of ${other.name}`);
    }
  }

  /** Rejects a job of an earlier run when one of its paths is live and was not released. */
  async #mayGoOn(state: TargetState): Promise<void> {
    const { specification, failedOver, overLive } = state;
    if (failedOver) return;
    // A server that ended in an undo may have left the mark of its own job.
    await this.#live.reconcile([state]);
    if (overLive === true) await this.#live.overwritten(specification);
    await this.#live.check(specification);
  }

  #refusal(code: string, peer: string, reason: string): Failure {
    return helloRefusal(this.#parts.name, code, peer, reason);
  }
}

function folder(jobId: string): string {
  return `jobs/${jobId}/target`;
}

function rootsText(roots: readonly JobRoot[]): string {
  return roots.map(({ source, replica }) => `${source}\n${replica}`).join('\0');
}
