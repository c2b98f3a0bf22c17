// Writes down what a run does, while it does it. The start of a command is durable before the command is carried out,
// so the journal knows every command that can have had an effect. The result of a command is durable with the next
// command or with the end.
//
// A journal never stops a run: a full disk must not end a script in the middle of a failover. When the journal cannot
// be written, that is said once, and the run goes on without it.
import { asFailure } from '../../base/failure.ts';
import { newIdentifier } from '../../base/identifier.ts';
import type { Random } from '../../base/random.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import { Turns } from '../../base/waiting/turns.ts';
import type { Outcome } from '../../language/program.ts';
import type { Host } from '../../language/values/host.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';
import type { RunEntry, RunHeading, RunOwner } from './run-entries.ts';
import { entryLine, filesByRun, journalVersion, keptRunsMax, runsFolder } from './run-format.ts';

const fileBytesMax = 1024 * 1024;
/** The files of one run that are kept beside its first, which has the heading. */
const newestFilesMax = 3;
const textLengthMax = 4096;

export interface RunJournalParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly owner: RunOwner;
  readonly isRunning: (owner: RunOwner) => boolean;
  /** Called once, when the journal cannot be written. */
  readonly warn: (line: string) => void;
}

export class RunJournal {
  readonly runId: string;
  readonly #parts: RunJournalParts;
  readonly #turns = new Turns();
  #log: AppendLog | undefined;
  #fileNumber = 1;
  #commands = 0;
  #given = false;

  private constructor(runId: string, parts: RunJournalParts) {
    this.runId = runId;
    this.#parts = parts;
  }

  /** Begins the journal of a run, and perhaps forgets the oldest runs. Never rejects. */
  static async begin(script: string, parts: RunJournalParts): Promise<RunJournal> {
    const { clock, random, owner, storage, isRunning } = parts;
    const journal = new RunJournal(newIdentifier(clock, random), parts);
    const { runId } = journal;
    await journal.#write(
      { type: 'run', version: journalVersion, runId, timeMs: clock.wallMs(), script, owner },
      { durable: true },
    );
    if (journal.#log !== undefined && looksForOld(runId)) {
      await journal.#guarded(() => forgetOldest(storage, isRunning));
    }
    return journal;
  }

  /** Runs a script on the host and writes all its commands down. Rejects as the work does. */
  async record(host: Host, work: (journalled: Host) => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await work(this.#journalled(host));
      await this.#end(outcome.kind, outcome.exitCode, outcome.diagnostics[0]?.message ?? '');
      return outcome;
    } catch (error) {
      await this.#end('failed', 1, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #journalled(host: Host): Host {
    return {
      execute: async (request, signal) => {
        const { clock } = this.#parts;
        this.#commands += 1;
        const number = this.#commands;
        const { file, line } = request.span;
        // Loaded with the first command, because a run without one needs no catalogue.
        const { commandText, resultText } = await import('../../language/catalogue/definition/command-text.ts');
        const text = shortened(commandText(request));
        await this.#write({ type: 'command', number, timeMs: clock.wallMs(), file, line, text }, { durable: true });
        try {
          const result = await host.execute(request, signal);
          await this.#write({
            type: 'result',
            number,
            timeMs: clock.wallMs(),
            value: shortened(resultText(request, result)),
          });
          return result;
        } catch (error) {
          const message = shortened(error instanceof Error ? error.message : String(error));
          await this.#write({ type: 'failure', number, timeMs: clock.wallMs(), message });
          throw error;
        }
      },
      property: (handle, path, span) => host.property(handle, path, span),
      watch: (request, deliver, signal) => host.watch(request, deliver, signal),
      write: (line, row) => host.write(line, row),
    };
  }

  async #end(outcome: Outcome['kind'], exitCode: number, message: string): Promise<void> {
    const timeMs = this.#parts.clock.wallMs();
    await this.#write({ type: 'end', timeMs, outcome, exitCode, message: shortened(message) }, { durable: true });
    await this.#turns.runAlone(() => this.#guarded(async () => this.#log?.close()));
  }

  #write(entry: RunHeading | RunEntry, { durable } = { durable: false }): Promise<void> {
    return this.#turns.runAlone(() => this.#guarded(() => this.#append(entry, durable)));
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.#given) return;
    try {
      await work();
    } catch (error) {
      this.#given = true;
      const { reason } = asFailure(error, 'write the journal of the run', this.runId);
      this.#parts.warn(`warning: the journal of this run ends here: ${reason}`);
    }
  }

  async #append(entry: RunHeading | RunEntry, durable: boolean): Promise<void> {
    const log = await this.#file();
    await log.append([entryLine(entry)]);
    if (durable) await log.sync();
  }

  async #file(): Promise<AppendLog> {
    const { storage } = this.#parts;
    if (this.#log !== undefined && this.#log.size >= fileBytesMax) {
      await this.#log.sync();
      await this.#log.close();
      this.#log = undefined;
      this.#fileNumber += 1;
      const dropped = this.#fileNumber - newestFilesMax;
      if (dropped > 1) await storage.remove(this.#name(dropped));
    }
    this.#log ??= await storage.openLog(this.#name(this.#fileNumber));
    return this.#log;
  }

  #name(fileNumber: number): string {
    return `${runsFolder}/${this.runId}/${String(fileNumber).padStart(8, '0')}.log`;
  }
}

/** One run in sixteen: to list a hundred runs takes as long as to run a small script, and to remove one much longer. */
function looksForOld(runId: string): boolean {
  return runId.endsWith('0');
}

/** The code that reads journals is loaded only when there is one to forget. */
async function forgetOldest(storage: Storage, isRunning: RunJournalParts['isRunning']): Promise<void> {
  if ((await filesByRun(storage)).size <= keptRunsMax) return;
  const { removeOldRuns } = await import('./run-history.ts');
  await removeOldRuns(storage, isRunning);
}

function shortened(text: string): string {
  return text.length > textLengthMax ? `${text.slice(0, textLengthMax)}…` : text;
}
