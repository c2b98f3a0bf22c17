// The files and folders of this machine, for completion at the prompt. A path on another machine has no candidates.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sameServerName } from '../../base/given-names.ts';
import type { PathPlace } from '../../repl/completion.ts';

/** More candidates help nobody. */
const pathsMax = 200;

/** The servers that the session has chosen; `own` is that of this machine, undefined when all run in this process. */
export interface ChosenServers {
  readonly embedded: boolean;
  readonly own: string | undefined;
  readonly source: string | undefined;
  readonly target: string | undefined;
}

/** Whether a path of that place is a path of this machine. */
export function isHere(place: PathPlace, { embedded, own, source, target }: ChosenServers): boolean {
  if (place === 'here' || embedded) return true;
  const server = place === 'source' ? source : target;
  return server === undefined ? own !== undefined : own !== undefined && sameServerName(server, own);
}

/**
 * The paths that begin so, in the order of their names; folders end with a slash. A hidden file is found by its dot.
 * What cannot be read, or cannot be typed, is left out.
 */
export async function localPaths(written: string, { absolute }: { readonly absolute: boolean }): Promise<string[]> {
  if (absolute && !written.startsWith('/')) return [];
  const isFolder = written.endsWith('/') || written === '';
  const folder = isFolder ? written : dirname(written);
  const begun = isFolder ? '' : basename(written);
  const shownFolder = isFolder ? written : written.slice(0, written.length - begun.length);
  const names = (await readdir(folder === '' ? '.' : folder))
    .filter((name) => name.startsWith(begun) && (begun.startsWith('.') || !name.startsWith('.')))
    .filter((name) => !/\p{Cc}|\ufffd/u.test(name))
    .sort()
    .slice(0, pathsMax);
  return Promise.all(
    names.map(async (name) => shownFolder + name + ((await isDirectory(join(folder, name))) ? '/' : '')),
  );
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // A link that leads nowhere is a name all the same.
    return false;
  }
}
