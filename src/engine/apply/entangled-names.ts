// Which names an operation is about, and whether two are entangled: one name is entangled with another when it is equal
// to it, above it or below it.
import type { RawPath } from '../../base/raw-path.ts';
import type { ChangeOperation, LinkOperation, RenameOperation } from '../../model/stream/operation.ts';

/** A path with its root, as one string: `0/folder/file`; the root itself is `0`. */
export function nameOf(root: number, path: RawPath): string {
  return path === '' ? String(root) : `${root}/${path}`;
}

/** Every name that an operation looks at or changes. */
export function namesOf(operation: ChangeOperation): string[] {
  const names = [nameOf(operation.root, operation.path)];
  if (operation.kind === 'rename') names.push(nameOf(operation.root, operation.to));
  if (operation.kind === 'link') names.push(nameOf(operation.root, operation.existing));
  return names;
}

/** The operations that are not blind (DESIGN.md): a checkpoint is made before a run of them. */
export function isRenameOrLink(operation: ChangeOperation): operation is RenameOperation | LinkOperation {
  return operation.kind === 'rename' || operation.kind === 'link';
}

/** Where the object is that a rename or link is about. */
export function subjectOf(operation: RenameOperation | LinkOperation): RawPath {
  return operation.kind === 'rename' ? operation.path : operation.existing;
}

export class NameSet {
  readonly #names = new Set<string>();
  readonly #above = new Set<string>();

  add(name: string): void {
    this.#names.add(name);
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      this.#above.add(name.slice(0, slash));
    }
  }

  /** Whether the name is entangled with one in the set. */
  entangled(name: string): boolean {
    if (this.#names.size === 0) return false;
    if (this.#names.has(name) || this.#above.has(name)) return true;
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      if (this.#names.has(name.slice(0, slash))) return true;
    }
    return false;
  }

  clear(): void {
    this.#names.clear();
    this.#above.clear();
  }
}

/** The names of a run of renames and links: none may be entangled with another, but links may share what they link. */
export class RunNames {
  readonly #changed = new NameSet();
  readonly #read = new NameSet();

  add(operation: RenameOperation | LinkOperation): void {
    const { changed, read } = splitNames(operation);
    for (const name of changed) this.#changed.add(name);
    for (const name of read) this.#read.add(name);
  }

  /** Whether an operation would see or disturb what one of the run changes. */
  entangledWith(operation: RenameOperation | LinkOperation): boolean {
    const { changed, read } = splitNames(operation);
    return (
      changed.some((name) => this.#changed.entangled(name) || this.#read.entangled(name)) ||
      read.some((name) => this.#changed.entangled(name))
    );
  }
}

function splitNames(operation: RenameOperation | LinkOperation): { changed: string[]; read: string[] } {
  const path = nameOf(operation.root, operation.path);
  if (operation.kind === 'link') return { changed: [path], read: [nameOf(operation.root, operation.existing)] };
  return { changed: [path, nameOf(operation.root, operation.to)], read: [] };
}
