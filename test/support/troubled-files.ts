// Files that give trouble where a test wants it: paths that the system refuses to read or to change, and reads that take their
// time.
import { systemFailure } from '../../src/base/system-failure.ts';
import type { FolderPlace } from '../../src/model/folder-place.ts';
import type { ObjectIdentity } from '../../src/model/stream/attributes.ts';
import type { Files, FileTree, OpenFile, OpenTreeOptions } from '../../src/ports/files.ts';

const readingCalls: ReadonlySet<string> = new Set(['open', 'list', 'extended', 'readLink']);
const changingCalls: ReadonlySet<string> = new Set(['unlink', 'removeDirectory', 'create', 'makeDirectory', 'moveTo']);

export class TroubledFiles implements Files {
  /** Absolute paths that cannot be read, with the errno name that says why. */
  readonly refused = new Map<string, string>();
  /** Absolute paths that cannot be made or removed, likewise; `*` stands for all. */
  readonly refusedChanges = new Map<string, string>();
  /** Called with the absolute path of a file before each read of its content. */
  beforeRead: (path: string) => Promise<void> | void = () => undefined;
  /** Called with the name of each call on a tree and the absolute path that it is about, before it is made. */
  beforeCall: (name: string, path: string) => void = () => undefined;
  /** Awaited before a tree is synced. */
  beforeSync: () => Promise<void> | void = () => undefined;
  readonly #files: Files;
  readonly #trees = new WeakMap<FileTree, FileTree>();

  constructor(files: Files) {
    this.#files = files;
  }

  identityOf(location: string): Promise<ObjectIdentity | undefined> {
    return this.#files.identityOf(location);
  }

  place(location: string): Promise<FolderPlace> {
    return this.#files.place(location);
  }

  async openTree(location: string, options?: OpenTreeOptions): Promise<FileTree> {
    const tree = await this.#files.openTree(location, options);
    const troubled = new Proxy(tree, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]) => {
          const path = `${location}/${String(given[0])}`;
          this.beforeCall(String(name), path);
          if (name === 'sync') await this.beforeSync();
          const code = this.refused.get(path);
          if (code !== undefined && readingCalls.has(String(name))) throw systemFailure(code, String(name), path);
          const changeCode = this.refusedChanges.get(path) ?? this.refusedChanges.get('*');
          if (changeCode !== undefined && changingCalls.has(String(name)))
            throw systemFailure(changeCode, String(name), path);
          // Another tree of ours, as `moveTo` gets one, is known to the files underneath without its trouble.
          const plain = given.map((one) => this.#trees.get(one as FileTree) ?? one);
          const result = (await member.apply(target, plain)) as unknown;
          return name === 'open' ? this.#file(result as OpenFile, path) : result;
        };
      },
    });
    this.#trees.set(troubled, tree);
    return troubled;
  }

  #file(file: OpenFile, path: string): OpenFile {
    return {
      status: () => file.status(),
      read: async (offset, length) => {
        await this.beforeRead(path);
        return file.read(offset, length);
      },
      write: (offset, data) => file.write(offset, data),
      truncate: (size) => file.truncate(size),
      punch: (offset, length) => file.punch(offset, length),
      dataRanges: () => file.dataRanges(),
      nextData: (offset) => file.nextData(offset),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }
}
