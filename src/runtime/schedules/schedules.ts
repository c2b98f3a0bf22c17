// A server's schedules: blocks of script text that run at the instants of a cron expression.
//
// `schedules.json` holds every schedule, with the last instant that was dealt with and the runs that have started and
// not finished. The start of a run is durable before the block runs, its end after it. So after a restart the server
// knows which runs the stop interrupted (event 5093; they are not repeated), how many runs were due meanwhile (event
// 5091; they are not made up for), and which run comes next.
//
// Each due instant is one call of `#due`, in order of time; the file is written by one writer at a time.
import { z } from 'zod';
import { asFailure, Failure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { ScheduleReport, ScheduleSpecification } from '../../model/schedule.ts';
import { scheduleSpecification } from '../../model/shapes/server-shapes.ts';
import type { Calendar } from '../../ports/calendar.ts';
import type { Storage } from '../../ports/storage.ts';
import type { Service } from '../contract/server.ts';
import type { EventLog } from '../events/event-log.ts';
import { readVersioned, replaceVersioned } from '../stores/versioned-file.ts';

const fileName = 'schedules.json';
const fileVersion = 1;

/** At most so many missed runs are counted: to count one for every second of a year would take minutes. */
const missedRunsMax = 10_000;
/** With overlap `queue`, so many runs wait for the one before; one more is skipped and reported. */
const waitingRunsMax = 100;

const fileSchema = z.strictObject({
  version: z.literal(fileVersion),
  schedules: z.array(
    z.strictObject({
      specification: scheduleSpecification,
      /** Every due run up to this instant was started, skipped or reported as missed. */
      handledMs: z.number(),
      /** The start times of the runs that have not finished. */
      unfinishedMs: z.array(z.number()),
      lastMs: z.number().nullable(),
      lastOutcome: z.string(),
      /** How many due runs wait for the one before to end. */
      waiting: z.number(),
      missedRuns: z.number(),
    }),
  ),
});

type ScheduleRecord = z.output<typeof fileSchema>['schedules'][number];

interface Schedule {
  readonly specification: ScheduleSpecification;
  record: ScheduleRecord;
  stopTicks: () => void;
}

export interface ScheduleServiceParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly eventLog: EventLog;
  /** How many instants of an expression lie in (after, until], up to a limit (runtime/schedules/next-run.ts). */
  readonly runsBetween: (cron: string, timeZone: string, afterMs: number, untilMs: number, countMax: number) => number;
  /** Runs the text of a block; rejects when the block fails. After an abort it ends as soon as it can. */
  readonly runBlock: (specification: ScheduleSpecification, signal: AbortSignal) => Promise<void>;
}

export class ScheduleService implements Service<'schedules'> {
  readonly #parts: ScheduleServiceParts;
  readonly #schedules = new Map<string, Schedule>();
  readonly #stopping = new AbortController();
  readonly #runs = new Set<Promise<void>>();
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(parts: ScheduleServiceParts) {
    this.#parts = parts;
  }

  /** Loads the schedules of the home, reports interrupted and missed runs, and starts the ticks. */
  static async start(parts: ScheduleServiceParts): Promise<ScheduleService> {
    const service = new ScheduleService(parts);
    const file = await readVersioned(parts.storage, fileName, fileSchema, fileVersion);
    for (const record of file?.schedules ?? [])
      service.#schedules.set(record.specification.name, service.#revive(record));
    await service.#save();
    return service;
  }

