// A replica holds read-only files and folders, and its server need not be root. As their owner it may change their mode:
// what the owner lacks is added for the time of one action and taken back afterwards.
import { Failure } from '../../../base/failure.ts';
import { parentOf, type RawPath, rootPath } from '../../../base/raw-path.ts';
import type { FileTree } from '../../../ports/files.ts';

/** `names`: entries of folders are changed; `contents`: what is in a file, or its extended attributes, is read or changed too. */
export type Reach = 'names' | 'contents';

interface Loosened {
  readonly path: RawPath;
  readonly before: number;
  readonly meanwhile: number;
}

/**
 * Runs the action; when the system answers EACCES, once more with the owner's rights on `paths` and all folders above them.
 * `action` gets the original modes of the paths whose mode was changed for it. `follow` says where such a path is afterwards;
 * undefined when its mode is not to be put back.
 */
export async function withOwnerAccess<T>(
  tree: FileTree,
  paths: readonly RawPath[],
  reach: Reach,
  follow: (path: RawPath) => RawPath | undefined,
  action: (modesBefore: ReadonlyMap<RawPath, number>) => Promise<T>,
): Promise<T> {
  try {
    return await action(new Map());
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'EACCES') throw error;
  }
  const loosened: Loosened[] = [];
  try {
    for (const path of paths) await loosen(tree, path, reach, loosened);
    return await action(new Map(loosened.map(({ path, before }) => [path, before])));
  } finally {
    for (const one of loosened.reverse()) await tighten(tree, one, follow);
  }
}

async function loosen(tree: FileTree, path: RawPath, reach: Reach, loosened: Loosened[]): Promise<void> {
  for (const step of stepsTo(path)) {
    const status = await tree.status(step);
    if (status === undefined) return;
    if (status.kind !== 'directory' && (status.kind !== 'file' || reach === 'names')) return;
    const meanwhile = status.mode | (status.kind === 'directory' ? 0o700 : 0o600);
    if (meanwhile === status.mode) continue;
    await tree.setAttributes(step, { mode: meanwhile });
    loosened.push({ path: step, before: status.mode, meanwhile });
  }
}

async function tighten(tree: FileTree, one: Loosened, follow: (path: RawPath) => RawPath | undefined): Promise<void> {
  const path = follow(one.path);
  if (path === undefined) return;
  const status = await tree.status(path);
  if (status?.mode === one.meanwhile) await tree.setAttributes(path, { mode: one.before });
}

/** The root, then each folder on the way, then the path itself. */
function stepsTo(path: RawPath): RawPath[] {
  const steps: RawPath[] = [];
  for (let step = path; step !== ''; step = parentOf(step)) steps.push(step);
  return [rootPath, ...steps.reverse()];
}
