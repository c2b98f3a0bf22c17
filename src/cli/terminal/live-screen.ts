// A screen of its own that is drawn anew as a whole: the alternate screen of the terminal, without a cursor. When it is
// closed the terminal is as it was before, with the cursor; that happens also when the process ends by a signal.

/** A terminal that a person looks at and types into. */
export interface LiveTerminal {
  readonly write: (text: string) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Calls back at every change of the size, and with every key, as the terminal sends it. Returns what ends both. */
  readonly listen: (resized: () => void, typed: (key: string) => void) => () => void;
  /** Calls back when the process ends, by whatever way lets it. Returns what takes that back. */
  readonly atExit: (callback: () => void) => () => void;
}

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const eraseRight = '\u001b[K';
const eraseBelow = '\u001b[J';

export class LiveScreen {
  readonly #terminal: LiveTerminal;
  readonly #forget: () => void;
  #drawn = '';
  #isOpen = true;

  constructor(terminal: LiveTerminal) {
    this.#terminal = terminal;
    terminal.write(enter);
    this.#forget = terminal.atExit(() => this.close());
  }

  /** Lines that each take one row, at most as many as there are rows. */
  draw(lines: readonly string[]): void {
    const text = home + lines.map((line) => `${line}${eraseRight}`).join('\r\n') + eraseBelow;
    if (!this.#isOpen || text === this.#drawn) return;
    this.#drawn = text;
    this.#terminal.write(text);
  }

  /** After a change of the size nothing is known of what stands there. */
  forget(): void {
    this.#drawn = '';
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#forget();
    this.#terminal.write(leave);
  }
}

/** That of this process; undefined where input or output is none, or cannot be drawn on. */
export function liveTerminal(): LiveTerminal | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY || process.env.TERM === 'dumb') return undefined;
  return {
    write: (text) => void stdout.write(text),
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    listen: (resized, typed) => {
      const onData = (chunk: Buffer): void => typed(chunk.toString('utf8'));
      stdout.on('resize', resized);
      stdin.setRawMode(true);
      stdin.on('data', onData);
      stdin.resume();
      return () => {
        stdout.off('resize', resized);
        stdin.off('data', onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    atExit: (callback) => {
      process.once('exit', callback);
      return () => process.off('exit', callback);
    },
  };
}
