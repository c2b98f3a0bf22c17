// Delivers events to a script's event handlers: it polls the servers that the script works with, and delivers their
// events in the order in which they happened. A server lists its events by time, so the watch counts how many events of
// the last time it has seen, and handles none twice. An event is missed only when more happen between two polls than
// the server keeps; a warning says so.
//
// A server that does not answer is mentioned once; its events are delivered when it answers again.
import { asFailure } from '../../base/failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { EventRequest } from '../../language/values/host.ts';
import { datetime, handle, type RecordValue, record } from '../../language/values/value.ts';
import type { ServerEvent } from '../../model/event.ts';
import { isHandle, type Session } from '../session/session.ts';

const pollMs = 500;
/** The number of own events that a server keeps, so that an answer of this length may lack some. */
const answeredMax = 1000;

interface Watch {
  readonly event: number;
  readonly name: string;
  /** Absent for all servers that the session has named. */
  readonly servers: readonly string[] | undefined;
  readonly jobId: string | undefined;
  readonly deliver: (event: RecordValue) => void;
}

/** How far a server's events were read. */
interface Place {
  /** -1 before the first event. */
  readonly timeMs: number;
  /** How many events of that time were seen. */
  readonly seen: number;
}

interface Happened {
  readonly server: string;
  readonly event: ServerEvent;
}

export class EventWatches {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #watches = new Set<Watch>();
  /** How far each server's events were read, by lower-case name. */
  readonly #places = new Map<string, Place>();
  readonly #silent = new Set<string>();
  readonly #turns = new Turns();
  #cancelTimer: (() => void) | undefined;

  constructor(session: Session, clock: Clock, write: (line: string) => void) {
    this.#session = session;
    this.#clock = clock;
    this.#write = write;
  }

  /** Implements `watch` of language/values/host.ts. */
  async add(
    request: EventRequest,
    deliver: (event: RecordValue) => void,
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    const watch: Watch = { event: request.event, name: request.name, deliver, ...(await this.#origin(request)) };
    // Reads past the events before this moment: the new watch must not get them. Earlier watches still do.
    await this.#turns.runAlone(() => this.#look());
    this.#watches.add(watch);
    await this.takeUpServers();
    signal.addEventListener('abort', () => this.#remove(watch), { once: true });
    this.#schedule();
    return () => this.#turns.runAlone(() => this.#look());
  }

  /** Begins to watch the servers that the script has named since the last poll. */
  async takeUpServers(): Promise<void> {
    if (this.#watches.size === 0) return;
    const unknown = this.#serverNames().filter((name) => !this.#places.has(name.toLowerCase()));
    if (unknown.length > 0) await this.#turns.runAlone(async () => void (await this.#readAll(unknown)));
  }

  async #origin({ from }: EventRequest): Promise<Pick<Watch, 'servers' | 'jobId'>> {
    if (from === undefined) return { servers: undefined, jobId: undefined };
    if (typeof from === 'string' || isHandle(from, 'server')) {
      const { name } = await this.#session.server(typeof from === 'string' ? from : from.id);
      return { servers: [name], jobId: undefined };
    }
    const { source, target, jobId } = await this.#session.connection(from);
    return { servers: [source, target], jobId };
  }

  #remove(watch: Watch): void {
    this.#watches.delete(watch);
    if (this.#watches.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    this.#cancelTimer ??= this.#clock.after(pollMs, () => {
      this.#cancelTimer = undefined;
      void this.#turns.runAlone(() => this.#look()).then(() => this.#watches.size > 0 && this.#schedule());
    });
  }

  #serverNames(): readonly string[] {
    const names = new Map<string, string>();
    for (const { servers } of this.#watches) {
      for (const name of servers ?? this.#session.serverNames()) names.set(name.toLowerCase(), name);
    }
    return [...names.values()];
  }

  async #look(): Promise<void> {
    const happened = await this.#readAll(this.#serverNames());
    happened.sort((one, other) => one.event.timeMs - other.event.timeMs);
    for (const one of happened) await this.#deliver(one);
  }

  /** The new events of each server; none from a server that is read for the first time. */
  async #readAll(names: readonly string[]): Promise<Happened[]> {
    const answers = await Promise.all(names.map((name) => this.#read(name)));
    return answers.flat();
  }

  async #read(name: string): Promise<readonly Happened[]> {
    const key = name.toLowerCase();
    const place = this.#places.get(key);
    let events: readonly ServerEvent[];
    try {
      events = await (await this.#session.server(name)).events.since((place?.timeMs ?? 0) - 1);
      this.#silent.delete(key);
    } catch (thrown) {
      if (!this.#silent.has(key)) {
        const { reason } = asFailure(thrown, 'read the events of', name);
        this.#write(`warning: the events of ${name} come later, it does not answer: ${reason}`);
      }
      this.#silent.add(key);
      // Events from now on are delivered later, as far as the two clocks agree.
      if (place === undefined) this.#places.set(key, { timeMs: this.#clock.wallMs(), seen: 0 });
      return [];
    }
    const lastMs = events.at(-1)?.timeMs ?? place?.timeMs ?? -1;
    this.#places.set(key, { timeMs: lastMs, seen: events.filter((one) => one.timeMs === lastMs).length });
    if (place === undefined) return [];
    const known = events.filter((one) => one.timeMs === place.timeMs).length;
    if (events.length >= answeredMax && known < place.seen) {
      this.#write(`warning: ${name} had more events than it keeps; some were not handled`);
    }
    return events.slice(Math.min(known, place.seen)).map((event) => ({ server: name, event }));
  }

  async #deliver(happened: Happened): Promise<void> {
    const { server, event } = happened;
    const wanting = [...this.#watches].filter(
      (one) =>
        one.event === event.id &&
        (one.jobId === undefined || one.jobId === event.jobId) &&
        (one.servers === undefined || one.servers.some((name) => name.toLowerCase() === server.toLowerCase())),
    );
    if (wanting.length === 0) return;
    const connection = await this.#connectionOf(happened);
    for (const { name, deliver } of wanting) {
      const { id, severity, message, timeMs } = event;
      deliver(record({ name, id, severity, message, time: datetime(timeMs), server, ...connection }));
    }
  }

  /** The connection of an event, with its number on the server that reports it; empty when the connection is gone. */
  async #connectionOf({ server, event }: Happened): Promise<Parameters<typeof record>[0]> {
    const { jobId } = event;
    if (jobId === undefined) return {};
    const jobs = await this.#session.server(server).then(
      (one) => one.jobs.list(),
      () => [],
    );
    const job = jobs.find((one) => one.jobId === jobId);
    return job === undefined ? {} : { connection: handle('connection', jobId, job.number) };
  }
}
