// A server's event log: the last thousand events in memory, and all of them as JSON lines in `events/`, cut into files
// of 1 MiB of which the newest five are kept (the guide's defaults for log files).
//
// Reporting an event never fails and never waits. Lines are written behind it, in order; when the disk refuses them the
// log says so once per file and the events stay in memory. After a crash the last line of a file may be torn; it is left out.

import type { Clock } from '../base/clock.ts';
import { asFailure } from '../base/failure.ts';
import type { Log, LogLevel } from '../base/log.ts';
import type { ServerEvent, Severity } from '../model/event.ts';
import { type EventId, eventCatalogue, eventText } from '../model/event-catalogue.ts';
import type { AppendLog, Storage } from '../ports/storage.ts';

export type EventParameters = Readonly<Record<string, string | number>>;

const keptEventsMax = 1000;
const fileBytesMax = 1_048_576;
const filesMax = 5;
const folder = 'events';

const logLevels: Readonly<Record<Severity, LogLevel>> = { information: 'info', warning: 'warning', error: 'error' };

export class EventLog {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #kept: ServerEvent[];
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  #fileNumber: number;
  #file: AppendLog | undefined;
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;

  private constructor(storage: Storage, clock: Clock, log: Log, kept: ServerEvent[], fileNumber: number) {
    this.#storage = storage;
    this.#clock = clock;
    this.#log = log;
    this.#kept = kept;
    this.#fileNumber = fileNumber;
  }

  /** Reads back what an earlier run of the server wrote. A file that cannot be read is logged and left out. */
  static async open(storage: Storage, clock: Clock, log: Log): Promise<EventLog> {
    const names = (await storage.list(folder)).filter((name) => fileNumberOf(name) !== undefined);
    const kept: ServerEvent[] = [];
    for (const name of names) {
      const bytes = await storage.read(name);
      if (bytes !== undefined) kept.push(...parseLines(bytes.toString('utf8')));
    }
    const last = names.reduce((highest, name) => Math.max(highest, fileNumberOf(name) ?? 0), 0);
    return new EventLog(storage, clock, log, kept.slice(-keptEventsMax), last + 1);
  }

  emit(id: EventId, parameters: EventParameters = {}, jobId?: string): ServerEvent {
    const event: ServerEvent = {
      id,
      severity: eventCatalogue[id].severity,
      // A wall clock that was set back must not make a new event older than those that somebody has read.
      timeMs: Math.max(this.#clock.wallMs(), this.#kept.at(-1)?.timeMs ?? 0),
      message: eventText(id, parameters),
      ...(jobId === undefined ? {} : { jobId }),
    };
    this.#kept.push(event);
    if (this.#kept.length > keptEventsMax) this.#kept.shift();
    this.#log.write(logLevels[event.severity], event.message, {
      event: id,
      ...(jobId === undefined ? {} : { job: jobId }),
    });
    for (const listener of this.#listeners) listener(event);
    this.#unwritten.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#writeBehind();
    return event;
  }

  /** Newest last, at most a thousand, those after the given time. */
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
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeBehind(): Promise<void> {
    // The caller of `emit` is not held up by the first write.
    await Promise.resolve();
    while (this.#unwritten.length > 0) {
      const lines = this.#unwritten;
      this.#unwritten = [];
      try {
        await this.#write(lines);
      } catch (error) {
        const { reason } = asFailure(error, 'write the event log', folder);
        this.#log.write('error', `cannot write the event log: ${reason}; ${lines.length} events are only in memory`);
        this.#leaveFile();
      }
    }
    this.#writing = undefined;
  }

  async #write(lines: readonly string[]): Promise<void> {
    if (this.#file !== undefined && this.#file.size >= fileBytesMax) {
      await this.#file.close();
      this.#leaveFile();
    }
    if (this.#file === undefined) {
      this.#file = await this.#storage.openLog(`${folder}/${String(this.#fileNumber).padStart(8, '0')}.jsonl`);
      await this.#removeOldFiles();
    }
    await this.#file.append([Buffer.from(lines.join(''), 'utf8')]);
    await this.#file.sync();
  }

  #leaveFile(): void {
    this.#file = undefined;
    this.#fileNumber += 1;
  }

  async #removeOldFiles(): Promise<void> {
    const names = (await this.#storage.list(folder)).filter((name) => fileNumberOf(name) !== undefined);
    for (const name of names.slice(0, -filesMax)) await this.#storage.remove(name);
  }
}

function fileNumberOf(name: string): number | undefined {
  const match = /(\d{8})\.jsonl$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function parseLines(text: string): ServerEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as ServerEvent;
      return eventCatalogue[event.id] === undefined ? [] : [event];
    } catch {
      return [];
    }
  });
}
