// Makes a tree durable: its file system, and every file system mounted below its root, which syncfs(2) of the root alone
// would leave out. A disk may take seconds, so all of it happens on other threads.
import { open, readFile, readlink } from 'node:fs/promises';
import { isWithin, rawBytes } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import { descriptorPath, errnoName, syncfs } from '../kernel/libc.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';

const operation = 'make the folder durable';

export async function syncFileSystems(root: number, location: string): Promise<void> {
  for (const mountPoint of await mountPointsBelow(root, location)) {
    const mounted = await open(rawBytes(mountPoint), 'r').catch((error) => {
      // Unmounted meanwhile, which wrote everything out; or not ours to enter, so that nothing of ours is in it.
      if (['ENOENT', 'EACCES'].includes(nodeErrorName(error))) return undefined;
      throw systemFailure(nodeErrorName(error), operation, mountPoint);
    });
    await (mounted && syncOne(mounted.fd, mountPoint).finally(() => mounted.close()));
  }
  await syncOne(root, location);
}

function syncOne(descriptor: number, subject: string): Promise<void> {
  return new Promise((resolve, reject) => {
    syncfs.async(descriptor, (error: Error | null, result: number) => {
      if (error === null && result === 0) resolve();
      else reject(systemFailure(errnoName(), operation, subject));
    });
  });
}

/** Where other file systems are mounted below an open directory (proc(5), mountinfo: the fifth field, with \ooo escapes). */
async function mountPointsBelow(root: number, location: string): Promise<string[]> {
  try {
    const folder = (await readlink(descriptorPath(root), 'buffer')).toString('latin1');
    const mounts = (await readFile('/proc/self/mountinfo')).toString('latin1').split('\n');
    const points = mounts.map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
    return points.filter((point) => point !== folder && isWithin(point, folder === '/' ? '' : folder) && point !== '');
  } catch (error) {
    throw systemFailure(nodeErrorName(error), operation, location);
  }
}
