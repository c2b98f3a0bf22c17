import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { describeFiles } from './files-conformance.ts';

describeFiles('in memory', async () => {
  const files = new MemoryFiles();
  await (await files.openTree('/srv/place', { create: true })).close();
  const other = new MemoryFiles({ device: 9 * 2 ** 20 });
  return {
    files,
    location: '/srv/place',
    elsewhere: { files: other, location: '/' },
    small: async (freeBytes) => ({ files: new MemoryFiles({ spaceBytes: freeBytes }), location: '/' }),
    privileged: true,
    remove: async () => undefined,
  };
});
