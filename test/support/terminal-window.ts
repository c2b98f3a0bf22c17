// A program in a real terminal: a window of a tmux server of its own, keys typed into it, its screen read as a person would.
//
// Nothing is left over: the server ends with the test, its program is waited for, even after a failure.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** How long something that must come is waited for, on a machine that does other things too. */
const patienceMs = 240_000;
const pollMs = 50;

export interface WindowSize {
  readonly columns: number;
  readonly rows: number;
}

export class TerminalWindow {
  readonly #folder = mkdtempSync(join(tmpdir(), 'understudy-terminal-'));
  readonly #processId: number;

  private constructor(words: readonly string[], { columns, rows }: WindowSize) {
    // A shell says how the program ended, and keeps the window open for that to be seen. Ctrl-C is for the program alone.
    const told = ['sh', '-c', 'trap : INT; "$@"; echo "[exit code $?]"; exec sleep 600', 'sh', ...words];
    this.#tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), ...told);
    this.#processId = Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** Runs a program; the window is closed when the present test is over. */
  static open(...words: readonly string[]): TerminalWindow {
    return TerminalWindow.sized({ columns: 120, rows: 50 }, ...words);
  }

  static sized(size: WindowSize, ...words: readonly string[]): TerminalWindow {
    const window = new TerminalWindow(words, size);
    onTestFinished(() => window.#close());
    return window;
  }

  resize({ columns, rows }: WindowSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Whether the program has the screen that is thrown away afterwards, and whether its cursor is seen. */
  state(): { readonly isAlternate: boolean; readonly isCursorSeen: boolean } {
    const [alternate, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').split(' ');
    return { isAlternate: alternate === '1', isCursorSeen: cursor === '1' };
  }

  /** The process numbers of the programs in the window, the shell's left out. */
  programs(): readonly number[] {
    const children = readFileSync(`/proc/${this.#processId}/task/${this.#processId}/children`, 'utf8');
    return children.trim().split(' ').map(Number);
  }

  /** Types text as it stands, and Enter. */
  enter(text: string): void {
    this.type(text);
    this.press('Enter');
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', '--', text);
  }

  /** A key by tmux's name for it: `Tab`, `C-c`, `Up`. */
  press(key: string): void {
    this.#tmux('send-keys', key);
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J').replace(/[ \t]+$/gm, '');
  }

  /** The screen with the control sequences of its colours. */
  colouredScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-J');
  }

  /** Waits until the screen shows it, and fails with the screen when it never does. */
  async shows(expected: RegExp): Promise<string> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const screen = this.screen();
      if (expected.test(screen)) return screen;
      if (performance.now() > deadlineMs) throw new Error(`the screen never showed ${expected}:\n${screen}`);
      await sleep(pollMs);
    }
  }

  /** Waits until the program has ended, and gives its exit code. */
  async ended(): Promise<number> {
    const told = /^\[exit code (\d+)\]$/m;
    return Number(told.exec(await this.shows(told))?.[1]);
  }

  async #close(): Promise<void> {
    this.#tmux('kill-server');
    for (const deadlineMs = performance.now() + 5000; isAlive(this.#processId); await sleep(pollMs)) {
      if (performance.now() > deadlineMs) process.kill(this.#processId, 'SIGKILL');
    }
    rmSync(this.#folder, { recursive: true });
  }

  #tmux(...words: readonly string[]): string {
    const socket = join(this.#folder, 'socket');
    const environment = { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
    return execFileSync('tmux', ['-S', socket, '-f', '/dev/null', '-u', ...words], {
      encoding: 'utf8',
      env: environment,
    }).trimEnd();
  }
}

/** A zombie, which somebody else has to wait for, is dead. */
function isAlive(processId: number): boolean {
  if (!existsSync(`/proc/${processId}`)) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
