// The output of the prompt: the output of commands, up to a limit, and news, which appear above the line that is being
// written.
import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import { displayColumns } from '../../base/text/display-columns.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { ProgressSink } from '../../runtime/commands/command-context.ts';
import type { CommandLine } from '../command-line.ts';
import { ProgressLine, progressOn } from '../terminal/progress-line.ts';
import { type ColouredOutputs, Colours } from './colours.ts';

/** Nobody reads more lines than these at a prompt; a script, or lines from a pipe, show all of them. */
const outputLinesMax = 1000;

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly interactive: boolean;
  /** Without it there are no colours, unless the environment wants them. */
  readonly coloured?: ColouredOutputs;
}

/** Where nobody knows the size, that of an old terminal is assumed. */
function sizeOf(output: NodeJS.WritableStream & { rows?: number; columns?: number }): {
  readonly rows: number;
  readonly columns: number;
} {
  return { rows: output.rows || 24, columns: output.columns || 80 };
}

export class Screen {
  readonly #terminal: Terminal;
  readonly #commandLine: CommandLine;
  #reader: Interface | undefined;
  /** The same, also while a command runs: what is typed then is shown as it comes. */
  #writing: Interface | undefined;
  #isQuestionOpen = false;
  #progress: ProgressLine | undefined;
  #lines = 0;
  readonly #colours: Colours;
  /** What stands in the place of the line that is being written, and how many rows that line had above its cursor. */
  #cover: { readonly text: string; readonly rows: number } | undefined;

  constructor(terminal: Terminal, commandLine: CommandLine) {
    this.#terminal = terminal;
    this.#commandLine = commandLine;
    const { coloured = { prompt: false, messages: false } } = terminal;
    this.#colours = new Colours(coloured, commandLine.environment);
  }

