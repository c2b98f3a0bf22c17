// Who may make a job of a target: hellos said by hand.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wireVersions } from '../../../src/wire/control-messages.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { PlainPeer } from '../../support/memory-links.ts';

let cluster: MemoryCluster;
beforeEach(async () => {
  cluster = await MemoryCluster.start({ allowedRoots: ['/replica', '/srv'] });
  for (const folder of ['/replica', '/srv']) await cluster.machines.beta.files.openTree(folder, { create: true });
});
afterEach(() => cluster.stop());

const job = {
  jobId: 'j',
  name: 'work to beta',
  replicationSet: 'work',
  sourceServer: 'gamma',
  targetServer: 'beta',
  roots: [{ source: '/work', replica: '/replica' }],
  rules: [],
  mirrorMethod: 'data-delta',
  orphans: 'delete',
};
const hello = {
  versions: wireVersions,
  jobId: 'j',
  epoch: 0,
  job,
  streamId: 's',
  sourceName: 'gamma',
  capture: 'changes',
};

async function peer(name = 'gamma'): Promise<PlainPeer> {
  const found = new PlainPeer(await cluster.network.server(name).connect('beta'));
  await cluster.clock.advance(0);
  return found;
}

async function greet(changes: object, name = 'gamma'): Promise<PlainPeer> {
  const one = await peer(name);
  one.say('heartbeat');
  one.say('hello', Buffer.from(JSON.stringify({ ...hello, ...changes })));
  await cluster.clock.advance(100);
  return one;
}

function refusal(one: PlainPeer): string | undefined {
  const text = one.texts('refuse')[0];
  return text === undefined ? undefined : (JSON.parse(text) as { code: string }).code;
}

describe('a hello', () => {
  test('of the peer that the job names as its source is welcome, and again with the same paths', async () => {
    expect((await greet({})).types()).toContain('welcome');
    expect((await greet({})).types()).toContain('welcome');
    expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId: 'j', role: 'target', source: 'gamma' }]);
  });

  test.each([
    ['of the first program', [2, 2], 2],
    ['of an earlier program', [2, 3], 3],
    ['of this program', wireVersions, 4],
    ['of a later program that knows this version', [2, 9], 4],
  ])('%s is answered in the highest version that both speak', async (_, versions, version) => {
    const [text = ''] = (await greet({ versions })).texts('welcome');
    expect(JSON.parse(text)).toMatchObject({ version });
  });

  test.each([
    ['of another peer', { job: { ...job, sourceServer: 'alpha' } }, 'NOT-THE-SOURCE'],
    ['with two identifiers', { jobId: 'other' }, 'NOT-THE-SOURCE'],
    ['for another server', { job: { ...job, targetServer: 'delta' } }, 'NOT-THIS-SERVER'],
    ['of a later wire', { versions: [5, 6] }, 'VERSION-UNKNOWN'],
    ['of an earlier wire', { versions: [1, 1] }, 'VERSION-UNKNOWN'],
    [
      'for a path outside what is allowed',
      { job: { ...job, roots: [{ source: '/w', replica: '/etc' }] } },
      'TARGET-PATH-REFUSED',
    ],
    [
      'for a path that climbs',
      { job: { ...job, roots: [{ source: '/w', replica: '/replica/../etc' }] } },
      'TARGET-PATH-REFUSED',
    ],
  ])('%s is refused, and makes nothing', async (_, changes, code) => {
    const one = await greet(changes);
    expect(refusal(one)).toBe(code);
    expect(one.closed).toBeDefined();
    expect(await cluster.beta.jobs.list()).toEqual([]);
    expect(await cluster.machines.beta.storage.list('jobs')).toEqual([]);
    expect(await cluster.events('beta')).toContain(5005);
  });

  test('for a job that is known with other paths, or of another source, is refused', async () => {
    await greet({});
    const roots = [{ source: '/work', replica: '/srv/elsewhere' }];
    expect(refusal(await greet({ job: { ...job, roots } }))).toBe('JOB-DIFFERS');
    const stranger = { job: { ...job, sourceServer: 'delta' }, sourceName: 'delta' };
    expect(refusal(await greet(stranger, 'delta'))).toBe('JOB-DIFFERS');
    expect(await cluster.beta.jobs.list()).toHaveLength(1);
  });

  test('for the data of another job, or of a workload of this server, is refused', async () => {
    await greet({});
    const other = {
      jobId: 'k',
      job: { ...job, jobId: 'k', name: 'other', roots: [{ source: '/x', replica: '/replica/x' }] },
    };
    expect(refusal(await greet(other))).toBe('REPLICA-SHARED');
  });

  test('after a failover is refused as fenced', async () => {
    await greet({});
    await cluster.turning(cluster.beta.jobs.failover('j', { type: 'live', queue: 'apply' }));
    expect(refusal(await greet({}))).toBe('FENCED');
    expect(refusal(await greet({ epoch: 7 }))).toBe('FENCED');
  });

  test('is refused for ever, also when the job was given up and the server restarted', async () => {
    await greet({});
    await cluster.turning(cluster.beta.jobs.failover('j', { type: 'live', queue: 'apply' }));
    await cluster.beta.jobs.disconnect('j');
    expect(refusal(await greet({}))).toBe('FENCED');
    cluster.kill('beta');
    await cluster.restart('beta');
    expect(refusal(await greet({}))).toBe('FENCED');
    expect(await cluster.beta.jobs.list()).toEqual([]);
  });
});

