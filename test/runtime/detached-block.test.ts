import { expect, it } from 'vitest';
import { handle, record, type Value } from '../../src/language/values/value.ts';
import { nothingAllowed } from '../../src/runtime/machine/allowance.ts';
import { PortedMachine } from '../../src/runtime/machine/own-machine.ts';
import { runDetachedBlock } from '../../src/runtime/script/detached-block.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { writeBindings } from '../../src/runtime/values/bindings.ts';
import { MemoryFiles } from '../../src/simulator/memory/memory-files.ts';
import { MemoryPrograms } from '../../src/simulator/memory/memory-programs.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { SeededRandom } from '../../src/simulator/seeded-random.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { type FakeServer, fakeServer } from '../support/fake-server.ts';

const output: string[] = [];

async function runBlock(body: string, bindings: Record<string, Value> = {}): Promise<FakeServer> {
  const local = fakeServer('alpha');
  await local.jobs.connect({
    name: 'sales',
    replicationSet: 'sales',
    sourceServer: 'alpha',
    targetServer: 'beta',
    roots: [],
    rules: [],
    mirrorMethod: 'data-delta',
    orphans: 'keep',
  });
  const parts = {
    directory: { get: async () => local, ownName: local.name, local, known: async () => [] },
    replicationSets: new ReplicationSetStore(new MemoryStorage()),
    serverGroups: new ServerGroupStore(new MemoryStorage()),
    clock: new ManualClock(),
    readText: async () => '',
    writeText: async () => undefined,
    write: (line: string) => void output.push(line),
    machine: new PortedMachine({
      allowance: { ...nothingAllowed, by: 'server' },
      files: new MemoryFiles(),
      environment: { TOKEN: 'x' },
      programs: new MemoryPrograms(),
      nameLookup: { lookUp: async () => [] },
      clock: new ManualClock(),
      random: new SeededRandom(1),
    }),
    timeZone: 'UTC',
    schedulesEndWithRun: false,
  };
  const about = { name: 'nightly', cron: '0 2 * * *', timeZone: 'UTC', overlap: 'skip' } as const;
  const specification = { ...about, body, bindings: writeBindings(record(bindings)) };
  await runDetachedBlock(specification, parts, new AbortController().signal);
  return local;
}

it('runs a block on the server that keeps it, with the values it was given', async () => {
  const con = handle('connection', 'job-1', 1);
  const local = await runBlock('verify $con report\nwrite "done $what"', { con, what: 'again' });
  expect(local.callsOf('jobs.verify')).toEqual([['job-1', 'report']]);
  expect(output.at(-1)).toBe('done again');
});

it('reaches nothing of its server that the configuration does not allow, and says so before it begins', async () => {
  output.length = 0;
  const reason = expect.stringContaining('scripts.read in the server.json of this server does not name a folder above');
  await expect(runBlock('write "begun"\n$text = read file "/etc/hostname"')).rejects.toMatchObject({ reason });
  expect(output).toEqual([]);
  const code = 'SCHEDULE-RUN-FAILED';
  const named = expect.stringContaining('scripts.environment in the server.json of this server does not name it');
  await expect(runBlock('$token = environment TOKEN')).rejects.toMatchObject({ reason: named });
  const program = expect.stringContaining('scripts.programs in the server.json of this server does not name it');
  await expect(runBlock('run program "/usr/bin/df"')).rejects.toMatchObject({ reason: program });
  await expect(runBlock('$text = read file $path', { path: '/etc/hostname' })).rejects.toMatchObject({ code, reason });
});

it.each([
  ['fail "no"', 'line 1: no'],
  ['write 1\nmirror stop 7', 'line 2: there is no connection 7 (-101)'],
  ['write $gone', 'line 1: there is no variable $gone'],
  ['exit 3', 'it ended with EXIT 3'],
])('says what %j ran into', async (body, reason) => {
  await expect(runBlock(body)).rejects.toMatchObject({ code: 'SCHEDULE-RUN-FAILED', reason });
});
