// What is in a tree, object by object, told by means of its own: nothing of the product is used here, so that the product
// is not its own witness. Paths are bytes in latin1. Compared are kind, mode, owner, modification time to the nanosecond,
// content, link text, and which names are one file; not extended attributes.
import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream, lstatSync, readdirSync, readlinkSync } from 'node:fs';

export interface Manifest {
  /** By path below the root; the root itself is the empty path. */
  readonly objects: ReadonlyMap<string, string>;
  readonly files: number;
  readonly bytes: number;
}

export async function manifestOf(root: string): Promise<Manifest> {
  const objects = new Map<string, string>();
  const firstNames = new Map<string, string>();
  let files = 0;
  let bytes = 0;
  const queue = [''];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const location = Buffer.concat([Buffer.from(root), Buffer.from(`/${path}`, 'latin1')]);
    const status = lstatSync(location, { bigint: true });
    const common = `${status.uid}:${status.gid} ${status.mtimeNs}`;
    const mode = (status.mode & 0o7777n).toString(8);
    if (status.isDirectory()) {
      objects.set(path, `directory ${mode} ${common}`);
      // Sorted, so that of several names of one file the same comes first in both trees.
      const names = readdirSync(location, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
      queue.push(
        ...names
          .sort()
          .reverse()
          .map((name) => (path === '' ? name : `${path}/${name}`)),
      );
    } else if (status.isSymbolicLink()) {
      objects.set(path, `link ${common} ${readlinkSync(location, { encoding: 'buffer' }).toString('latin1')}`);
    } else if (status.isFile()) {
      files += 1;
      bytes += Number(status.size);
      objects.set(path, `file ${mode} ${common} ${await contentOf(location, status, path, firstNames)}`);
    } else {
      objects.set(path, `special ${status.mode.toString(8)} ${common} ${status.rdev}`);
    }
  }
  return { objects, files, bytes };
}

async function contentOf(
  location: Buffer,
  status: BigIntStats,
  path: string,
  firstNames: Map<string, string>,
): Promise<string> {
  const identity = `${status.dev}:${status.ino}`;
  const first = firstNames.get(identity);
  if (first !== undefined) return `the same file as ${first}`;
  if (status.nlink > 1n) firstNames.set(identity, path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(location)) hash.update(chunk);
  return `${status.size} ${hash.digest('hex')}`;
}

/** One line for each path that is not the same in both. */
export function differencesBetween(source: Manifest, replica: Manifest): string[] {
  const paths = new Set([...source.objects.keys(), ...replica.objects.keys()]);
  return [...paths].flatMap((path) => {
    const [ours, theirs] = [source.objects.get(path), replica.objects.get(path)];
    if (ours === theirs) return [];
    return [`${JSON.stringify(path)}: source ${ours ?? 'has none'}; replica ${theirs ?? 'has none'}`];
  });
}
