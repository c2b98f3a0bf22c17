// Counts how often in a row reading a name found another object than the look before it. After too many times the place counts
// as one that cannot be read: some program replaces the name all the time, or the file system changes identities by itself.
import { Failure } from '../../base/failure.ts';
import { displayPath, type RawPath } from '../../base/raw-path.ts';

/** So often in a row no program replaces a file between two calls. */
const missesMax = 20;

export class ChangingNames {
  readonly #misses = new Map<string, number>();

  /** The name stood for what was looked at, up to the end of the reading. */
  held(root: number, path: RawPath): void {
    if (this.#misses.size > 0) this.#misses.delete(`${root}:${path}`);
  }

  /** Reading found another object than the look. Throws `NAME-CHANGES`, retryable, when it did so too often. */
  missed(root: number, path: RawPath): void {
    const key = `${root}:${path}`;
    const misses = (this.#misses.get(key) ?? 0) + 1;
    this.#misses.set(key, misses);
    if (misses < missesMax) return;
    this.#misses.delete(key);
    throw new Failure({
      code: 'NAME-CHANGES',
      operation: 'read a protected object',
      subject: displayPath(path),
      reason: `the name stood for another object each of the ${missesMax} times it was read`,
      hint: 'It is read again later by itself; a program that replaces it all the time keeps it from being copied.',
      retryable: true,
    });
  }
}
