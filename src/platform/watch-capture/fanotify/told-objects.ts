// The files of which a change was told under some name, until it is asked whether that is one of their names. The kernel tells
// a write with the name by which the file was opened, whatever has become of that name: it may be gone, or another file's.
import { handleOf } from '../kernel/watch-calls.ts';
import { fileSystemOf, keyOf } from './fanotify-records.ts';

/** The oldest are asked about when there are more: a write is told many times, and asked about once. */
const namesMax = 65_536;

export class ToldObjects {
  /** Name, and the key of its object (fanotify-records.ts). */
  readonly #told = new Map<string, string>();
  /** Asked about already: objects that do not stand at the name under which they were told. */
  readonly #elsewhere = new Set<string>();

  note(path: string, object: string): void {
    const before = this.#told.get(path);
    // Under one name two objects in turn: the first cannot be asked about by that name any more.
    if (before !== undefined && before !== object) this.#elsewhere.add(before);
    this.#told.set(path, object);
    if (this.#told.size > namesMax) this.#ask();
  }

  /** The objects that do not stand, or not any more, at the name under which they were told; all is forgotten. */
  takeElsewhere(): readonly string[] {
    this.#ask();
    const objects = [...this.#elsewhere];
    this.#elsewhere.clear();
    return objects;
  }

  clear(): void {
    this.#told.clear();
    this.#elsewhere.clear();
  }

  #ask(): void {
    for (const [path, object] of this.#told) {
      const handle = handleOf(path);
      if (handle === undefined || keyOf(fileSystemOf(object), handle) !== object) this.#elsewhere.add(object);
    }
    this.#told.clear();
  }
}
