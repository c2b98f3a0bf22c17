// The bytes of regular files. The last file written to stays open: writes come in long runs to the same one.
import { Failure } from '../../../base/failure.ts';
import type { RawPath } from '../../../base/raw-path.ts';
import type {
  FileOperation,
  HoleOperation,
  TruncateOperation,
  WriteOperation,
} from '../../../model/stream/operation.ts';
import type { FileTree, OpenFile } from '../../../ports/files.ts';
import { mismatch } from '../mismatch.ts';

export class FileContent {
  #open: { readonly tree: FileTree; readonly path: RawPath; readonly file: OpenFile } | undefined;
  readonly #noteLinked: () => void;

  /** `noteLinked` is called before a file with several names is changed. */
  constructor(noteLinked: () => void) {
    this.#noteLinked = noteLinked;
  }

  async write(tree: FileTree, { path, offset, data }: WriteOperation): Promise<void> {
    await (await this.#opened(tree, path)).write(offset, data);
  }

  async truncate(tree: FileTree, { path, size }: TruncateOperation): Promise<void> {
    await (await this.#opened(tree, path)).truncate(size);
  }

  async punch(tree: FileTree, { path, offset, length }: HoleOperation): Promise<void> {
    const file = await this.#opened(tree, path);
    const { size } = await file.status();
    const end = Math.min(offset + length, size);
    if (end > offset) await file.punch(offset, end - offset);
  }

  /** A `file` operation on a file that is there; one that is whole and holds the same bytes already is not written to. */
  async setWhole(tree: FileTree, { path, size, content, attributes }: FileOperation): Promise<void> {
    const file = await this.#opened(tree, path);
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

  async release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.file.close();
  }

  async #opened(tree: FileTree, path: RawPath): Promise<OpenFile> {
    if (this.#open?.tree === tree && this.#open.path === path) return this.#open.file;
    await this.release();
    const file = await openForWriting(tree, path);
    this.#open = { tree, path, file };
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
