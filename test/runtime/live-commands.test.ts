// LIVE LIST, LIVE RELEASE, and what VALIDATE says of live copies and of shapes that the guide does not support.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { record } from '../../src/language/values/value.ts';
import type { LivePathReport } from '../../src/model/report.ts';
import { runDetachedBlock } from '../../src/runtime/script/detached-block.ts';
import { ReplicationSetStore } from '../../src/runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../src/runtime/stores/server-groups.ts';
import { writeBindings } from '../../src/runtime/values/bindings.ts';
import { MemoryStorage } from '../../src/simulator/memory/memory-storage.ts';
import { ManualClock } from '../../src/simulator/time/manual-clock.ts';
import { CommandRig } from '../support/command-rig.ts';
import { ExampleHome } from '../support/example-home.ts';
import { fakeServer, jobReport } from '../support/fake-server.ts';

describe('after a failover', () => {
  let home: ExampleHome;
  const said = (): string => home.output.join('\n');

  beforeEach(async () => {
    home = await ExampleHome.open();
    expect(await home.run('failover 1')).toMatchObject({ kind: 'completed' });
    home.output.length = 0;
  });

  it('LIVE LIST shows the path, also when its connection has ended on both servers', async () => {
    const text = 'disconnect 1\nsource beta\ndisconnect 1\n$live = live list\nwrite $live[0].path, " ", $live[0].epoch';
    expect(await home.run(text)).toMatchObject({ kind: 'completed' });
    expect(home.output.at(-1)).toBe('/replica/sales 1');
    expect(said()).toMatch(/\/replica\/sales +since epoch 1, .* sales of alpha/);
  });

  it('VALIDATE tells it with the way back, and when it was released', async () => {
    await home.run('$found = validate 1\nwrite $found.valid');
    expect(home.output.at(-1)).toBe('false');
    expect(said()).toMatch(
      /live copy +Error +\/replica\/sales on beta is live since epoch 1: .*SOURCE beta and CONNECT it TO alpha/,
    );
    home.output.length = 0;
    await home.run('live release "/replica/sales"\nvalidate 1');
    expect(said()).toMatch(/live copy +Warning +\/replica\/sales on beta is live since epoch 1 and released/);
  });

  it('LIVE LIST and VALIDATE say when the copy has moved on', async () => {
    const { beta } = home.cluster;
    const [live] = await beta.live.list();
    const moved = async (): Promise<readonly LivePathReport[]> =>
      live === undefined ? [] : [{ ...live, movedTo: 'alpha' }];
    vi.spyOn(beta.live, 'list').mockImplementation(moved);
    await home.run('live list\nvalidate 1');
    expect(said()).toMatch(/sales of alpha +moved on: alpha has taken over since/);
    expect(said()).toMatch(
      /live copy +Warning +\/replica\/sales on beta was live from epoch 1 on: alpha has taken over from beta since/,
    );
  });

  it('LIVE RELEASE of another path says which there are', async () => {
    const outcome = await home.run('live release "/elsewhere"');
    expect(outcome).toMatchObject({
      diagnostics: [{ message: expect.stringContaining('no path that beta has taken over') }],
    });
  });
});

it('LIVE RELEASE and UNDO FAILOVER are no part of a schedule or a task: whoever wrote it may be the old source', async () => {
  const local = fakeServer('beta');
  const parts = {
    directory: { get: async () => local, ownName: local.name, local, known: async () => [] },
    replicationSets: new ReplicationSetStore(new MemoryStorage()),
    serverGroups: new ServerGroupStore(new MemoryStorage()),
    clock: new ManualClock(),
    readText: async () => '',
    writeText: async () => undefined,
    write: () => undefined,
    timeZone: 'UTC',
    schedulesEndWithRun: false,
  };
  const specification = { replicationSet: 'x', rules: [], mirrorMethod: 'data-delta', orphans: 'keep' } as const;
  const servers = { sourceServer: 'alpha', targetServer: 'beta' };
  const known = { ...specification, ...servers, jobId: 'job', name: 'sales', roots: [{ source: '/a', replica: '/b' }] };
  local.jobReports.set('job', jobReport(known, 1, 'target'));
  const task = { jobId: 'job', source: 'alpha', target: 'beta', point: 'onexecute', write: () => undefined } as const;
  for (const [body, words] of [
    ['live release "/replica"', 'LIVE RELEASE'],
    ['target beta\nundo failover 1', 'UNDO FAILOVER'],
  ]) {
    const block = { name: 'sly', body: body ?? '', bindings: writeBindings(record({})) };
    for (const one of [block, { ...block, task }]) {
      await expect(runDetachedBlock(one, parts, new AbortController().signal)).rejects.toMatchObject({
        reason: expect.stringContaining(`${words} cannot be part of a task or a schedule`),
      });
    }
  }
  expect([...local.callsOf('live.release'), ...local.callsOf('jobs.undoFailover')]).toEqual([]);
});

describe('VALIDATE of a connection whose shape is not supported', () => {
  const made = { replicationSet: 'x', rules: [], mirrorMethod: 'data-delta', orphans: 'keep' } as const;

  it.each([
    ['PROTECTED-TWICE', 'alpha', 'source', 'alpha', 'gamma', { source: '/srv/sales', replica: '/elsewhere' }],
    ['CHAINED-FROM-REPLICA', 'alpha', 'target', 'gamma', 'alpha', { source: '/there', replica: '/srv/sales' }],
    ['PROTECTED-BOTH-WAYS', 'alpha', 'target', 'beta', 'alpha', { source: '/there', replica: '/srv/sales' }],
    ['REPLICA-SHARED', 'beta', 'target', 'gamma', 'beta', { source: '/there', replica: '/srv/sales/in' }],
    ['CHAINED-INTO-WORKLOAD', 'beta', 'source', 'beta', 'gamma', { source: '/srv/sales', replica: '/there' }],
  ] as const)('says %s', async (code, server, role, sourceServer, targetServer, root) => {
    const rig = new CommandRig();
    await rig.connected();
    const own = await rig.server('alpha').jobs.report('job-1');
    rig
      .server('beta')
      .jobReports.set('job-1', { ...own, role: 'target', roots: [{ source: '/srv/sales', replica: '/srv/sales' }] });
    const other = { ...made, jobId: 'other', name: 'other', sourceServer, targetServer, roots: [root] };
    rig.server(server).jobReports.set('other', jobReport(other, 7, role));
    await rig.run('validate');
    expect(rig.output.join('\n')).toMatch(new RegExp(`shape +Error +${code}: .*other`));
  });
});
