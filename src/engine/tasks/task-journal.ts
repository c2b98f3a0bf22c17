// The journal of all stream tasks on this server. The start of a task is durable in the journal before its program is
// spawned, so a task starts at most once at each point, whatever is replayed after a crash.
//
// Format: `tasks.log`, one line per change of a task at a point: CRC-32 of the rest as eight hexadecimal digits, a
// blank, a TaskReport in JSON, a line feed. The last line about a task and point holds. A torn or damaged end was never
// durable, and is cut off at opening. A damaged line before a whole one was durable and is lost: then every task that
// was only queued until then, or that has no lines left, may have started. Finished tasks beyond the last thousand are
// forgotten when the log is rewritten.
import { crc32 } from 'node:zlib';
import { Failure } from '../../base/failure.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { Turns } from '../../base/waiting/turns.ts';
import { taskReport } from '../../model/shapes/task-shapes.ts';
import type { RunPoint, TaskReport } from '../../model/stream/task.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';

const keptMax = 1000;
const rewriteBytes = 8 * 1024 * 1024;

export class TaskJournal {
  readonly #storage: Storage;
  readonly #name: string;
  #log: AppendLog;
  readonly #reports: Map<string, TaskReport>;
  readonly #doubtful: ReadonlySet<string> | undefined;
  readonly #turns = new Turns();
  /** The log cannot be appended to any more; the next report rewrites the log with all reports. */
  #isDead = false;
  #isClosed = false;

  private constructor(storage: Storage, name: string, log: AppendLog, { reports, doubtful }: Lines) {
    this.#storage = storage;
    this.#name = name;
    this.#log = log;
    this.#reports = reports;
    this.#doubtful = doubtful;
  }

  static async open(storage: Storage, folder: string, file = 'tasks.log'): Promise<TaskJournal> {
    const name = `${folder}/${file}`;
    const bytes = (await storage.read(name)) ?? Buffer.alloc(0);
    const lines = readLines(bytes);
    const log = await storage.openLog(name, { truncateTo: lines.end });
    return new TaskJournal(storage, name, log, lines);
  }

  /** In the order in which the tasks first came. */
  reports(): TaskReport[] {
    return [...this.#reports.values()];
  }

  find(taskId: string, point: RunPoint): TaskReport | undefined {
    return this.#reports.get(`${taskId} ${point}`);
  }

  /**
   * Whether a task may have started at a point although no report says so, because reports of earlier runs are damaged.
   */
  isDoubtful(taskId: string, point: RunPoint): boolean {
    if (this.#doubtful === undefined) return false;
    const known = this.find(taskId, point);
    return known === undefined || (known.state === 'queued' && this.#doubtful.has(`${taskId} ${point}`));
  }

  /** Resolves when the report is durable; when it rejects, the journal does not hold the report. */
  async record(report: TaskReport): Promise<void> {
    const key = `${report.taskId} ${report.point}`;
    const before = this.#reports.get(key);
    this.#reports.set(key, report);
    try {
      await this.#turns.runAlone(() => this.#write(report));
    } catch (thrown) {
      if (before === undefined) this.#reports.delete(key);
      else if (this.#reports.get(key) === report) this.#reports.set(key, before);
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turns.runAlone(() => this.#log.close().catch(() => undefined));
  }

  async #write(report: TaskReport): Promise<void> {
    if (this.#isClosed) throw systemFailure('EBADF', 'keep a report of a task', this.#name);
    if (this.#isDead || this.#log.size > rewriteBytes) {
      await this.#rewrite();
      return;
    }
    try {
      await this.#log.append([line(report)]);
      await this.#log.sync();
    } catch (thrown) {
      this.#isDead = true;
      throw thrown;
    }
  }

  async #rewrite(): Promise<void> {
    const ended = [...this.#reports].filter(([, one]) => one.state !== 'queued' && one.state !== 'running');
    for (const [key] of ended.slice(0, -keptMax)) this.#reports.delete(key);
    // Closing a dead log may fail; its content is replaced anyway.
    await this.#log.close().catch(() => undefined);
    this.#isDead = true;
    await this.#storage.replace(this.#name, Buffer.concat([...this.#reports.values()].map(line)));
    this.#log = await this.#storage.openLog(this.#name);
    this.#isDead = false;
  }
}

function line(report: TaskReport): Buffer {
  const text = JSON.stringify(report);
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`, 'utf8');
}

interface Lines {
  readonly reports: Map<string, TaskReport>;
  /**
   * The tasks, with their points, that were queued when the lost lines were written; undefined when no line was lost.
   */
  readonly doubtful: ReadonlySet<string> | undefined;
  /** The offset behind the last whole line. */
  readonly end: number;
}

function readLines(bytes: Buffer): Lines {
  const reports = new Map<string, TaskReport>();
  let doubtful: Set<string> | undefined;
  let whole = 0;
  for (let at = 0, end = bytes.indexOf(10); end >= 0; at = end + 1, end = bytes.indexOf(10, at)) {
    const text = bytes.toString('utf8', at + 9, end);
    if (bytes.toString('latin1', at, at + 8) !== crc32(text).toString(16).padStart(8, '0')) continue;
    if (at > whole) doubtful = new Set([...reports].flatMap(([key, { state }]) => (state === 'queued' ? [key] : [])));
    const report = readReport(text);
    const key = `${report.taskId} ${report.point}`;
    reports.set(key, report);
    doubtful?.delete(key);
    whole = end + 1;
  }
  return { reports, doubtful, end: whole };
}

function readReport(text: string): TaskReport {
  const parsed = taskReport.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data as TaskReport;
  throw new Failure({
    code: 'TASK-JOURNAL-UNREADABLE',
    operation: 'read the journal of stream tasks',
    subject: 'tasks.log',
    reason: 'a line of it is not known to this version',
    hint: 'It may have been written by a newer Understudy; start that version.',
  });
}
