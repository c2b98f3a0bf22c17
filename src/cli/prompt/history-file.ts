// The lines typed at the prompt of a home, kept over sessions in its file `history`: oldest first, readable only by its
// owner. Each line is appended when it has been answered, so a killed session loses nothing, and two sessions at once
// both keep their lines. Lines with a secret are never written.
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure } from '../../base/failure.ts';
import { holdsSecret } from '../../repl/secret-literals.ts';

export const historyLinesMax = 1000;
const ownerOnly = 0o600;

export class HistoryFile {
  readonly #home: string;
  readonly #warn: (line: string) => void;
  #canWrite = true;

  constructor(home: string, warn: (line: string) => void) {
    this.#home = home;
    this.#warn = warn;
  }

  /** The lines of earlier sessions, newest first. */
  async read(): Promise<string[]> {
    const lines = await this.#readLines();
    const kept = lines.slice(-historyLinesMax);
    if (lines.length > 0) {
      await this.#attempt(async () => {
        await chmod(this.#path, ownerOnly);
        if (lines.length > 2 * historyLinesMax) await writeFile(this.#path, asText(kept), { mode: ownerOnly });
      });
    }
    return kept.reverse();
  }

  /** The lines of one text that was typed; they are kept or left out together. `before` is as for `holdsSecret`. */
  async add(lines: readonly string[], before = ''): Promise<void> {
    const written = lines.filter((line) => line.trim() !== '');
    if (written.length === 0 || holdsSecret(lines.join('\n'), before)) return;
    await this.#attempt(async () => {
      await mkdir(this.#home, { recursive: true, mode: 0o700 });
      await appendFile(this.#path, asText(written), { mode: ownerOnly });
    });
  }

  get #path(): string {
    return join(this.#home, 'history');
  }

  async #readLines(): Promise<readonly string[]> {
    try {
      return (await readFile(this.#path, 'utf8')).split('\n').filter((line) => line !== '');
    } catch {
      // There is no file before the first session.
      return [];
    }
  }

  /** When the file cannot be used, says so once, and the session goes on without a history. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    if (!this.#canWrite) return;
    try {
      await work();
    } catch (error) {
      this.#canWrite = false;
      this.#warn(`warning: the history is not kept: ${asFailure(error, 'write', this.#path).reason}`);
    }
  }
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
