// The door through which a folder is opened whose path another machine has chosen (FileTree's `within`). The way is walked
// component by component from the root of the file system, each below the descriptor of the one before, so that nothing
// that changes meanwhile can lead elsewhere. Symbolic links are followed up to where the way enters one of the operator's
// folders, which is known by device and inode, not by name: below, whatever is there may have come with a replica.
import { closeSync, constants, openSync } from 'node:fs';
import { rawBytes } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import {
  atEmptyPath,
  cString,
  emptyPath,
  errnoName,
  mkdirat,
  openBeneath,
  openFlags,
  readlinkat,
} from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { readIdentity, readStatus } from './object-status.ts';

const operation = 'open the folder';
const pathBytesMax = 4096;
/** As the kernel has it. */
const symlinksMax = 40;
const pathFlags = openFlags.pathOnly | openFlags.noFollow;

/** Gives a descriptor that can be listed and belongs to the caller. */
export function openWithin(location: string, folders: readonly string[], create: boolean): number {
  const walk = new Walk(location, new Set(folders.flatMap(identityAt)), create);
  try {
    return walk.toEnd();
  } finally {
    walk.close();
  }
}

/** None when the folder is not there: then no way enters it. */
function identityAt(folder: string): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(rawBytes(folder), openFlags.pathOnly | constants.O_DIRECTORY);
  } catch {
    return [];
  }
  try {
    const identity = readIdentity(descriptor);
    return identity === undefined ? [] : [`${identity.device}:${identity.inode}`];
  } finally {
    closeSync(descriptor);
  }
}

class Walk {
  readonly #location: string;
  readonly #folders: ReadonlySet<string>;
  readonly #create: boolean;
  #here: number;
  #isInside = false;
  #linksLeft = symlinksMax;
  /** Components that are still to be walked, the next one last. */
  readonly #rest: string[];

  constructor(location: string, folders: ReadonlySet<string>, create: boolean) {
    this.#location = location;
    this.#folders = folders;
    this.#create = create;
    this.#rest = location.split('/').reverse();
    this.#here = this.#openRoot();
    this.#lookWhere();
  }

  toEnd(): number {
    for (let name = this.#rest.pop(); name !== undefined; name = this.#rest.pop()) {
      if (name !== '' && name !== '.') this.#step(name);
    }
    if (!this.#isInside) this.#fail('EPERM');
    return this.#check(openBeneath(this.#here, cString('.'), openFlags.readOnly | openFlags.directory));
  }

  close(): void {
    closeSync(this.#here);
  }

  #step(name: string): void {
    if (name === '..') {
      if (this.#isInside) this.#fail('ELOOP');
      this.#enter(openSync(`/proc/self/fd/${this.#here}/..`, openFlags.pathOnly | constants.O_DIRECTORY));
      return;
    }
    let next = openBeneath(this.#here, cString(name), pathFlags);
    if (next < 0 && errnoName() === 'ENOENT' && this.#create && this.#isInside) {
      const made = mkdirat(this.#here, cString(name), 0o700);
      // Somebody else may just have made something there: then that is looked at as it is.
      if (made < 0 && errnoName() !== 'EEXIST') this.#fail(errnoName());
      next = openBeneath(this.#here, cString(name), pathFlags);
    }
    this.#check(next);
    const kind = readStatus(next, emptyPath, atEmptyPath)?.kind;
    if (kind === 'directory') {
      this.#enter(next);
      return;
    }
    try {
      if (kind !== 'symlink') this.#fail('ENOTDIR');
      if (this.#isInside) this.#fail('ELOOP');
      this.#follow(next);
    } finally {
      closeSync(next);
    }
  }

  #follow(link: number): void {
    this.#linksLeft -= 1;
    if (this.#linksLeft < 0) this.#fail('ELOOP');
    const text = Buffer.alloc(pathBytesMax);
    const length = this.#check(readlinkat(link, emptyPath, text, text.length));
    const target = text.toString('latin1', 0, length);
    if (target.startsWith('/')) this.#enter(this.#openRoot());
    this.#rest.push(...target.split('/').reverse());
  }

  #enter(directory: number): void {
    closeSync(this.#here);
    this.#here = directory;
    this.#lookWhere();
  }

  #lookWhere(): void {
    const identity = readIdentity(this.#here);
    if (identity !== undefined && this.#folders.has(`${identity.device}:${identity.inode}`)) this.#isInside = true;
  }

  #openRoot(): number {
    try {
      return openSync('/', openFlags.pathOnly | constants.O_DIRECTORY);
    } catch (error) {
      return this.#fail(nodeErrorName(error));
    }
  }

  #check(result: number): number {
    return result < 0 ? this.#fail(errnoName()) : result;
  }

  #fail(code: string): never {
    throw systemFailure(code, operation, this.#location);
  }
}
