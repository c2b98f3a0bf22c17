// What a server does that was told nothing of how to capture: a filter where nobody is in the folder, and watching, with the reason,
// where somebody is.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filterAt } from '../../src/platform/filtered-folders/mounted-filters.ts';
import { takeFiltersAway } from '../support/filters.ts';
import { Pair, Stage } from '../support/serve-process.ts';

describe.runIf(process.getuid?.() === 0)('CONNECT without CAPTURE', () => {
  it('mounts a filter, which DISCONNECT takes away', async () => {
    const pair = await paired();
    await pair.connect('wait for mirror $con timeout 1 minute');
    expect(filterAt(pair.workload)?.mountPoint).toBe(pair.workload);
    expect((await pair.source.api.jobs.report(pair.jobId)).promise).toMatch(/^prefix: /);
    writeFileSync(join(pair.workload, 'file'), 'written through the filter');
    await pair.untilEqual();
    await pair.stage.script(pair.source, 'source alpha\ntarget beta\ndisconnect 1');
    expect(filterAt(pair.workload)).toBeUndefined();
  });

  it('watches where a program has a file open, and says which', async () => {
    const pair = await paired();
    const program = pair.stage.spawn('/bin/sh', [
      '-c',
      `exec 3>>"${join(pair.workload, 'held')}"; echo ready; exec sleep 600`,
    ]);
    if (program.stdout !== null) await once(program.stdout, 'data');
    await pair.connect('wait for mirror $con timeout 1 minute');
    expect(filterAt(pair.workload)).toBeUndefined();
    const { promise, remarks } = await pair.source.api.jobs.report(pair.jobId);
    expect(promise).toMatch(/^eventually equal: /);
    expect(remarks?.join()).toMatch(
      new RegExp(`sleep \\(process ${program.pid}\\).*used the folder before a filter could be mounted`),
    );
  });
});

async function paired(): Promise<Pair> {
  const stage = Stage.open();
  const pair = await Pair.open(stage, { source: { defaultCapture: 'usual' } });
  stage.whenClosed(() => takeFiltersAway(stage.folder));
  return pair;
}
