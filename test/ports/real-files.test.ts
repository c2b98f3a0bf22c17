import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { describeFiles } from './files-conformance.ts';
import { isRoot, mountSmallFileSystem, type SmallFileSystem } from './small-file-system.ts';

describeFiles('on a disk', async () => {
  const location = mkdtempSync(join(tmpdir(), 'understudy-files-'));
  const mounted: SmallFileSystem[] = [];
  const mount = (sizeBytes: number): SmallFileSystem | undefined => {
    const small = mountSmallFileSystem(sizeBytes);
    if (small !== undefined) mounted.push(small);
    return small;
  };
  const files = new RealFiles();
  let elsewhere: SmallFileSystem | undefined;
  return {
    files,
    location,
    get elsewhere() {
      elsewhere ??= mount(1_048_576);
      return elsewhere && { files, location: elsewhere.location };
    },
    small: async (freeBytes) => {
      const small = mount(freeBytes);
      return small && { files, location: small.location };
    },
    privileged: isRoot,
    remove: async () => {
      for (const small of mounted) small.remove();
      rmSync(location, { recursive: true, force: true });
    },
  };
});
