// The conversation of a person, or a pipe, with a session: prompt, answer, prompt. Ctrl-C cancels the command that
// runs, or drops the line or the block that is being written, but never ends the session; Ctrl-D and QUIT end the
// session.
//
// The reader closes when its input ends or the program is interrupted. That may happen at any moment, also while a
// command runs or a completion is searched. From then on every call of the reader throws.
import { writeFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { displayColumns } from '../../base/text/display-columns.ts';
import type { FeedResult, ReplSession } from '../../repl/repl-session.ts';
import { type CommandLine, exitCodes, failureLines } from '../command-line.ts';
import { fileFailure } from '../scripts/script-file.ts';
import { type HistoryFile, historyTextsMax } from './history-file.ts';
import { HistorySearch } from './history-search.ts';
import { type Key, Keyboard, typedText } from './keyboard.ts';
import { page } from './pager.ts';
import type { Screen, Terminal } from './screen.ts';
import { TypedLines } from './typed-lines.ts';
import { TypedTexts } from './typed-texts.ts';

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
  #typed: TypedLines | undefined;
  #keyboard: Keyboard | undefined;
  #texts: TypedTexts | undefined;
  #lastQuestion: Promise<unknown> = Promise.resolve();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** Resolves with the exit code when the conversation has ended. */
  async hold(): Promise<number> {
    const { session, screen, commandLine } = this.#parts;
    const reader = await this.#open();
    const typed = new TypedLines(reader);
    this.#typed = typed;
    const end = (): void => {
      typed.drop();
      session.cancel();
      this.#keyboard?.stop();
      reader.close();
    };
    commandLine.interruption.addEventListener('abort', end);
    reader.on('SIGINT', () => this.#cancel(reader, typed));
    // After Ctrl-Z and `fg` the reader stands still until it is asked for a line again.
    reader.on('SIGCONT', () => void reader.resume());
    reader.on('close', () => {
      this.#isClosed = true;
      screen.closed();
    });
    try {
      return await this.#converse(reader, typed);
    } finally {
      this.#keyboard?.stop();
      reader.close();
      commandLine.interruption.removeEventListener('abort', end);
    }
  }

  /**
   * Asks the person at the terminal something; y or n and Enter answers, and Enter alone or Ctrl-C means no. Undefined
   * where nobody can be asked: for lines from a pipe, when more was typed already, and when the line that is typed is no
   * answer; it is the next line then.
   */
  confirm(question: string): Promise<boolean | undefined> {
    const answer = this.#lastQuestion.then(() => this.#confirm(question));
    this.#lastQuestion = answer.catch(() => undefined);
    return answer;
  }

  async #confirm(question: string): Promise<boolean | undefined> {
    const keyboard = this.#keyboard;
    if (keyboard === undefined || this.#typed?.isAhead !== false) return undefined;
    const { screen, terminal } = this.#parts;
    screen.question(`${question} [y/N] `);
    const answer = await keyboard.lend((next) => answerFrom(next, keyboard, terminal.output));
    screen.answered();
    return answer;
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
    const { terminal, history, screen } = this.#parts;
    const { input, output, interactive } = terminal;
    if (interactive) {
      this.#keyboard = new Keyboard(input, () => screen.typing());
      this.#texts = new TypedTexts(await history.read(), historyTextsMax);
    }
    const reader: Interface = createInterface({
      input: this.#keyboard ?? input,
      output,
      terminal: interactive,
      history: this.#texts?.entries ?? [],
      historySize: historyTextsMax,
      removeHistoryDuplicates: true,
      completer: (line: string, answer: (error: null, found: [string[], string]) => void): void => {
        void this.#complete(line).then((found) => {
          if (this.#isClosed) return;
          const isForThisLine = reader.line.slice(0, reader.cursor) === line;
          answer(null, isForThisLine ? found : [[], line]);
        });
      },
    });
    const [keyboard, texts] = [this.#keyboard, this.#texts];
    keyboard?.onCtrl('r', () => {
      if (texts === undefined || !screen.isAgile || !screen.isAsking) return false;
      new HistorySearch({ reader, keyboard, screen, texts }).begin();
      return true;
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
    if (result.kind === 'more') this.#texts?.open(this.#lines);
    else {
      this.#texts?.answered(this.#lines);
      if (terminal.interactive) await history.add(this.#lines, before);
      this.#lines = [];
    }
    if (result.kind === 'page') await this.#page(result.lines.map((one) => (one === '' ? '' : `  ${one}`)));
    return await answerTo(result, commandLine, screen);
  }

  /** Lines that are more than the screen holds are shown a screen at a time, unless more was typed already. */
  async #page(lines: readonly string[]): Promise<void> {
    const { screen, commandLine } = this.#parts;
    const rows = lines.reduce((sum, line) => sum + screen.rowsOf(line), 0);
    const keyboard = this.#keyboard;
    if (keyboard === undefined || !screen.isAgile || rows < screen.rows || this.#typed?.isAhead !== false) {
      for (const line of lines) commandLine.out(line);
      return;
    }
    const { rowsOf, status } = screen;
    const { out } = commandLine;
    await keyboard.lend((next) => page(lines, { next, rows: () => screen.rows, rowsOf, out, status }));
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
    this.#texts?.open([]);
    screen.givenUp(reader);
    if (!hadSomething) commandLine.note('QUIT or Ctrl-D ends the session.');
    screen.prompt(reader, session.prompt);
  }
}

/** The line that is typed, as an answer; a line that is none goes to the reader, with its Enter. */
async function answerFrom(
  next: () => Promise<Key | undefined>,
  keyboard: Keyboard,
  output: NodeJS.WritableStream,
): Promise<boolean | undefined> {
  const keys: Key[] = [];
  let text = '';
  for (;;) {
    const key = await next();
    if (key === undefined || (key.ctrl && (key.name === 'c' || key.name === 'd'))) return false;
    keys.push(key);
    if (key.name === 'return' || key.name === 'enter') {
      if (/^\s*(?:y|yes)\s*$/i.test(text)) return true;
      if (/^\s*(?:n|no)?\s*$/i.test(text)) return false;
      for (const one of keys) keyboard.forward(one);
      return undefined;
    }
    const letters = [...text];
    if (key.name === 'backspace' && letters.length > 0) {
      output.write('\b \b'.repeat(displayColumns(letters.at(-1) ?? '')));
      text = letters.slice(0, -1).join('');
      continue;
    }
    const more = typedText(key);
    output.write(more);
    text += more;
  }
}

async function answerTo(result: FeedResult, { out }: CommandLine, screen: Screen): Promise<number | undefined> {
  const note = (line: string): void => screen.note(line);
  switch (result.kind) {
    case 'more':
    case 'page':
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
