// The witness between the two servers of a job (ports/lease.ts): who of them may be written to.
//
//   source   holds a lease on the job's id while it has the job, whether data flows or not. It counts the lease from before it asked,
//            by a clock that goes on while the machine sleeps, and takes it for over a margin before it is. A lease that may have
//            run out, or that another has, is told as an error at once. Replication goes on: the target refuses what is of an older epoch,
//            and a witness that is down must not end protection.
//   target   takes the name for good before it takes over by itself; that succeeds only when the source's lease is over. A person may take
//            over in the place of a source that is linked, which is told over its link, and of any with FORCE.
//
// What a target has taken over it claims until the witness knows of it. A claim of a takeover that did not come about is given back, also
// after a crash in between. Both are done by rounds, so a witness that is down only delays them.
import { asFailure, Failure } from '../../../base/failure.ts';
import type { CancelTimer, Clock } from '../../../base/waiting/clock.ts';
import { Turns } from '../../../base/waiting/turns.ts';
import type { TargetJob } from '../../../engine/job/target/target-job.ts';
import type { EventId } from '../../../model/event-catalogue.ts';
import type { JobReport } from '../../../model/report.ts';
import type { Leases } from '../../../ports/lease.ts';

/** A job of which this server is the source, and which has not been taken over. */
export interface OwnJob {
  readonly jobId: string;
  readonly name: string;
}

type TakenJob = Pick<TargetJob, 'jobId' | 'sourceServer' | 'failedOver' | 'takeover'>;

export interface WitnessParts {
  readonly leases: Leases;
  readonly clock: Clock;
  /** The name of this server. */
  readonly server: string;
  readonly sources: () => readonly OwnJob[];
  readonly targets: () => readonly TakenJob[];
  readonly tell: (id: EventId, parameters: Readonly<Record<string, string>>, jobId: string) => void;
  readonly changed: (jobId: string) => void;
}

/** A lease is kept alive so many times in its time to live, and given up this part of it before its end. */
const roundsPerLease = 4;
const marginPart = 0.2;

const forceHint = 'FAILOVER … FORCE takes over all the same; then both sides may be written to.';

type Standing =
  /** Not yet told by the witness, so nobody knows. */
  | { readonly state: 'asked'; readonly reason: string }
  | { readonly state: 'held' }
  | { readonly state: 'over'; readonly reason: string }
  | { readonly state: 'lost'; readonly holder: string };

interface OwnLease {
  readonly job: OwnJob;
  standing: Standing;
  /** By `#nowMs`; until then this server may be written to. */
  untilMs: number;
  cancel: CancelTimer;
}

