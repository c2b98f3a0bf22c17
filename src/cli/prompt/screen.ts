// What the prompt shows: the output of commands, up to a limit, and news that come by themselves, above the line being written.
import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { CommandLine } from '../command-line.ts';

/** A person reads no more; whoever wants all of it runs a script, or pipes lines in. */
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

  /** Gives up the line that is being written, and takes away what is shown of it. */
  drop(reader: Interface): void {
    if (reader.line === '') return;
    reader.write(null, { ctrl: true, name: 'e' });
    this.#empty(reader);
    this.#clearLine();
  }

  /** Shows that the line which is being written is given up. What comes next goes below it. */
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

  /** One line of a command's output; one that was cancelled may still write when it is no longer waited for. */
  out(line: string): void {
    this.#lines++;
    if (!this.#terminal.interactive || this.#lines <= outputLinesMax) this.#show(() => this.#commandLine.out(line));
  }

  /** To be said when a command has ended. */
  sayWhatIsHidden(): void {
    const hidden = this.#lines - outputLinesMax;
    if (this.#terminal.interactive && hidden > 0)
      this.#commandLine.note(`… ${hidden} more lines are not shown; understudy run shows all that a script writes.`);
  }

  news(line: string): void {
    this.#show(() => this.#commandLine.note(line));
  }

  /** Above the prompt and what is written behind it, when there is one. */
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
    // To show its line again the reader goes up as many rows as the cursor was below the first of the line.
    if (!this.#isDumb) output.write('\n'.repeat(rows));
    this.#ask(reader);
  }

  /** A terminal on which nothing can be erased; the reader shows its prompt there, and not the line that was typed. */
  get #isDumb(): boolean {
    return this.#commandLine.environment.TERM === 'dumb';
  }

  /** The prompt, with what was already typed, so that the person can go on with it. */
  #ask(reader: Interface): void {
    reader.prompt(true);
    if (this.#isDumb) this.#terminal.output.write(reader.line);
  }

  #empty(reader: Interface): void {
    reader.write(null, { ctrl: true, name: 'u' });
    // On a dumb terminal the reader does not know this key.
    Object.assign(reader, { line: '', cursor: 0 });
  }

  #clearLine(): void {
    if (this.#isDumb) return;
    cursorTo(this.#terminal.output, 0);
    clearScreenDown(this.#terminal.output);
  }
}