describe('a job that is being taken over, or was', () => {
  const forget = Buffer.from(JSON.stringify({ type: 'forget' }));

  test('is not forgotten by the word of its source', async () => {
    const one = await greet({});
    const takeover = cluster.beta.jobs.failover('j', { type: 'live', queue: 'apply' });
    await cluster.clock.advance(1000);
    one.say('notice', forget);
    await cluster.clock.advance(1000);
    await cluster.turning(takeover);
    expect(await cluster.beta.jobs.list()).toMatchObject([{ jobId: 'j', failedOver: true }]);
    expect(await cluster.beta.live.list()).toMatchObject([{ path: '/replica', source: 'gamma', epoch: 1 }]);
  });

  test('is not given up in the midst of it, by nobody', async () => {
    await greet({});
    const takeover = cluster.beta.jobs.failover('j', { type: 'live', queue: 'apply' });
    await cluster.clock.advance(1000);
    await expect(cluster.beta.jobs.disconnect('j')).rejects.toMatchObject({ code: 'TAKING-OVER' });
    await cluster.turning(takeover);
    await cluster.beta.jobs.disconnect('j');
    expect(await cluster.beta.jobs.list()).toEqual([]);
  });
});

describe('a peer that says no hello', () => {
  test('is let go after ten seconds, however alive it is', async () => {
    const one = await peer();
    for (let second = 0; second < 12; second += 1) {
      one.say('heartbeat');
      await cluster.clock.advance(1000);
    }
    expect(one.closed).toBeDefined();
  });

  test('but something else, or no frame at all, is let go with an event', async () => {
    const one = await peer();
    one.say('operations', Buffer.alloc(10));
    const other = await peer();
    other.sayBytes(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await cluster.clock.advance(100);
    expect([one.closed, other.closed]).not.toContain(undefined);
    expect((await cluster.events('beta')).filter((id) => id === 5003)).toHaveLength(2);
  });
});

describe('operations of a source', () => {
  test('that are none close the link; nothing is applied', async () => {
    const one = await greet({});
    one.say('operations', Buffer.from('nonsense'));
    await cluster.clock.advance(100);
    expect(one.closed).toBeDefined();
    expect(await cluster.events('beta')).toContain(5003);
    // Nothing is kept for a source that has never sent anything: it may not even know that it was welcome.
    expect(await cluster.beta.jobs.list()).toEqual([]);
    expect(await cluster.machines.beta.storage.list('jobs')).toEqual([]);
  });

  test('questions name paths below a root, or close the link', async () => {
    const one = await greet({});
    const question = { type: 'list', id: 1, after: 0, root: 0, path: '../etc', hashed: false, from: 0 };
    one.say('request', Buffer.from(JSON.stringify(question)));
    await cluster.clock.advance(100);
    expect(one.closed).toBeDefined();
  });

  test('a question is answered when what it is about is applied', async () => {
    const one = await greet({});
    const question = { type: 'list', id: 1, after: 5, root: 0, path: '', hashed: false, from: 0 };
    one.say('request', Buffer.from(JSON.stringify(question)));
    one.say('request', Buffer.from(JSON.stringify({ ...question, id: 2, after: 0 })));
    await cluster.clock.advance(1000);
    expect(one.types().filter((type) => type === 'response')).toHaveLength(1);
  });
});
