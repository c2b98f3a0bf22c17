// A remote server behaves as the one behind it: over the application alone, over the home's socket, and over TLS.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callPath, requestBytesMax } from '../../src/api/messages.ts';
import { remoteServer, type Send } from '../../src/api/remote-server.ts';
import { type RequestHandler, serverApplication } from '../../src/api/server-application.ts';
import { formatHostPort } from '../../src/base/addresses/host-port.ts';
import { Failure } from '../../src/base/failure.ts';
import { silentLog } from '../../src/base/log.ts';
import { rawFromText } from '../../src/base/raw-path.ts';
import type { Caller, PeerRole } from '../../src/model/peer-role.ts';
import { RealFiles } from '../../src/platform/files/real-files.ts';
import { listenForPeers, type PeerDoor, sendToPeer } from '../../src/platform/http/http-peers.ts';
import { isServing, listenOnSocket, sendOverSocket } from '../../src/platform/http/http-socket.ts';
import { type Identity, loadOrCreateIdentity } from '../../src/platform/identity/identity.ts';
import { type TrustedPeer, TrustStore } from '../../src/platform/identity/trust-store.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { systemRandom } from '../../src/platform/kernel/system-random.ts';
import { callOn, type Server, serverMethods } from '../../src/runtime/contract/server.ts';
import { PeerAccess } from '../../src/runtime/server/peer-access.ts';
import { type FakeServer, fakeServer } from '../support/fake-server.ts';

const specification = {
  name: 'sales',
  replicationSet: 'sales',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [{ source: '/srv/\xff\n', replica: '/replica' }],
  rules: [{ action: 'exclude', root: 0, pattern: '*.tmp' }],
  mirrorMethod: 'data-delta',
  orphans: 'keep',
} as const;

const clock = new SystemClock();
let folder: string;
let fake: FakeServer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-api-'));
  fake = fakeServer('alpha');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function application(): RequestHandler {
  const files = new RealFiles();
  return serverApplication(new PeerAccess(fake, { files, sourceRoots: ['/'], blocksMayRun: false }), silentLog);
}

/** Without any wire between. */
function direct(caller: Caller): Send {
  const handler = application();
  return async (path, body) => {
    const request = new Request(`http://server${path}`, { method: 'POST', body });
    return (await handler(request, caller)).text();
  };
}

function asPeer(...roles: readonly PeerRole[]): Server {
  return remoteServer('alpha', direct({ name: 'beta', roles }));
}

async function post(
  path: string,
  body: string,
  caller: Caller = 'owner',
): Promise<{ status: number; failure: unknown }> {
  const request = new Request(`http://server${path}`, { method: 'POST', body });
  const response = await application()(request, caller);
  const answer = (await response.json()) as { failure?: { code: string } };
  return { status: response.status, failure: answer.failure };
}

/** Every call that the API has, with parameters of no meaning: who may not call is told before they are looked at. */
function everyCall(server: Server): (() => Promise<unknown>)[] {
  return serverMethods.map((method) => () => callOn(server, method, []));
}

/** Calls of every kind, and what they do to the server behind. */
async function exercise(remote: Server, source = '/srv/\xff\n', forPeer: readonly string[] = []): Promise<void> {
  const wanted = { ...specification, roots: [{ source, replica: '/replica' }] };
  const report = await remote.jobs.connect(wanted);
  expect(fake.callsOf('jobs.connect')).toEqual([[wanted, ...forPeer]]);
  expect(report).toEqual(fake.jobReports.get('job-1'));
  const action = { type: 'program', program: '/bin/true', arguments: ['a b'] } as const;
  const task = { name: 't', actions: { onexecute: action }, timeoutMs: null } as const;
  expect(await remote.tasks.queue('job-1', task)).toMatch(/^task-/);
  expect(fake.callsOf('tasks.queue')).toEqual([['job-1', task]]);
  expect(await remote.mirrors.stop('job-1')).toBeUndefined();
  expect(await remote.jobs.verify('job-1', 'report')).toMatchObject({ differences: [{ path: 'a\n\xe9' }] });
  const waiting = remote.jobs.wait('job-1', report.revision, 10_000);
  while (fake.callsOf('jobs.wait').length === 0) await new Promise((resolve) => setImmediate(resolve));
  fake.mirrored('job-1');
  expect(await waiting).toMatchObject({ targetState: 'OK', revision: 2 });
  await expect(remote.jobs.report('job-7')).rejects.toMatchObject({ code: 'JOB-UNKNOWN', subject: 'job-7' });
}