export class Witness {
  readonly #parts: WitnessParts;
  readonly #own = new Map<string, OwnLease>();
  /** Jobs whose claim is to be given back, unless they are taken over after all. */
  readonly #unsettled = new Set<string>();
  /** Jobs taken over here that the witness knows of. */
  readonly #known = new Set<string>();
  /** One question after the other about claims, so that none is given back that was just made. */
  readonly #claims = new Turns();
  #cancelRound: CancelTimer = () => undefined;
  #stopped = false;
  #round: Promise<unknown> = Promise.resolve();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** Begins the rounds. Call when the jobs of an earlier run are there, before anything can take over. */
  start(): void {
    for (const { jobId, failedOver } of this.#parts.targets()) if (!failedOver) this.#unsettled.add(jobId);
    this.#begin();
  }

  /** The leases run out by themselves, as after a crash. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRound();
    for (const { cancel } of this.#own.values()) cancel();
    await this.#round;
  }

  /** Whether the witness says that this source may be written to. */
  #mayBeWritten(jobId: string): boolean {
    return this.#nowMs() < (this.#own.get(jobId)?.untilMs ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * A takeover by `work`, when this server can have the job: it rejects with `WITNESS-HELD` when another has it, or as the port does,
   * and then nothing has changed. With `inPlace` the lease of the source counts for nothing, with `force` the witness does not.
   */
  async takeOver<Result>(
    job: TakenJob,
    { inPlace = false, force = false }: { readonly inPlace?: boolean; readonly force?: boolean },
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (!job.failedOver) {
      const claimed = this.#claim(job, inPlace || force);
      await (force ? claimed.catch(() => undefined) : claimed);
    }
    try {
      return await work();
    } catch (thrown) {
      await this.#giveBack(job);
      throw thrown;
    }
  }

  /** A failover was undone: its claim is given back by the next round, or by the rounds of the next start. */
  undone(jobId: string): void {
    this.#known.delete(jobId);
    this.#unsettled.add(jobId);
  }

  async #claim(job: TakenJob, inPlace: boolean): Promise<void> {
    const { leases, server } = this.#parts;
    this.#unsettled.delete(job.jobId);
    await this.#claims.runAlone(async () => {
      const found = await leases.claim(job.jobId, server, ...(inPlace ? [job.sourceServer] : [])).catch((thrown) => {
        // It may have been done all the same.
        this.#unsettled.add(job.jobId);
        throw thrown;
      });
      if (found.holder === server) return;
      throw new Failure({
        code: 'WITNESS-HELD',
        operation: 'take over',
        subject: `the connection of ${job.sourceServer}`,
        reason: `the witness says that ${found.holder} has it${found.forGood ? ' for good' : ', so it is there and may be written to'}`,
        hint: forceHint,
      });
    });
  }

  /** A takeover did not come about, so its claim is given back, now or as soon as the witness answers. */
  async #giveBack(job: TakenJob): Promise<void> {
    if (job.failedOver) return;
    this.#unsettled.add(job.jobId);
    await this.#settle(job);
  }

  /** The report of a job of this server, with what the witness says of it. */
  remarked(report: JobReport): JobReport {
    if (report.role === 'target') return { ...report, witnessed: true };
    const told = this.#own.get(report.jobId)?.standing;
    if (told === undefined || report.failedOver) return { ...report, witnessed: true };
    // A timer may be late; the time is over all the same.
    const isOver = told.state === 'held' && !this.#mayBeWritten(report.jobId);
    const standing: Standing = isOver ? { state: 'over', reason: 'it has not answered in time' } : told;
    const remark = remarkOf(standing, this.#parts.server);
    const isOpen = standing.state === 'over' || standing.state === 'lost';
    const remarks = [...(report.remarks ?? []), remark];
    return { ...report, witnessed: true, remarks, ...(isOpen ? { health: 'error' } : {}) };
  }

  #nowMs(): number {
    const { clock } = this.#parts;
    return clock.bootMs?.() ?? clock.monotonicMs();
  }

  #begin(): void {
    if (this.#stopped) return;
    const { clock, leases } = this.#parts;
    this.#cancelRound = clock.after(leases.timeToLiveMs / roundsPerLease, () => this.#begin());
    this.#round = Promise.all([this.#round, this.#goRound()]);
  }

  async #goRound(): Promise<void> {
    const { sources, targets, leases, server } = this.#parts;
    const now = sources();
    const ids = new Set(now.map(({ jobId }) => jobId));
    const ended = [...this.#own.keys()].filter((jobId) => !ids.has(jobId));
    for (const jobId of ended) {
      this.#own.get(jobId)?.cancel();
      this.#own.delete(jobId);
    }
    await Promise.all([
      ...now.map((job) => this.#hold(job)),
      ...ended.map((jobId) => leases.release(jobId, server).catch(() => undefined)),
      ...targets().map((job) => this.#settle(job)),
    ]);
  }

  async #hold(job: OwnJob): Promise<void> {
    const { leases, server } = this.#parts;
    const own = this.#own.get(job.jobId) ?? this.#newLease(job);
    const askedMs = this.#nowMs();
    try {
      const found = await leases.hold(job.jobId, server);
      if (this.#own.get(job.jobId) !== own || this.#stopped) return;
      if (found.holder !== server) this.#lost(own, found.holder);
      else this.#held(own, askedMs + leases.timeToLiveMs * (1 - marginPart));
    } catch (thrown) {
      const { reason } = asFailure(thrown, 'ask the witness', job.name);
      if (own.standing.state === 'asked') this.#stand(own, { state: 'asked', reason });
      else if (own.standing.state === 'held') this.#overAtEnd(own, reason);
    }
  }

  #newLease(job: OwnJob): OwnLease {
    const standing = { state: 'asked', reason: 'it has not answered yet' } as const;
    const own = { job, standing, untilMs: Number.NEGATIVE_INFINITY, cancel: () => undefined };
    this.#own.set(job.jobId, own);
    return own;
  }

  #held(own: OwnLease, untilMs: number): void {
    // Answers may overtake each other.
    own.untilMs = Math.max(own.untilMs, untilMs);
    const before = own.standing.state;
    const isInTime = own.untilMs > this.#nowMs();
    if (isInTime) this.#stand(own, { state: 'held' });
    if (isInTime && (before === 'over' || before === 'lost')) this.#tell(5240, own, {});
    this.#overAtEnd(own, isInTime ? 'it has not answered in time' : 'its answer came too late');
  }

  /** Ends the lease here when its time is over, now or later, unless it was kept alive until then. */
  #overAtEnd(own: OwnLease, reason: string): void {
    own.cancel();
    const leftMs = own.untilMs - this.#nowMs();
    if (leftMs > 0) {
      own.cancel = this.#parts.clock.after(leftMs, () => this.#overAtEnd(own, reason));
      return;
    }
    if (own.standing.state === 'over') return;
    this.#stand(own, { state: 'over', reason });
    this.#tell(5241, own, { reason });
  }

  #lost(own: OwnLease, holder: string): void {
    own.untilMs = Number.NEGATIVE_INFINITY;
    own.cancel();
    const { standing } = own;
    if (standing.state === 'lost' && standing.holder === holder) return;
    this.#stand(own, { state: 'lost', holder });
    this.#tell(5242, own, { holder });
  }

  #stand(own: OwnLease, standing: Standing): void {
    const isSame = JSON.stringify(standing) === JSON.stringify(own.standing);
    own.standing = standing;
    if (!isSame) this.#parts.changed(own.job.jobId);
  }

  #tell(id: EventId, { job }: OwnLease, more: Readonly<Record<string, string>>): void {
    this.#parts.tell(id, { connection: job.name, server: this.#parts.server, ...more }, job.jobId);
  }

  /** Tells the witness of what was taken over, or gives a claim back. */
  async #settle(job: TakenJob): Promise<void> {
    const { leases, server } = this.#parts;
    const { jobId } = job;
    if (job.failedOver ? this.#known.has(jobId) : !this.#unsettled.has(jobId)) return;
    await this.#claims
      .runAlone(async () => {
        if (job.failedOver) {
          const found = await leases.claim(jobId, server, job.sourceServer);
          if (found.holder === server) this.#known.add(jobId);
        } else if (this.#unsettled.has(jobId) && job.takeover === undefined) {
          await leases.release(jobId, server);
          this.#unsettled.delete(jobId);
        }
      })
      .catch(() => undefined);
  }
}

function remarkOf(standing: Standing, server: string): string {
  switch (standing.state) {
    case 'held':
      return `the witness says that ${server} alone may be written to`;
    case 'asked':
      return `the witness has not said yet that ${server} alone may be written to: ${standing.reason}`;
    case 'over':
      return `nothing says any more that ${server} alone may be written to, and the target may take over: the witness does not answer: ${standing.reason}`;
    case 'lost':
      return `the witness says that ${standing.holder} has the connection: what is written on ${server} may be lost`;
  }
}
