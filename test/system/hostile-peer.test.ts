// What a server can do to another one with nothing but the pairing that a job takes, and what strangers can do to both. All
// real: processes, sockets, keys.
import { readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { remoteServer } from '../../src/api/remote-server.ts';
import { sendToPeer } from '../../src/platform/http/http-peers.ts';
import { loadIdentity } from '../../src/platform/identity/identity.ts';
import { TrustStore } from '../../src/platform/identity/trust-store.ts';
import { SystemClock } from '../../src/platform/kernel/system-clock.ts';
import { TlsNetwork } from '../../src/platform/network/tls-network.ts';
import type { Server } from '../../src/runtime/contract/server.ts';
import { encodeControl, helloSchema, wireVersions } from '../../src/wire/control-messages.ts';
import { FrameDecoder } from '../../src/wire/frame-codec.ts';
import { Pair, type ServeProcess, Stage } from '../support/serve-process.ts';
import { frameOf } from './hostile-source.ts';

const clock = new SystemClock();

/** What whoever holds the home of one server can do with it: its key, and whom it trusts. */
async function keysOf(server: ServeProcess): Promise<ConstructorParameters<typeof TlsNetwork>[0]> {
  const identity = await loadIdentity(server.home);
  if (identity === undefined) throw new Error(`${server.name} has an identity`);
  return { identity, trust: new TrustStore(server.home), clock };
}

/** The API of `other`, as `server` may call it. */
async function apiAs(server: ServeProcess, other: ServeProcess): Promise<Server> {
  const { identity, trust } = await keysOf(server);
  const peer = await trust.byName(other.name);
  if (peer === undefined) throw new Error(`${server.name} trusts ${other.name}`);
  return remoteServer(other.name, sendToPeer({ identity, peer, clock }));
}

const theft = {
  name: 'theft',
  replicationSet: 'theft',
  sourceServer: 'alpha',
  targetServer: 'beta',
  roots: [{ source: '/etc', replica: '/replica' }],
  rules: [],
  mirrorMethod: 'data-delta',
  orphans: 'keep',
} as const;

test('a target gets nothing of its source but the link', async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect();
  await pair.untilEqual();
  const alpha = await apiAs(pair.target, pair.source);
  const program = { type: 'program', program: '/bin/sh', arguments: [] } as const;
  const schedule = {
    name: 's',
    cron: '* * * * *',
    timeZone: 'UTC',
    overlap: 'skip',
    body: '',
    bindings: '[]',
  } as const;
  const calls: readonly (() => Promise<unknown>)[] = [
    () => alpha.jobs.connect(theft),
    () => alpha.workloads.calculate({ roots: theft.roots, rules: [] }),
    () => alpha.jobs.verify(pair.jobId, 'report'),
    () => alpha.tasks.queue(pair.jobId, { name: 't', actions: { onqueue: program }, timeoutMs: null }),
    () => alpha.jobs.disconnect(pair.jobId),
    () => alpha.mirrors.start(pair.jobId, 'data-delta'),
    () => alpha.schedules.add(schedule),
    () => alpha.information.log(100),
    () => alpha.events.since(0),
    () => alpha.information.report(),
    () => alpha.access.login('operator', 'secret'),
    () => alpha.accounts.add('mallory', 'secret', 'full'),
    () => alpha.process.shutDown(),
  ];
  for (const call of calls) await expect(call(), call.toString()).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  const script = `source alpha\ntarget beta\nrepset create theft\nrepset rule add "/etc" include to theft\nrepset save\nconnect theft to beta map exact\n`;
  const ended = await pair.stage.script(pair.target, script);
  expect(ended.exitCode).toBe(1);
  expect(ended.notes).toContain('it trusts beta only as: target');
  expect(await pair.source.api.jobs.list()).toHaveLength(1);
  await pair.untilEqual();
});

