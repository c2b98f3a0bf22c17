// The bytes of regular files. Those that were written to last stay open: writes come in long runs to the same few.
import { Failure } from '../../../base/failure.ts';
import type { RawPath } from '../../../base/raw-path.ts';
import type {
  ChangeOperation,
  FileOperation,
  HoleOperation,
  TruncateOperation,
  WriteOperation,
} from '../../../model/stream/operation.ts';
import type { FileTree, OpenFile } from '../../../ports/files.ts';
import { mismatch } from '../mismatch.ts';

const openFilesMax = 32;

type OnFile = Pick<ChangeOperation, 'root' | 'path'>;

export class FileContent {
  /** By the number of their root and their path, the one that was used last at the end. */
  readonly #open = new Map<string, OpenFile>();
  readonly #noteLinked: () => void;

  /** `noteLinked` is called before a file with several names is changed. */
  constructor(noteLinked: () => void) {
    this.#noteLinked = noteLinked;
  }

  async write(tree: FileTree, operation: WriteOperation): Promise<void> {
    const file = await this.#opened(tree, operation);
    await file.write(operation.offset, operation.data);
  }

  async truncate(tree: FileTree, operation: TruncateOperation): Promise<void> {
    const file = await this.#opened(tree, operation);
    await file.truncate(operation.size);
  }

  async punch(tree: FileTree, operation: HoleOperation): Promise<void> {
    const file = await this.#opened(tree, operation);
    const { offset, length } = operation;
    const { size } = await file.status();
    const end = Math.min(offset + length, size);
    if (end > offset) await file.punch(offset, end - offset);
  }

  /** A `file` operation on a file that is there; one that is whole and holds the same bytes already is not written to. */
  async setWhole(tree: FileTree, operation: FileOperation): Promise<void> {
    const file = await this.#opened(tree, operation);
    const { size, content, attributes } = operation;
    const before = (await file.status()).size;
    if (attributes === undefined) {
      if (before !== size) await file.truncate(size);
      if (content.length > 0) await file.write(0, content);
      return;
    }
    if (before === size && (await holdsExactly(file, content, size))) return;
    if (before > content.length) await file.truncate(content.length);
    if (content.length > 0) await file.write(0, content);
    if (size > content.length) await file.truncate(size);
  }

  /** Closes all of them: names are about to change, or what they hold. */
  async release(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    for (const file of files) await file.close();
  }

  async #opened(tree: FileTree, { root, path }: OnFile): Promise<OpenFile> {
    const key = `${root}/${path}`;
    const open = this.#open.get(key) ?? (await this.#openAnother(tree, path));
    this.#open.delete(key);
    this.#open.set(key, open);
    return open;
  }

  async #openAnother(tree: FileTree, path: RawPath): Promise<OpenFile> {
    for (const [key, oldest] of this.#open) {
      if (this.#open.size < openFilesMax) break;
      this.#open.delete(key);
      await oldest.close();
    }
    const file = await openForWriting(tree, path);
    if ((await file.status()).links > 1) this.#noteLinked();
    return file;
  }
}

async function openForWriting(tree: FileTree, path: RawPath): Promise<OpenFile> {
  try {
    return await tree.open(path, 'write');
  } catch (error) {
    if (error instanceof Failure && error.code === 'EINVAL') mismatch('it is not a regular file');
    throw error;
  }
}

/** Whether the file, of this size already, is `content` followed by a hole. */
async function holdsExactly(file: OpenFile, content: Uint8Array, size: number): Promise<boolean> {
  if (Buffer.compare(await file.read(0, content.length), content) !== 0) return false;
  if (size === content.length) return true;
  // A stretch of data that ends behind the content may hold anything there.
  return !(await file.dataRanges()).some((range) => range.offset + range.length > content.length);
}
