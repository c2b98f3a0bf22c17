// A server's event log: the newest events in memory, and more of them as JSON lines on disk (event-files.ts). Reporting
// an event never fails and never waits.
//
// Events that others cause (`isOutsideEvent`) and events of this server's own work are kept apart, in memory and on
// disk: 250 of the former, 1000 of the latter. Events that others cause never push out the server's own.
import type { Log, LogLevel } from '../../base/log.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { PacedTelling, withUntold } from '../../base/waiting/paced-telling.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { Severity } from '../../model/event-catalogue.ts';
import { type EventId, eventCatalogue, eventText, isOutsideEvent } from '../../model/event-catalogue.ts';
import type { Storage } from '../../ports/storage.ts';
import { EventFiles } from './event-files.ts';
import { OutsideReports } from './outside-reports.ts';

export type EventParameters = Readonly<Record<string, string | number>>;

const ownEventsMax = 1000;
const outsideEventsMax = 250;

const logLevels: Readonly<Record<Severity, LogLevel>> = { information: 'info', warning: 'warning', error: 'error' };

export class EventLog {
  /** Reports of what strangers and peers cause. */
  readonly outside: OutsideReports;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #own: EventFiles;
  readonly #others: EventFiles;
  readonly #telling: PacedTelling;
  /** Events of both kinds, in the order in which they were reported. */
  readonly #kept: ServerEvent[] = [];
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  #outsideCount = 0;

  private constructor(storage: Storage, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#telling = new PacedTelling(clock);
    this.#log = log;
    this.#own = new EventFiles(storage, log, 'events', 5);
    this.#others = new EventFiles(storage, log, 'strangers', 2);
    this.outside = new OutsideReports(clock, (...report) => void this.emit(...report));
  }

  /** Reads the events of an earlier run of the server. */
  static async open(storage: Storage, clock: Clock, log: Log): Promise<EventLog> {
    const events = new EventLog(storage, clock, log);
    const read = [...(await events.#own.read()), ...(await events.#others.read())];
    for (const event of read.sort((one, other) => one.timeMs - other.timeMs)) events.#keep(event);
    return events;
  }

  /**
   * Reports an event that may happen again and again: a repetition is reported at growing intervals, with the number of
   * times that were not reported. `same` says what makes an event a repetition; it defaults to all parameters.
   */
  emitPaced(
    id: EventId,
    parameters: EventParameters & { readonly reason: string },
    jobId: string,
    same: EventParameters = parameters,
  ): void {
    const untold = this.#telling.due(`${id} ${jobId} ${JSON.stringify(same)}`);
    if (untold !== undefined) this.emit(id, { ...parameters, reason: withUntold(parameters.reason, untold) }, jobId);
  }

  emit(id: EventId, parameters: EventParameters = {}, jobId?: string): ServerEvent {
    const event: ServerEvent = {
      id,
      severity: eventCatalogue[id].severity,
      // When the wall clock was set back, a new event must still be newer than the events that somebody has read.
      timeMs: Math.max(this.#clock.wallMs(), this.#kept.at(-1)?.timeMs ?? 0),
      message: eventText(id, parameters),
      ...(jobId === undefined ? {} : { jobId }),
    };
    this.#keep(event);
    this.#log.write(logLevels[event.severity], event.message, {
      event: id,
      ...(jobId === undefined ? {} : { job: jobId }),
    });
    for (const listener of this.#listeners) listener(event);
    (isOutsideEvent(id) ? this.#others : this.#own).write(event);
    return event;
  }

  /** The events after the given time, newest last. */
  since(timeMs: number): readonly ServerEvent[] {
    return this.#kept.filter((event) => event.timeMs > timeMs);
  }

  /** Calls back for every event from now on, until the returned function is called. The listener must not throw. */
  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when everything reported before is on disk or was refused by it. */
  async flush(): Promise<void> {
    await this.#own.flush();
    await this.#others.flush();
  }

  async close(): Promise<void> {
    this.outside.close();
    await this.#own.close();
    await this.#others.close();
  }

  #keep(event: ServerEvent): void {
    const isOutside = isOutsideEvent(event.id);
    this.#kept.push(event);
    if (isOutside) this.#outsideCount += 1;
    const count = isOutside ? this.#outsideCount : this.#kept.length - this.#outsideCount;
    if (count <= (isOutside ? outsideEventsMax : ownEventsMax)) return;
    this.#kept.splice(
      this.#kept.findIndex(({ id }) => isOutsideEvent(id) === isOutside),
      1,
    );
    if (isOutside) this.#outsideCount -= 1;
  }
}
