// The storage of a plan: it reads the files of the real home, and keeps what is written in memory.
import { assert } from '../../base/failure.ts';
import type { AppendLog, Storage } from '../../ports/storage.ts';

/** Reads a file of the home; undefined when there is none. Never makes anything. */
export type ReadHomeFile = (name: string) => Promise<Buffer | undefined>;

export class PlannedStorage implements Storage {
  readonly #read: ReadHomeFile;
  readonly #onChange: (name: string) => void;
  #written = new Map<string, Buffer | undefined>();

  constructor(read: ReadHomeFile, onChange: (name: string) => void) {
    this.#read = read;
    this.#onChange = onChange;
  }

  save(): ReadonlyMap<string, Buffer | undefined> {
    return new Map(this.#written);
  }

  restore(written: ReadonlyMap<string, Buffer | undefined>): void {
    this.#written = new Map(written);
  }

  join(written: ReadonlyMap<string, Buffer | undefined>): void {
    this.#written = new Map([...written, ...this.#written]);
  }

  async read(name: string): Promise<Buffer | undefined> {
    return this.#written.has(name) ? this.#written.get(name) : this.#read(name);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    this.#written.set(name, Buffer.from(bytes));
    this.#onChange(name);
  }

  async remove(name: string): Promise<void> {
    this.#written.set(name, undefined);
    this.#onChange(name);
  }

  readRange(): Promise<Buffer> {
    return neverAsked();
  }

  openLog(): Promise<AppendLog> {
    return neverAsked();
  }

  list(): Promise<string[]> {
    return neverAsked();
  }

  space(): ReturnType<Storage['space']> {
    return neverAsked();
  }
}

/** Fails for everything but whole files: the commands of a script keep nothing else in the home. */
function neverAsked(): Promise<never> {
  assert(false, 'a plan keeps whole files only');
}
