// What programs do to a workload, in words: `do SERVER create a/x 150000 7`. What a file system would refuse is no change.
import { Failure } from '../../../base/failure.ts';
import type { MemoryWorkload } from '../../memory/memory-workload.ts';
import type { Stage } from '../stage.ts';

type Change = (workload: MemoryWorkload, path: string, words: readonly string[], root: string) => void;

const byteOf = (word: string | undefined): number => Number(word ?? 0) % 256;

/** By name: the words behind the path are numbers, or a second path below the same root. */
export const changes: Readonly<Record<string, Change>> = {
  create: (workload, path, [size, byte]) => workload.create(path, Buffer.alloc(Number(size), byteOf(byte))),
  write: (workload, path, [offset, size, byte]) =>
    workload.write(path, Number(offset), Buffer.alloc(Number(size), byteOf(byte))),
  'write-unseen': (workload, path, [offset, size, byte]) =>
    workload.writeUnseen(path, Number(offset), Buffer.alloc(Number(size), byteOf(byte))),
  truncate: (workload, path, [size]) => workload.truncate(path, Number(size)),
  unlink: (workload, path) => workload.unlink(path),
  rename: (workload, path, [to], root) => workload.rename(path, `${root}/${to}`),
  mkdir: (workload, path) => workload.makeDirectory(path),
  rmdir: (workload, path) => workload.removeDirectory(path),
  link: (workload, path, [to], root) => workload.link(path, `${root}/${to}`),
  symlink: (workload, path, [text]) => workload.makeSymlink(path, text ?? 'nowhere'),
  chmod: (workload, path, [mode]) => workload.setAttributes(path, { mode: Number.parseInt(mode ?? '600', 8) }),
  punch: (workload, path, [offset, size]) => workload.punch(path, Number(offset), Number(size)),
  mark: (workload, path, [byte]) => workload.setExtended(path, 'user.note', Buffer.from([byteOf(byte)])),
};

/** A program does it, as soon as its call is let through. */
export function act(stage: Stage, server: string, root: string, words: readonly string[]): void {
  const { workload, filter } = stage.world.machine(server);
  const call = (): void => {
    if (change(workload, root, words)) stage.counts.operations += 1;
  };
  if (filter === undefined) call();
  else filter.act(root, call);
}

/** Says whether anything changed. */
export function change(workload: MemoryWorkload, root: string, words: readonly string[]): boolean {
  const [name = '', path = '', ...rest] = words;
  const make = changes[name];
  if (make === undefined) throw new Error(`a workload knows no change '${name}'`);
  try {
    make(workload, `${root}/${path}`, rest, root);
    return true;
  } catch (thrown) {
    const isRefusal = thrown instanceof Failure || (thrown instanceof Error && /^only a file/.test(thrown.message));
    if (!isRefusal) throw thrown;
    return false;
  }
}
