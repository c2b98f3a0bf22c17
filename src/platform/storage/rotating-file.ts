// A text file that lines are appended to and that never grows beyond its size: `server.log`, and once it is full
// `server-00000001.log`, `server-00000002.log` and so on, of which the newest ones are kept (guide, chapter 10, Log file
// properties: 5,242,880 bytes, 20 files, at most 999).
//
// Each line is written before `write` returns. A crash at any moment loses no line and mixes up none: a full file gets its number
// by one rename, which number is free is read from the folder, and a line that was torn is ended before the next one.
// What may go wrong (a full disk, a folder that is not there) is never thrown: the log is the last place to say it. A file that
// cannot be renamed goes on growing.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

export interface RotationLimits {
  readonly fileBytesMax: number;
  /** The one that is being written included. */
  readonly filesMax: number;
}

export const usualRotation: RotationLimits = { fileBytesMax: 5_242_880, filesMax: 20 };

export class RotatingFile {
  readonly #path: string;
  readonly #folder: string;
  /** The name before its number, and behind it. */
  readonly #stem: string;
  readonly #ending: string;
  #limits: RotationLimits;
  #file: { readonly descriptor: number; size: number } | undefined;

  constructor(path: string, limits: RotationLimits = usualRotation) {
    this.#path = path;
    this.#folder = dirname(path);
    this.#ending = extname(path);
    this.#stem = basename(path, this.#ending);
    this.#limits = limits;
  }

  /** Holds from the next line on. */
  limit(limits: RotationLimits): void {
    this.#limits = limits;
    attempt(() => this.#removeOld());
  }

  /** `line` with its line feed. */
  write(line: string): void {
    const isWritten = attempt(() => {
      const bytes = Buffer.from(line, 'utf8');
      if (this.#file === undefined) this.#open();
      const { size = 0 } = this.#file ?? {};
      if (size > 0 && size + bytes.length > this.#limits.fileBytesMax) attempt(() => this.#rotate());
      this.#append(bytes);
    });
    // What was begun and not ended is ended when the file is opened again.
    if (!isWritten) attempt(() => this.#close());
  }

  #append(bytes: Buffer): void {
    for (let done = 0; this.#file !== undefined && done < bytes.length; ) {
      const written = writeSync(this.#file.descriptor, bytes, done);
      done += written;
      this.#file.size += written;
    }
  }

  #open(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#path, 'a+', 0o600);
    const { size } = fstatSync(descriptor);
    this.#file = { descriptor, size };
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() !== '\n') {
      this.#append(Buffer.from('\n'));
    }
  }

  #rotate(): void {
    const number = (this.#numbers().at(-1) ?? 0) + 1;
    // Somebody may have taken it away.
    if (existsSync(this.#path)) renameSync(this.#path, join(this.#folder, this.#nameOf(number)));
    this.#close();
    this.#open();
    this.#removeOld();
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  #removeOld(): void {
    const numbers = this.#numbers();
    for (const number of numbers.slice(0, Math.max(0, numbers.length - (this.#limits.filesMax - 1)))) {
      rmSync(join(this.#folder, this.#nameOf(number)), { force: true });
    }
  }

  #nameOf(number: number): string {
    return `${this.#stem}-${String(number).padStart(8, '0')}${this.#ending}`;
  }

  /** Of the full files that are there, the oldest first. */
  #numbers(): number[] {
    return readdirSync(this.#folder)
      .map((name) => ({ name, number: Number(/-(\d{8,})\.[^.]*$/.exec(name)?.[1]) }))
      .filter(({ name, number }) => name === this.#nameOf(number))
      .map(({ number }) => number)
      .sort((one, other) => one - other);
  }
}

/** False when it failed: there is nowhere left to say so. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