  /** Shows the prompt; until `busy` or `closed`, news appear above it. */
  prompt(reader: Interface, text: string): void {
    this.#writing = reader;
    reader.setPrompt(this.#colours.prompt(text));
    if (!this.#terminal.interactive) return;
    this.#reader = reader;
    this.#ask(reader);
  }

  /** Shows a line again, behind its prompt, that was typed while a command ran: its own output will follow it. */
  typedAhead(prompt: string, line: string): void {
    if (!this.#terminal.interactive) return;
    this.#clearLine();
    this.#terminal.output.write(`${this.#colours.prompt(prompt)}${line}\n`);
  }

  /** Drops the line that is being written, and erases it. */
  drop(reader: Interface): void {
    if (reader.line === '') return;
    reader.write(null, { ctrl: true, name: 'e' });
    this.#empty(reader);
    this.#clearLine();
  }

  /** Drops the line that is being written, but leaves it visible; the next output appears below it. */
  givenUp(reader: Interface): void {
    reader.write(null, { ctrl: true, name: 'e' });
    this.#terminal.output.write(`^C${'\n'.repeat(reader.getCursorPos().rows + 1)}`);
    this.#empty(reader);
    this.#clearLine();
  }

  /** A command begins. */
  busy(): void {
    this.#reader = undefined;
    this.#lines = 0;
  }

  /** The reader has closed: from now on a prompt would throw. */
  closed(): void {
    this.#reader = undefined;
    this.#cover = undefined;
  }

  /** One line of a command's output; a cancelled command may still write after the next prompt has appeared. */
  out(line: string): void {
    this.#lines++;
    if (!this.#terminal.interactive || this.#lines <= outputLinesMax) this.#show(() => this.#commandLine.out(line));
  }

  /** Called when a command has ended. */
  sayWhatIsHidden(): void {
    const hidden = this.#lines - outputLinesMax;
    if (this.#terminal.interactive && hidden > 0)
      this.#commandLine.note(`… ${hidden} more lines are not shown; understudy run shows all that a script writes.`);
  }

  /** Shows how far commands are while they run; undefined where nobody would see it. */
  progress(clock: Clock): ProgressSink | undefined {
    const { lines } = this.#commandLine;
    if (lines === undefined) return undefined;
    const isRowFree = (): boolean => !this.isAsking && !this.#isQuestionOpen && !this.#writing?.line;
    this.#progress = new ProgressLine(lines, clock, isRowFree);
    return progressOn(this.#progress);
  }

  /** A key comes, whose letter the reader will show. */
  typing(): void {
    this.#progress?.hide();
  }

  news(line: string): void {
    this.#show(() => this.note(line));
  }

  /** One line of a message, in its colours. */
  note(line: string): void {
    this.#commandLine.note(this.#colours.message(line));
  }

  /** Whether a person can be shown a line that changes in its place. */
  get isAgile(): boolean {
    return this.#terminal.interactive && !this.#isDumb;
  }

  /** Whether a prompt stands there, and no command runs. */
  get isAsking(): boolean {
    return this.#reader !== undefined;
  }

  get rows(): number {
    return sizeOf(this.#terminal.output).rows;
  }

  /** How many rows a line of output takes. */
  readonly rowsOf = (line: string): number =>
    Math.max(1, Math.ceil(displayColumns(line) / sizeOf(this.#terminal.output).columns));

  /** A line that the next one replaces. */
  readonly status = (text: string): void => {
    this.#clearLine();
    this.#terminal.output.write(this.#fitting(text));
  };

  /** Asks a question, behind which the cursor stays. */
  question(text: string): void {
    this.#isQuestionOpen = true;
    this.#progress?.hide();
    this.#terminal.output.write(this.#colours.question(text));
  }

  /** The question has its answer; what comes next begins a row. */
  answered(): void {
    this.#isQuestionOpen = false;
    this.#terminal.output.write('\n');
  }

  /** Shows a line in the place of the one that is being written, until `uncover`. */
  cover(reader: Interface, text: string): void {
    const { output } = this.#terminal;
    const rows = this.#cover?.rows ?? reader.getCursorPos().rows;
    if (this.#cover === undefined) moveCursor(output, 0, -rows);
    this.#cover = { text: this.#fitting(text), rows };
    this.#clearLine();
    output.write(this.#cover.text);
  }

  uncover(reader: Interface): void {
    if (this.#cover === undefined) return;
    const { rows } = this.#cover;
    this.#cover = undefined;
    this.#clearLine();
    this.#terminal.output.write('\n'.repeat(rows));
    this.#ask(reader);
  }

  /** The text on one row. */
  #fitting(text: string): string {
    const { columns } = sizeOf(this.#terminal.output);
    const line = text.replaceAll('\n', ' ⏎ ');
    return displayColumns(line) < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
  }

  /** Writes above the prompt and the unfinished line behind it, when there is a prompt. */
  #show(write: () => void): void {
    const reader = this.#reader;
    if (reader === undefined) {
      if (this.#progress === undefined) write();
      else this.#progress.above(write);
      return;
    }
    const { output } = this.#terminal;
    if (this.#cover !== undefined) {
      this.#clearLine();
      write();
      output.write(this.#cover.text);
      return;
    }
    const { rows } = reader.getCursorPos();
    if (this.#isDumb) output.write('\n');
    else moveCursor(output, 0, -rows);
    this.#clearLine();
    write();
    // To show its line again, the reader moves up by the number of rows between the line's first row and the cursor.
    if (!this.#isDumb) output.write('\n'.repeat(rows));
    this.#ask(reader);
  }

  /** A terminal on which nothing can be erased; there the reader shows its prompt again, but not the typed line. */
  get #isDumb(): boolean {
    return this.#commandLine.environment.TERM === 'dumb';
  }

  /** Shows the prompt and the unfinished line, so that the person can go on with it. */
  #ask(reader: Interface): void {
    reader.prompt(true);
    if (this.#isDumb) this.#terminal.output.write(reader.line);
  }

  #empty(reader: Interface): void {
    reader.write(null, { ctrl: true, name: 'u' });
    // On a dumb terminal the reader ignores this key.
    Object.assign(reader, { line: '', cursor: 0 });
  }

  #clearLine(): void {
    if (this.#isDumb) return;
    cursorTo(this.#terminal.output, 0);
    clearScreenDown(this.#terminal.output);
  }
}
