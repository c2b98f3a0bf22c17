// Runs the scripts of a job's mirrors on one of its servers (SCRIPT ADD). DESIGN.md says when each point comes.
//
// A script runs at most once at each point of a mirror, whatever is replayed after a crash: it is a task whose identifier
// is made of the script and the mirror, in a journal of its own (`scripts.log`). The server decides whether it may run,
// by the policy for tasks. A script that fails is told, and never makes the mirror fail.
import { asFailure, Failure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import type { Random } from '../../base/random.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { EventId } from '../../model/event-catalogue.ts';
import type { KeptScripts, MirrorScript, NewMirrorScript, ScriptPoint } from '../../model/stream/mirror-script.ts';
import type { ScriptReport } from '../../model/stream/task.ts';
import type { Storage } from '../../ports/storage.ts';
import { TaskJournal } from './task-journal.ts';
import { TaskRunner, type TaskServer } from './task-runner.ts';

export interface MirrorScriptsParts extends TaskServer {
  readonly random: Random;
  readonly storage: Storage;
  /** The job's own folder in the storage. */
  readonly folder: string;
  readonly emit: (id: EventId, parameters: Readonly<Record<string, string | number>>) => void;
}

export interface ScriptedJob {
  /** What an earlier run of the server has kept. */
  readonly kept: KeptScripts | undefined;
  /** Stores it with the job, durably; called only while there are scripts. */
  readonly keep: (kept: KeptScripts) => Promise<void>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The events of scripts, which the runner tells as those of tasks. */
const events: Readonly<Partial<Record<EventId, EventId>>> = {
  5040: 5160,
  5041: 5161,
  5042: 5162,
  5043: 5163,
  5044: 5164,
  5045: 5166,
  5046: 5165,
};

interface Opened {
  readonly journal: TaskJournal;
  readonly runner: TaskRunner;
}

export class MirrorScripts {
  readonly #parts: MirrorScriptsParts;
  readonly #job: ScriptedJob;
  readonly #turns = new Turns();
  #kept: KeptScripts;
  /** Absent while the job has never had a script here. */
  #opened: Opened | undefined;
  #isStopping = false;

  constructor(parts: MirrorScriptsParts, job: ScriptedJob) {
    this.#parts = parts;
    this.#job = job;
    this.#kept = job.kept ?? { scripts: [] };
  }

  /** Tells scripts that ran when this server died. Call once, before the first mirror. */
  async open(): Promise<void> {
    if (this.#kept.scripts.length > 0) await this.#open();
  }

  list(): readonly ScriptReport[] {
    const reports = this.#opened?.journal.reports() ?? [];
    return this.#kept.scripts.map((script) => {
      const found = reports.findLast(({ taskId }) => taskId.startsWith(`${script.scriptId}.`));
      if (found === undefined) return { ...script, last: null };
      const { state, reason, exitCode, output } = found;
      const last = { state, reason, ...(exitCode === undefined ? {} : { exitCode }) };
      return { ...script, last: output === undefined ? last : { ...last, output } };
    });
  }

  /** A script that is added while a mirror goes on runs at the end of that mirror. */
  async add(script: NewMirrorScript): Promise<void> {
    const { clock, random } = this.#parts;
    const whole = { ...script, scriptId: newIdentifier(clock, random) };
    await this.#turns.runAlone(async () => {
      await this.#open();
      const { scripts } = this.#kept;
      await this.#job.keep({ ...this.#kept, scripts: [...scripts, whole] });
      this.#kept = { ...this.#kept, scripts: [...scripts, whole] };
    });
  }

  /** Removes the scripts at this point, or all of them; one that runs goes on. */
  async remove(point: ScriptPoint | null): Promise<void> {
    await this.#turns.runAlone(async () => {
      const scripts = point === null ? [] : this.#kept.scripts.filter((one) => one.point !== point);
      if (scripts.length === this.#kept.scripts.length) return;
      await this.#job.keep({ ...this.#kept, scripts });
      this.#kept = { ...this.#kept, scripts };
    });
  }

  /**
   * A mirror begins, or goes on after a failure; resolves when it may. Another stream than that of the mirror before
   * says that the one before was stopped.
   */
  async begins(mirror: NonNullable<KeptScripts['mirror']>): Promise<void> {
    const open = this.#kept.mirror;
    if (open !== undefined && open.streamId === mirror.streamId && open.mirrorId !== mirror.mirrorId) return;
    if (open !== undefined && open.streamId !== mirror.streamId) await this.ends('mirrorstop');
    await this.#note(mirror);
    await this.#run('mirrorstart', mirror.mirrorId);
  }

  /**
   * The mirror has ended; resolves when that may be told. Does nothing when none has begun, nor where the other end was told before: a
   * target that starts again may end in another way a mirror whose end it had told and not stored.
   */
  async ends(point: 'mirrorstop' | 'mirrorcomplete'): Promise<void> {
    const open = this.#kept.mirror;
    if (open === undefined || this.#isStopping) return;
    const other = point === 'mirrorstop' ? 'mirrorcomplete' : 'mirrorstop';
    if (!this.#hasEndedBy(other, open.mirrorId)) await this.#run(point, open.mirrorId);
    await this.#note(undefined);
  }

  /** Ends the scripts that still run, so that nothing waits for them; no other starts. */
  killAll(): void {
    this.#isStopping = true;
    this.#opened?.runner.killAll();
  }

  async close(): Promise<void> {
    await this.#opened?.journal.close();
  }

  async #open(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    const { storage, folder } = this.#parts;
    const journal = await TaskJournal.open(storage, folder, 'scripts.log');
    const runner = this.#makeRunner(journal);
    this.#opened = { journal, runner };
    await runner.reportInterrupted();
    return this.#opened;
  }

  async #run(point: ScriptPoint, mirrorId: string): Promise<void> {
    for (const script of this.#kept.scripts.filter((one) => one.point === point)) {
      if (this.#isStopping) {
        this.#parts.emit(5166, { ...named(script), reason: 'the server was being stopped' });
        continue;
      }
      await this.#runOne(script, mirrorId).catch((thrown: unknown) => this.#tellFailed(script, thrown));
    }
  }

  async #runOne(script: MirrorScript, mirrorId: string): Promise<void> {
    const { scriptId, point, program, timeoutMs, onTimeout } = script;
    const { runner } = await this.#open();
    const action = { type: 'program', program, arguments: script.arguments } as const;
    const task = { taskId: `${scriptId}.${mirrorId}`, name: program, timeoutMs };
    await runner.run(
      { ...task, actions: { [point]: action }, ...(onTimeout === undefined ? {} : { onTimeout }) },
      point,
    );
  }

  /** Whether this end of the mirror was told, also when the server died before that was stored. */
  #hasEndedBy(point: ScriptPoint, mirrorId: string): boolean {
    return this.#kept.scripts.some(
      ({ scriptId }) => this.#opened?.journal.find(`${scriptId}.${mirrorId}`, point) !== undefined,
    );
  }

  #tellFailed(script: MirrorScript, thrown: unknown): void {
    this.#parts.emit(5162, { ...named(script), reason: asFailure(thrown, 'run a script', script.program).reason });
  }

  /** Remembers which mirror goes on. What cannot be stored now is stored with the next change. */
  async #note(mirror: KeptScripts['mirror']): Promise<void> {
    await this.#turns.runAlone(async () => {
      const { scripts } = this.#kept;
      this.#kept = mirror === undefined ? { scripts } : { scripts, mirror };
      if (scripts.length > 0) await this.#job.keep(this.#kept).catch(() => undefined);
    });
  }

  #makeRunner(journal: TaskJournal): TaskRunner {
    return new TaskRunner(this.#parts, {
      journal,
      environment: this.#job.environment,
      builtIn: async (_action, task) => {
        const reason = 'a script of a mirror is a program';
        throw new Failure({ code: 'TASK-NOT-HERE', operation: 'run a script', subject: task.name, reason });
      },
      emit: (id, { task = '', point = '', reason = '' }) =>
        this.#parts.emit(events[id] ?? id, { script: task, point: point.toUpperCase(), reason }),
      changed: () => undefined,
    });
  }
}

function named({ program, point }: MirrorScript): { readonly script: string; readonly point: string } {
  return { script: program, point: point.toUpperCase() };
}
