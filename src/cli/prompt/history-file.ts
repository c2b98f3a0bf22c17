// The texts typed at the prompt of a home, kept over sessions in its file `history`: oldest first, readable only by its
// owner. Each text is appended when it has been answered, so a killed session loses nothing, and two sessions at once
// both keep their texts. Texts with a secret are never written. A text of several lines is one entry: each of its lines
// but the first begins with a tab, which nobody can type, since Tab completes.
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure } from '../../base/failure.ts';
import { holdsSecret } from '../../repl/secret-literals.ts';

export const historyTextsMax = 1000;
const ownerOnly = 0o600;

export class HistoryFile {
  readonly #home: string;
  readonly #warn: (line: string) => void;
  #canWrite = true;

  constructor(home: string, warn: (line: string) => void) {
    this.#home = home;
    this.#warn = warn;
  }

  /** The texts of earlier sessions, newest first. */
  async read(): Promise<string[]> {
    const texts = joined(await this.#readLines());
    const kept = texts.slice(-historyTextsMax);
    if (texts.length > 0) {
      await this.#attempt(async () => {
        await chmod(this.#path, ownerOnly);
        if (texts.length > 2 * historyTextsMax)
          await writeFile(this.#path, kept.map(entryOf).join(''), { mode: ownerOnly });
      });
    }
    return kept.reverse();
  }

  /** The lines of one text that was typed; they are kept or left out together. `before` is as for `holdsSecret`. */
  async add(lines: readonly string[], before = ''): Promise<void> {
    const text = lines.filter((line) => line.trim() !== '').join('\n');
    if (text === '' || holdsSecret(lines.join('\n'), before)) return;
    await this.#attempt(async () => {
      await mkdir(this.#home, { recursive: true, mode: 0o700 });
      await appendFile(this.#path, entryOf(text), { mode: ownerOnly });
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

function entryOf(text: string): string {
  return `${text.replaceAll('\n', '\n\t')}\n`;
}

function joined(lines: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const line of lines) {
    if (line.startsWith('\t') && texts.length > 0) texts.push(`${texts.pop()}\n${line.slice(1)}`);
    else texts.push(line);
  }
  return texts;
}
