// The output of the prompt: the output of commands, up to a limit, and news, which appear above the line that is being
// written.
import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { CommandLine } from '../command-line.ts';

/** Nobody reads more lines than these at a prompt; a script, or lines from a pipe, show all of them. */
const outputLinesMax = 1000;

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly interactive: boolean;
}

export class Screen {
  readonly #terminal: Terminal;
  readonly #commandLine: CommandLine;
  #reader: Interface | undefined;
  #lines = 0;

  constructor(terminal: Terminal, commandLine: CommandLine) {
    this.#terminal = terminal;
    this.#commandLine = commandLine;
  }

  /** Shows the prompt; until `busy` or `closed`, news appear above it. */
  prompt(reader: Interface, text: string): void {
    reader.setPrompt(text);
    if (!this.#terminal.interactive) return;
    this.#reader = reader;
    this.#ask(reader);
  }

  /** Shows a line again, behind its prompt, that was typed while a command ran: its own output will follow it. */
  typedAhead(prompt: string, line: string): void {
    if (!this.#terminal.interactive) return;
    this.#clearLine();
    this.#terminal.output.write(`${prompt}${line}\n`);
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

  news(line: string): void {
    this.#show(() => this.#commandLine.note(line));
  }

  /** Writes above the prompt and the unfinished line behind it, when there is a prompt. */
  #show(write: () => void): void {
    const reader = this.#reader;
    if (reader === undefined) {
      write();
      return;
    }
    const { output } = this.#terminal;
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
