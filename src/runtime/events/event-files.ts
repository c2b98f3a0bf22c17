// Events on disk: JSON lines in one folder of the home, cut into files of which the newest ones are kept.
//
// Writing never fails and never makes the caller wait: lines are written in the background, in order. When the disk
// refuses them, the log says so once per file and the events stay in memory. After a crash the last line of a file may
// be incomplete; it is left out.
import { asFailure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ServerEvent } from '../../model/event.ts';
import { eventCatalogue } from '../../model/event-catalogue.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';

const fileBytesMax = 1_048_576;

export class EventFiles {
  readonly #storage: Storage;
  readonly #log: Log;
  readonly #folder: string;
  readonly #filesMax: number;
  #fileNumber = 1;
  #file: AppendLog | undefined;
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(storage: Storage, log: Log, folder: string, filesMax: number) {
    this.#storage = storage;
    this.#log = log;
    this.#folder = folder;
    this.#filesMax = filesMax;
  }

  /** Reads the events of an earlier run of the server, oldest first; events from now on go to a new file. */
  async read(): Promise<ServerEvent[]> {
    const names = await this.#names();
    this.#fileNumber = names.reduce((highest, name) => Math.max(highest, fileNumberOf(name) ?? 0), 0) + 1;
    const events: ServerEvent[] = [];
    for (const name of names) {
      const bytes = await this.#storage.read(name);
      if (bytes !== undefined) events.push(...parseLines(bytes.toString('utf8')));
    }
    return events;
  }

  write(event: ServerEvent): void {
    this.#unwritten.push(`${JSON.stringify(event)}\n`);
    this.#writing ??= this.#writeBehind();
  }

  /** Resolves when everything written before is on disk or was refused by it. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeBehind(): Promise<void> {
    // Lets the caller of `write` go on before the first write.
    await Promise.resolve();
    while (this.#unwritten.length > 0) {
      const lines = this.#unwritten;
      this.#unwritten = [];
      try {
        await this.#append(lines);
      } catch (error) {
        const { reason } = asFailure(error, 'write the event log', this.#folder);
        this.#log.write('error', `cannot write the event log: ${reason}; ${lines.length} events are only in memory`);
        this.#leaveFile();
      }
    }
    this.#writing = undefined;
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (this.#file !== undefined && this.#file.size >= fileBytesMax) {
      await this.#file.close();
      this.#leaveFile();
    }
    if (this.#file === undefined) {
      this.#file = await this.#storage.openLog(`${this.#folder}/${String(this.#fileNumber).padStart(8, '0')}.jsonl`);
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
    for (const name of (await this.#names()).slice(0, -this.#filesMax)) await this.#storage.remove(name);
  }

  async #names(): Promise<string[]> {
    return (await this.#storage.list(this.#folder)).filter((name) => fileNumberOf(name) !== undefined);
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