test('a target may ask whether its source lives, and may send it nothing', async () => {
  const pair = await Pair.open(Stage.open(), { source: { targets: { allowedRoots: ['/'] } } });
  const link = await new TlsNetwork(await keysOf(pair.target)).connect('alpha');
  const decoder = new FrameDecoder();
  const answer = new Promise<string>((resolve) => {
    link.listen({
      data: (bytes) => {
        for (const { type, payload } of decoder.push(bytes)) if (type === 'refuse') resolve(payload.toString('utf8'));
      },
      closed: (reason) => resolve(reason),
    });
  });
  const job = { ...theft, jobId: 'j', sourceServer: 'beta', targetServer: 'alpha' };
  const versions: [number, number] = [...wireVersions];
  const hello = { versions, jobId: 'j', epoch: 0, job, streamId: 's', sourceName: 'beta', capture: 'changes' as const };
  link.send(frameOf('hello', encodeControl(helloSchema, hello)));
  expect(JSON.parse(await answer)).toMatchObject({
    code: 'ROLE-MISSING',
    hint: expect.stringContaining('--allow source'),
  });
  link.close('done');
  expect(await pair.source.api.jobs.list()).toEqual([]);
  await expect.poll(() => pair.source.events(5005)).toHaveLength(1);
});

test('an operator protects what the source names for that, also when a link is put there later', async () => {
  const stage = Stage.open();
  const [shop, secret, replicas] = ['shop', 'secret', 'replicas'].map((name) => stage.makeFolder(name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(join(stage.makeFolder('shop', 'orders'), 'order'), 'three lamps');
  writeFileSync(join(secret, 'key'), 'a secret');
  const alpha = await stage.server('alpha', { sources: { allowedRoots: [shop] } });
  const beta = await stage.server('beta', { targets: { allowedRoots: [replicas] } });
  const offer = await stage.command('pair', '--allow', 'target,operator', '--home', alpha.home, '--json');
  const { code } = JSON.parse(offer.out) as { code: string };
  const words = ['pair', alpha.listen, '--code', code, '--allow', 'source', '--home', beta.home];
  expect(await stage.command(...words)).toMatchObject({ exitCode: 0 });
  // Alpha has to know where beta listens, which beta told while it paired.
  const connecting = (folder: string, name: string): string =>
    `source alpha\ntarget beta\nrepset create ${name}\nrepset rule add "${folder}" include to ${name}\nrepset save\n` +
    `$con = connect ${name} to beta map "${folder}" to "${replicas}/${name}"\nwait for mirror $con timeout 1 minute\n`;
  const theft = await stage.script(beta, connecting(secret, 'theft'));
  expect(theft.notes).toContain('outside what this server lets others protect');
  expect(await stage.script(beta, connecting(join(shop, 'orders'), 'orders'))).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(replicas, 'orders', 'order'), 'utf8')).toBe('three lamps');

  await alpha.terminate();
  renameSync(join(shop, 'orders'), join(shop, 'earlier'));
  symlinkSync(secret, join(shop, 'orders'));
  await alpha.start();
  await expect.poll(() => alpha.events(5150)).toEqual([expect.stringContaining('symbolic link')]);
  expect(readdirSync(join(replicas, 'orders'))).toEqual(['order']);
});

test('a source looks after its own replica on its target, and nothing else there', async () => {
  const pair = await Pair.open(Stage.open());
  await pair.connect('snapshot take "before"\nsnapshot schedule "hourly" on $con every 1 hour keep 3\nevents last 5');
  const beta = await apiAs(pair.source, pair.target);
  expect((await beta.snapshots.list(pair.jobId)).map(({ name }) => name)).toEqual(['before']);
  expect((await beta.schedules.list()).map(({ specification: { name } }) => name)).toEqual(['hourly']);
  for (const call of [
    () => beta.jobs.connect({ ...theft, sourceServer: 'beta', targetServer: 'alpha' }),
    () => beta.workloads.calculate({ roots: theft.roots, rules: [] }),
    () => beta.accounts.add('mallory', 'secret', 'full'),
    () => beta.process.shutDown(),
  ]) {
    await expect(call(), call.toString()).rejects.toMatchObject({ code: 'ACCESS-DENIED' });
  }
});

test('strangers in bulk push out no event, and keep nobody from pairing', async () => {
  const stage = Stage.open();
  const [alpha, beta] = await Promise.all([stage.server('alpha'), stage.server('beta')]);
  const [host = '', port = ''] = beta.listen.split(':');
  const babble = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connectTcp(Number(port), host, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.once('close', () => resolve());
    });
  for (let round = 0; round < 30; round += 1) await Promise.all(Array.from({ length: 50 }, babble));
  const ids = (await beta.api.events.since(0)).map(({ id }) => id);
  expect(ids.filter((id) => id === 5004)).toHaveLength(1);
  expect(ids).toContain(4000);
  expect(ids.length).toBeLessThan(10);
  await alpha.pair(beta);
  expect(await beta.events(5100)).toHaveLength(1);
});
