// Prints what a run says: for people, or with --json one object per line.
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { TableRow } from '../../language/values/host.ts';
import { shownJson } from '../../language/values/json-values.ts';
import type { ServerEvent } from '../../model/event.ts';
import type { ProgressSink } from '../../runtime/commands/command-context.ts';
import { machineEvent } from '../../runtime/text/machine-text.ts';
import { percentOf } from '../../runtime/text/progress-text.ts';
import type { CommandLine } from '../command-line.ts';
import { ProgressLine, progressOn } from '../terminal/progress-line.ts';
import type { ScriptFile } from './script-file.ts';

const recordEveryMs = 1000;

export class RunPrinter {
  readonly #json: boolean;
  readonly #file: ScriptFile;
  readonly #commandLine: CommandLine;
  readonly #line: ProgressLine | undefined;
  /** Shows how far commands are; undefined where nobody would see it: in a pipe, without --json. */
  readonly progress: ProgressSink | undefined;

  constructor(json: boolean, file: ScriptFile, commandLine: CommandLine, clock: Clock) {
    this.#json = json;
    this.#file = file;
    this.#commandLine = commandLine;
    const { lines } = commandLine;
    const line = json || lines === undefined ? undefined : new ProgressLine(lines, clock);
    this.#line = line;
    if (json) this.progress = this.#records(clock);
    else if (line !== undefined) this.progress = progressOn(line);
  }

  /** At most one record a second for each command. */
  #records(clock: Clock): ProgressSink {
    const told = new WeakMap<object, number>();
    return {
      show: (request, progress) => {
        const nowMs = clock.monotonicMs();
        if (nowMs - (told.get(request) ?? Number.NEGATIVE_INFINITY) < recordEveryMs) return;
        told.set(request, nowMs);
        const { command, span } = request;
        this.#object({ type: 'progress', command, line: span.line, ...progress, percent: percentOf(progress) });
      },
      over: () => undefined,
    };
  }

  began(runId: string): void {
    if (this.#json) this.#object({ type: 'run', runId });
  }

  /** Of a table a program gets the records, without their lines. */
  write(text: string, row?: TableRow): void {
    if (!this.#json) this.#above(() => this.#commandLine.out(text));
    else if (row === undefined) this.#object({ type: 'write', text });
    else if (row !== 'heading') this.#object({ type: 'record', record: shownJson(row) });
  }

  note(text: string): void {
    if (this.#json) this.#object({ type: 'note', text });
    else this.#above(() => this.#commandLine.note(text));
  }

  result(command: string, line: number, value: string): void {
    this.#object({ type: 'result', command, line, value });
  }

  event(server: string, event: ServerEvent): void {
    if (this.#json) this.#object({ type: 'event', server, ...machineEvent(event) });
    else if (event.severity !== 'information') this.note(`${server}: ${event.severity} ${event.id}: ${event.message}`);
  }

  /** The code that prints diagnostics is loaded only when there are some. */
  async diagnostics(found: readonly Diagnostic[]): Promise<void> {
    if (found.length === 0) return;
    const { renderDiagnostic } = await import('../../language/reading/render-diagnostics.ts');
    for (const diagnostic of found) {
      if (this.#json) this.#object({ type: 'diagnostic', ...diagnostic });
      else for (const line of renderDiagnostic(diagnostic, this.#file.source).split('\n')) this.note(line);
    }
  }

  end(exitCode: number): void {
    if (this.#json) this.#object({ type: 'end', exitCode });
  }

  #above(write: () => void): void {
    if (this.#line === undefined) write();
    else this.#line.above(write);
  }

  #object(content: unknown): void {
    this.#commandLine.out(JSON.stringify(content));
  }
}
