// The conversation of a person, or a pipe, with a session: prompt, answer, prompt. Ctrl-C cancels the command that
// runs, or drops the line or the block that is being written, but never ends the session; Ctrl-D and QUIT end the
// session.
//
// The reader closes when its input ends or the program is interrupted. That may happen at any moment, also while a
// command runs or a completion is searched. From then on every call of the reader throws.
import { writeFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import type { FeedResult, ReplSession } from '../../repl/repl-session.ts';
import { type CommandLine, exitCodes, failureLines } from '../command-line.ts';
import { fileFailure } from '../scripts/script-file.ts';
import { type HistoryFile, historyLinesMax } from './history-file.ts';
import type { Screen, Terminal } from './screen.ts';
import { TypedLines } from './typed-lines.ts';

export interface ConversationParts {
  readonly session: ReplSession;
  readonly screen: Screen;
  readonly terminal: Terminal;
  readonly history: HistoryFile;
  readonly commandLine: CommandLine;
}

export class Conversation {
  readonly #parts: ConversationParts;
  /** The lines of the incomplete text. */
  #lines: string[] = [];
  #isClosed = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** Resolves with the exit code when the conversation has ended. */
  async hold(): Promise<number> {
    const { session, screen, commandLine } = this.#parts;
    const reader = await this.#open();
    const typed = new TypedLines(reader);
    const end = (): void => {
      typed.drop();
      session.cancel();
      reader.close();
    };
    commandLine.interruption.addEventListener('abort', end);
    reader.on('SIGINT', () => this.#cancel(reader, typed));
    reader.on('close', () => {
      this.#isClosed = true;
      screen.closed();
    });
    try {
      return await this.#converse(reader, typed);
    } finally {
      reader.close();
      commandLine.interruption.removeEventListener('abort', end);
    }
  }

  async #converse(reader: Interface, typed: TypedLines): Promise<number> {
    const { session, screen, terminal, commandLine } = this.#parts;
    while (!typed.isOver) {
      const wasTypedAhead = typed.isAhead;
      if (!wasTypedAhead) screen.prompt(reader, session.prompt);
      const line = await typed.next();
      if (line === undefined) {
        // After Ctrl-D the cursor still stands behind the prompt.
        if (terminal.interactive) terminal.output.write('\n');
        break;
      }
      if (wasTypedAhead) screen.typedAhead(session.prompt, line);
      const exitCode = await this.#answer(line);
      if (exitCode !== undefined) return exitCode;
    }
    if (commandLine.interruption.aborted) return exitCodes.interrupted;
    // A person who types Ctrl-D sees the unfinished text; the author of piped lines does not, so it is reported.
    if (!terminal.interactive) noteLines(session.unfinished(), commandLine.note);
    return exitCodes.success;
  }

  async #open(): Promise<Interface> {
    const { terminal, history } = this.#parts;
    const { input, output, interactive } = terminal;
    const reader: Interface = createInterface({
      input,
      output,
      terminal: interactive,
      history: interactive ? await history.read() : [],
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (line: string, answer: (error: null, found: [string[], string]) => void): void => {
        void this.#complete(line).then((found) => {
          if (this.#isClosed) return;
          const isForThisLine = reader.line.slice(0, reader.cursor) === line;
          answer(null, isForThisLine ? found : [[], line]);
        });
      },
    });
    return reader;
  }

  /** The candidates, and the part of the line that they replace. */
  async #complete(line: string): Promise<[string[], string]> {
    try {
      const { candidates, start } = await this.#parts.session.complete(line);
      return [[...candidates], line.slice(start)];
    } catch {
      // A completion that fails must not disturb the line.
      return [[], line];
    }
  }

  /** The exit code when the line ended the session. */
  async #answer(line: string): Promise<number | undefined> {
    const { session, screen, terminal, history, commandLine } = this.#parts;
    this.#lines.push(line);
    screen.busy();
    const before = session.unfinishedSecret;
    const result = await session.feed(line);
    screen.sayWhatIsHidden();
    if (result.kind !== 'more') {
      if (terminal.interactive) await history.add(this.#lines, before);
      this.#lines = [];
    }
    return await answerTo(result, commandLine);
  }

  /** Cancels the command, and drops lines that were typed ahead, because they were meant to follow it. */
  #cancel(reader: Interface, typed: TypedLines): void {
    const { session, screen, commandLine } = this.#parts;
    typed.drop();
    const wasRunning = session.isRunning;
    const hadSomething = session.cancel() || reader.line !== '';
    if (wasRunning) {
      // The cancelled command prints how it ended, and then the prompt appears.
      screen.drop(reader);
      return;
    }
    this.#lines = [];
    screen.givenUp(reader);
    if (!hadSomething) commandLine.note('QUIT or Ctrl-D ends the session.');
    screen.prompt(reader, session.prompt);
  }
}

async function answerTo(result: FeedResult, { out, note }: CommandLine): Promise<number | undefined> {
  switch (result.kind) {
    case 'more':
      return undefined;
    case 'page':
      for (const line of result.lines) out(line === '' ? '' : `  ${line}`);
      return undefined;
    case 'done':
      noteLines(result.text, note);
      return undefined;
    case 'save':
      for (const line of await saveScript(result.path, result.text, out)) note(line);
      return undefined;
    case 'quit':
      return result.exitCode;
  }
}

function noteLines(text: string, note: CommandLine['note']): void {
  for (const line of text === '' ? [] : text.split('\n')) note(line);
}

/** Saves a script, but never replaces a file. Returns the lines of a failure. */
async function saveScript(path: string, text: string, out: CommandLine['out']): Promise<readonly string[]> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    out(`  Saved in ${path}`);
    return [];
  } catch (error) {
    return failureLines(fileFailure(error, 'save the session', path));
  }
}