  /** Fails with SCHEDULE-EXISTS for a name that is in use, with CRON-INVALID or with TIMEZONE-UNKNOWN. */
  async add(specification: ScheduleSpecification): Promise<void> {
    if (this.#schedules.has(specification.name)) {
      throw new Failure({
        code: 'SCHEDULE-EXISTS',
        operation: 'add the schedule',
        subject: specification.name,
        reason: 'there is one of this name',
        hint: `Remove it first: SCHEDULE DELETE ${specification.name}`,
      });
    }
    const { cron, timeZone } = specification;
    const now = this.#parts.clock.wallMs();
    this.#parts.calendar.next(cron, timeZone, now);
    this.#schedules.set(
      specification.name,
      this.#tick({
        specification: { ...specification },
        handledMs: now,
        unfinishedMs: [],
        lastMs: null,
        lastOutcome: '',
        waiting: 0,
        missedRuns: 0,
      }),
    );
    await this.#save();
  }

  /** Removes the schedule; a run that has begun goes on to its end. */
  async remove(name: string): Promise<void> {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) {
      const known = [...this.#schedules.keys()].join(', ');
      throw new Failure({
        code: 'SCHEDULE-UNKNOWN',
        operation: 'remove the schedule',
        subject: name,
        reason: 'there is no schedule of this name',
        hint: known === '' ? 'This server has no schedules.' : `This server has: ${known}.`,
      });
    }
    schedule.stopTicks();
    this.#schedules.delete(name);
    await this.#save();
  }

  async list(): Promise<readonly ScheduleReport[]> {
    const now = this.#parts.clock.wallMs();
    return [...this.#schedules.values()].map(({ specification, record }) => ({
      specification,
      nextMs: this.#parts.calendar.next(specification.cron, specification.timeZone, now) ?? null,
      lastMs: record.lastMs,
      lastOutcome: record.lastOutcome,
      missedRuns: record.missedRuns,
      running: record.unfinishedMs.length,
    }));
  }

  /** Starts no more runs; resolves when the running ones have ended. */
  async stop(): Promise<void> {
    for (const schedule of this.#schedules.values()) schedule.stopTicks();
    this.#stopping.abort();
    await Promise.all(this.#runs);
    await this.#lastWrite;
  }

  #revive(record: ScheduleRecord): Schedule {
    const { eventLog, clock, runsBetween } = this.#parts;
    const { specification } = record;
    const now = clock.wallMs();
    for (const startedMs of record.unfinishedMs) {
      const reason = `the server stopped while it ran; started ${new Date(startedMs).toISOString()}`;
      eventLog.emit(5093, { schedule: specification.name, reason });
    }
    const due = runsBetween(specification.cron, specification.timeZone, record.handledMs, now, missedRunsMax);
    const missed = due + record.waiting;
    if (missed > 0) {
      const since = new Date(record.handledMs).toISOString();
      eventLog.emit(5091, { schedule: specification.name, count: missed, since });
    }
    return this.#tick({
      ...record,
      handledMs: Math.max(record.handledMs, now),
      lastOutcome: record.unfinishedMs.length > 0 ? 'interrupted' : record.lastOutcome,
      unfinishedMs: [],
      waiting: 0,
      missedRuns: record.missedRuns + missed,
    });
  }

  #tick(record: ScheduleRecord): Schedule {
    const { cron, timeZone } = record.specification;
    const schedule: Schedule = {
      specification: record.specification,
      record,
      stopTicks: this.#parts.calendar.schedule(cron, timeZone, () => this.#due(schedule)),
    };
    return schedule;
  }

  #due(schedule: Schedule): void {
    if (this.#stopping.signal.aborted) return;
    schedule.record = { ...schedule.record, handledMs: this.#parts.clock.wallMs() };
    const { name, overlap } = schedule.specification;
    if (schedule.record.unfinishedMs.length === 0 || overlap === 'allow') {
      this.#start(schedule);
      return;
    }
    if (overlap === 'queue' && schedule.record.waiting < waitingRunsMax) {
      schedule.record = { ...schedule.record, waiting: schedule.record.waiting + 1 };
    } else {
      const reason =
        overlap === 'skip' ? 'the last run is still running' : `${waitingRunsMax} runs are waiting already`;
      this.#parts.eventLog.emit(5092, { schedule: name, reason });
    }
    this.#keep(this.#save());
  }

  #start(schedule: Schedule): void {
    const startedMs = this.#parts.clock.wallMs();
    schedule.record = {
      ...schedule.record,
      unfinishedMs: [...schedule.record.unfinishedMs, startedMs],
      lastMs: startedMs,
      lastOutcome: 'running',
    };
    this.#keep(this.#run(schedule, startedMs));
  }

  async #run(schedule: Schedule, startedMs: number): Promise<void> {
    const { eventLog, runBlock } = this.#parts;
    const { name } = schedule.specification;
    let outcome = 'success';
    try {
      await this.#save();
      eventLog.emit(5090, { schedule: name });
      await runBlock(schedule.specification, this.#stopping.signal);
    } catch (error) {
      outcome = `failed: ${asFailure(error, 'run the block of schedule', name).message}`;
      eventLog.emit(5093, { schedule: name, reason: outcome.replace(/^failed: /, '') });
    }
    const unfinishedMs = [...schedule.record.unfinishedMs];
    unfinishedMs.splice(unfinishedMs.indexOf(startedMs), 1);
    schedule.record = { ...schedule.record, unfinishedMs, lastOutcome: outcome };
    const { waiting } = schedule.record;
    // There is no await since the last run ended: a tick in between could start a second run beside this one.
    if (waiting > 0 && !this.#stopping.signal.aborted) {
      schedule.record = { ...schedule.record, waiting: waiting - 1 };
      this.#start(schedule);
    }
    await this.#save();
  }

  /** Remembers work that nobody awaits, so that `stop` can await it; a failure of the work becomes an event. */
  #keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => {
        const { reason } = asFailure(error, 'write', fileName);
        this.#parts.eventLog.emit(5093, { schedule: fileName, reason });
      })
      .finally(() => this.#runs.delete(kept));
    this.#runs.add(kept);
  }

  #save(): Promise<void> {
    const write = async (): Promise<void> => {
      const schedules = [...this.#schedules.values()].map(({ record }) => record);
      await replaceVersioned(this.#parts.storage, fileName, { version: fileVersion, schedules });
    };
    this.#lastWrite = this.#lastWrite.then(write, write);
    return this.#lastWrite;
  }
}