describe('the contract', () => {
  it('carries calls, results and failures', async () => {
    const remote = remoteServer('alpha', direct('owner'));
    expect(remote.name).toBe('alpha');
    await exercise(remote);
    await expect(remote.jobs.report('job-7')).rejects.toBeInstanceOf(Failure);
  });

  it('gives a peer what its roles give, and a target nothing', async () => {
    expect(await asPeer('monitor').jobs.list()).toEqual([]);
    await expect(asPeer('monitor').jobs.connect(specification)).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    for (const call of everyCall(asPeer('target'))) {
      await expect(call()).rejects.toMatchObject({
        code: 'ACCESS-DENIED',
        hint: expect.stringMatching(/--allow operator|at the prompt of alpha/),
      });
    }
    expect(fake.calls.filter(([method]) => method !== 'jobs.list')).toEqual([]);
  });

  it('reads nothing of the body of a call that the caller may not make', async () => {
    let wasRead = false;
    const body = new ReadableStream(
      {
        pull: (controller) => {
          wasRead = true;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request(`http://server${callPath('workloads.calculate')}`, {
      method: 'POST',
      body,
      duplex: 'half',
    });
    const response = await application()(request, { name: 'beta', roles: ['target'] });
    expect([response.status, wasRead]).toEqual([403, false]);
  });

  it.each([
    ['/v1/name', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/name/length', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/jobs/constructor', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/jobs/stopWaits', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/constructor/name', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/jobs/list/more', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/jobs.list/', '{"parameters":[]}', 404, 'API-UNKNOWN'],
    ['/v1/other', '{}', 404, 'API-UNKNOWN'],
    [callPath('jobs.report'), 'nonsense', 400, 'REQUEST-INVALID'],
    [callPath('jobs.report'), '{"parameters":[]}', 400, 'REQUEST-INVALID'],
    [callPath('jobs.report'), '{"parameters":["a"],"more":1}', 400, 'REQUEST-INVALID'],
    [callPath('jobs.report'), '{"parameters":["a","b"]}', 400, 'REQUEST-INVALID'],
    [
      callPath('jobs.connect'),
      JSON.stringify({ parameters: [{ ...specification, extra: 1 }] }),
      400,
      'REQUEST-INVALID',
    ],
    [callPath('jobs.report'), 'x'.repeat(requestBytesMax + 1), 413, 'REQUEST-TOO-LARGE'],
  ])('refuses POST %s', async (path, body, status, code) => {
    expect(await post(path, body)).toMatchObject({ status, failure: { code } });
    expect(fake.calls).toEqual([]);
  });

  it('hides the inside of a defect', async () => {
    fake.overrides = { jobs: { list: () => Promise.reject(new TypeError('x is undefined')) } };
    const { status, failure } = await post(callPath('jobs.list'), '{"parameters":[]}');
    expect(status).toBe(500);
    expect(JSON.stringify(failure)).not.toContain('undefined');
  });

  it('does not believe an answer that is none', async () => {
    const answers = ['', '<html>', '{"result":[{"jobId":1}]}'];
    for (const answer of answers) {
      const remote = remoteServer('alpha', async () => answer);
      await expect(remote.jobs.list()).rejects.toMatchObject({ code: 'ANSWER-INVALID' });
    }
  });
});

describe('the socket of a home', () => {
  it('carries the API, is for its owner alone, and goes away with the server', async () => {
    // Longer than the address of a socket may be.
    const home = join(folder, 'x'.repeat(120));
    mkdirSync(home);
    expect(await isServing(home)).toBe(false);
    expect(await isServing(join(home, 'missing'))).toBe(false);
    const close = await listenOnSocket(home, application());
    expect(statSync(join(home, 'api.socket')).mode & 0o777).toBe(0o600);
    expect(await isServing(home)).toBe(true);
    await exercise(remoteServer('alpha', sendOverSocket(home)));
    await close();
    await expect(remoteServer('alpha', sendOverSocket(home)).jobs.list()).rejects.toMatchObject({
      code: 'SERVER-NOT-RUNNING',
    });
    expect(() => statSync(join(home, 'api.socket'))).toThrow();
  });

  it('takes the place of one that a killed server left', async () => {
    const first = await listenOnSocket(folder, application());
    const second = await listenOnSocket(folder, application());
    expect(await remoteServer('alpha', sendOverSocket(folder)).jobs.list()).toEqual([]);
    await second();
    await first();
  });
});

describe('the door for peers', () => {
  let alpha: Identity;
  let beta: Identity;
  let trust: TrustStore;
  let door: PeerDoor;

  const entry = (identity: Identity, roles: TrustedPeer['roles'], api?: string): TrustedPeer => ({
    name: identity.name,
    fingerprint: identity.fingerprint,
    roles,
    pairedAt: new Date(0).toISOString(),
    ...(api === undefined ? {} : { api }),
  });

  beforeEach(async () => {
    const homes = ['alpha', 'beta'].map((name) => join(folder, name));
    for (const home of homes) mkdirSync(home);
    const system = { clock, random: systemRandom };
    alpha = await loadOrCreateIdentity(homes[0] ?? '', 'alpha', system);
    beta = await loadOrCreateIdentity(homes[1] ?? '', 'beta', system);
    trust = new TrustStore(homes[0] ?? '');
    door = await listenForPeers({ identity: alpha, trust, clock }, { host: '127.0.0.1', port: 0 }, application());
  });

  afterEach(() => door.close());

  function asBeta(pinned = alpha): Server {
    const peer = { ...entry(pinned, ['target'], formatHostPort(door.listeningAt)), name: 'alpha' };
    return remoteServer('alpha', sendToPeer({ identity: beta, peer, clock }));
  }

  it('lets a paired server do what its entry says', async () => {
    await trust.add(entry(beta, ['operator']));
    // An operator's folder is opened before it is protected.
    const workload = `${rawFromText(folder)}/\xff\n`;
    await (await new RealFiles().openTree(workload, { create: true })).close();
    await exercise(asBeta(), workload, ['beta']);
    await trust.add(entry(beta, ['monitor']));
    await expect(asBeta().mirrors.stop('job-1')).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
    expect(await asBeta().jobs.list()).toHaveLength(1);
  });

  it('tells a stranger that it is not trusted, and does nothing', async () => {
    await expect(asBeta().jobs.list()).rejects.toMatchObject({ code: 'PEER-NOT-TRUSTED' });
    expect(fake.calls).toEqual([]);
  });

  it('is not believed when its certificate is not the pinned one', async () => {
    await trust.add(entry(beta, ['operator']));
    await expect(asBeta(beta).access.login('operator', 'secret')).rejects.toMatchObject({ code: 'PEER-NOT-TRUSTED' });
    expect(fake.calls).toEqual([]);
  });
});
