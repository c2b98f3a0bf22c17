// What strangers, impostors and broken programs find when they come to the port of a server.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Identity } from '../../../src/platform/identity/identity.ts';
import { linkProtocol } from '../../../src/platform/network/pinned-tls.ts';
import type { TlsNetwork, TlsNetworkOptions } from '../../../src/platform/network/tls-network.ts';
import type { Link } from '../../../src/ports/network.ts';
import { type TestServer, TestServers } from './test-servers.ts';

let servers: TestServers;
let alpha: TestServer;
let beta: TestServer;
let network: TlsNetwork;
let links: Link[];
let refusals: string[];
let woken: () => void;
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  servers = new TestServers();
  cleanUps.push(() => servers.remove());
  alpha = await servers.make('alpha');
  beta = await servers.make('beta');
  links = [];
  refusals = [];
  woken = () => undefined;
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Beta listens and trusts alpha. */
async function listen(limits: Partial<TlsNetworkOptions> = {}): Promise<number> {
  network = servers.network(beta, limits);
  cleanUps.push(
    await network.listen(
      (link) => {
        links.push(link);
        cleanUps.push(async () => {
          link.close('the test is over');
          await servers.clock.advance(10_000);
        });
        woken();
      },
      (_address, reason) => {
        refusals.push(reason);
        woken();
      },
    ),
  );
  await servers.trusts(beta, alpha);
  return network.listeningAt?.port ?? 0;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      woken = resolve;
    });
  }
}

/** Resolves with all that came, when the connection has ended in whatever way. */
function untilClosed(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (bytes: Buffer) => pieces.push(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(pieces)));
    if (socket.destroyed) resolve(Buffer.concat(pieces));
  });
}

function dial(port: number, options: ConnectionOptions = {}, identity?: Identity): TLSSocket {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ALPNProtocols: [linkProtocol],
    ...(identity === undefined ? {} : { cert: identity.certificatePem, key: identity.privateKeyPem }),
    ...options,
  });
  socket.on('error', () => undefined);
  cleanUps.push(() => socket.destroy());
  return socket;
}

test('a client without a certificate is refused and told nothing', async () => {
  const port = await listen();
  const socket = dial(port);
  socket.write('let me in');
  expect((await untilClosed(socket)).length).toBe(0);
  await until(() => refusals.length > 0);
  expect(refusals).toEqual(['it presented no certificate']);
  expect(links).toEqual([]);
});

test('a stolen certificate is worth nothing without its key', async () => {
  const port = await listen();
  const mallory = await servers.make('mallory');
  expect(() => dial(port, { cert: alpha.identity.certificatePem, key: mallory.identity.privateKeyPem })).toThrow(
    /key values mismatch/i,
  );
});

test.each(['TLSv1.2', 'TLSv1.1'] as SecureVersion[])('%s is refused', async (version) => {
  const port = await listen();
  const socket = dial(port, { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }, alpha.identity);
  expect((await untilClosed(socket)).length).toBe(0);
  await until(() => refusals.length > 0);
  expect(refusals).toEqual([expect.stringContaining('TLS handshake failed')]);
});

test.each([['something-else/1'], [undefined]])(
  'a trusted server that asks for the protocol %s is refused',
  async (protocol) => {
    const port = await listen();
    const socket = dial(port, { ALPNProtocols: protocol === undefined ? [] : [protocol] }, alpha.identity);
    expect((await untilClosed(socket)).length).toBe(0);
    await until(() => refusals.length > 0);
    expect(refusals).toHaveLength(1);
    expect(links).toEqual([]);
  },
);

test('bytes that are no TLS are refused; whoever only looks at the port is no error', async () => {
  const port = await listen();
  const babbler = connectTcp(port, '127.0.0.1', () => babbler.write('GET / HTTP/1.1\r\n\r\n'));
  await untilClosed(babbler);
  await until(() => refusals.length > 0);
  for (let look = 0; look < 3; look += 1) expect(await network.reach('127.0.0.1', port)).toBeUndefined();
  const polite = connectTcp(port, '127.0.0.1', () => polite.end());
  await untilClosed(polite);
  expect(refusals).toHaveLength(1);
  // Whoever has begun to say something and leaves is reported, after all of those.
  const halfway = connectTcp(port, '127.0.0.1', () => halfway.end(Buffer.from([22, 3, 1])));
  await until(() => refusals.length > 1);
  expect(refusals).toEqual([expect.stringContaining('TLS handshake failed'), expect.stringMatching(/left|handshake/)]);
});

test('a server that is neither a source nor a target is refused, by name', async () => {
  const port = await listen();
  const watcher = await servers.make('watcher');
  await servers.trusts(beta, watcher, undefined, ['monitor']);
  await servers.trusts(watcher, beta, port);
  await expect(servers.network(watcher).connect('beta')).rejects.toMatchObject({ code: 'PEER-NOT-TRUSTED' });
  await until(() => refusals.length > 0);
  expect(refusals).toEqual([
    expect.stringContaining('belongs to watcher, which is neither a source nor a target here'),
  ]);
});

test('a server with the right name and another certificate is not trusted: both fingerprints are named', async () => {
  const port = await listen();
  await alpha.trust.add({
    name: 'beta',
    fingerprint: alpha.identity.fingerprint,
    address: `127.0.0.1:${port}`,
    roles: ['source', 'target'],
    pairedAt: '2026-01-01T00:00:00.000Z',
  });
  const failure = await servers
    .network(alpha)
    .connect('beta')
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'PEER-NOT-TRUSTED',
    subject: `beta at 127.0.0.1:${port}`,
    reason: expect.stringContaining(beta.identity.fingerprint),
    hint: expect.stringContaining(`understudy pair 127.0.0.1:${port} --code`),
    retryable: false,
  });
  expect(failure).toMatchObject({ reason: expect.stringContaining(alpha.identity.fingerprint) });
  await until(() => links.length > 0 || refusals.length > 0);
});

test('nothing is resumed: a saved session is worth a full handshake', async () => {
  const port = await listen();
  const first = dial(port, {}, alpha.identity);
  const sessions: Buffer[] = [];
  first.on('session', (session) => sessions.push(session));
  await new Promise((resolve) => first.once('data', resolve));
  await until(() => links.length === 1);
  const session = sessions[0] ?? first.getSession();
  const second = dial(port, session === undefined ? {} : { session }, alpha.identity);
  await new Promise((resolve) => second.once('data', resolve));
  expect(second.isSessionReused()).toBe(false);
  expect(second.getProtocol()).toBe('TLSv1.3');
});

test('strangers who say nothing are shown out when their time is over', async () => {
  const port = await listen({ strangers: { timeoutMs: 3_000 } });
  const silent = connectTcp(port, '127.0.0.1');
  const closed = untilClosed(silent);
  await new Promise((resolve) => silent.once('connect', resolve));
  // Its arrival on the other side, too, has to have happened before the clock is turned.
  await servers.trusts(alpha, beta, port);
  await servers
    .network(alpha)
    .connect('beta')
    .then((link) => link.close('only to know the server has caught up'));
  await servers.clock.advance(2_999);
  expect(silent.closed).toBe(false);
  await servers.clock.advance(1);
  await closed;
  expect(refusals).toEqual(['it was not authenticated in time']);
});

test('a crowd of strangers does not keep a trusted server out', async () => {
  const port = await listen({ strangers: { countMax: 5 } });
  const crowd = Array.from({ length: 20 }, () => connectTcp(port, '127.0.0.1'));
  const partings = crowd.map(untilClosed);
  cleanUps.push(() => {
    for (const socket of crowd) socket.destroy();
  });
  await until(() => refusals.length >= 15);
  await servers.trusts(alpha, beta, port);
  const link = await servers.network(alpha).connect('beta');
  expect(link.peer.name).toBe('beta');
  expect(new Set(refusals)).toEqual(new Set(['too many connections were waiting to be authenticated']));
  link.close('the test is over');
  await Promise.all(partings.slice(0, 15));
});

test('one address with many connections loses its own, and takes none from others', async () => {
  const port = await listen({ strangers: { countMax: 6, countMaxOfOrigin: 4 } });
  const from = (localAddress: string, count: number): Socket[] =>
    Array.from({ length: count }, () => connectTcp({ port, host: '127.0.0.1', localAddress }));
  const others = from('127.0.0.2', 2);
  await Promise.all(others.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const crowd = from('127.0.0.3', 12);
  cleanUps.push(() => {
    for (const socket of [...others, ...crowd]) socket.destroy();
  });
  for (const socket of crowd) void untilClosed(socket);
  await until(() => refusals.length >= 8);
  expect(others.every((socket) => !socket.closed)).toBe(true);
  // With all places taken, one of the address that has most goes.
  const last = from('127.0.0.4', 1);
  cleanUps.push(() => last[0]?.destroy());
  await until(() => refusals.length >= 9);
  expect(others.every((socket) => !socket.closed)).toBe(true);
});

test('a server that never answers costs the dialler its time limit, no more', async () => {
  const silent = createTcpServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const address = silent.address();
  await servers.trusts(alpha, beta, typeof address === 'object' ? address?.port : 0);
  const attempt = servers.network(alpha, { connectTimeoutMs: 5_000 }).connect('beta');
  attempt.catch(() => undefined);
  await new Promise((resolve) => silent.once('connection', resolve));
  await servers.clock.advance(5_000);
  await expect(attempt).rejects.toMatchObject({ code: 'LINK-TIMEOUT', retryable: true });
});

test('a server that never says whether it accepts costs the dialler its time limit, no more', async () => {
  const { certificatePem: cert, privateKeyPem: key } = beta.identity;
  const undecided = createTlsServer({ cert, key, ALPNProtocols: [linkProtocol] });
  const sockets: Socket[] = [];
  undecided.on('secureConnection', (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => undecided.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    undecided.close();
  });
  const address = undecided.address();
  await servers.trusts(alpha, beta, typeof address === 'object' ? address?.port : 0);
  const attempt = servers.network(alpha, { connectTimeoutMs: 5_000 }).connect('beta');
  attempt.catch(() => undefined);
  await new Promise((resolve) => undecided.once('secureConnection', resolve));
  for (let turn = 0; turn < 50; turn += 1) await servers.clock.advance(100);
  await expect(attempt).rejects.toMatchObject({ code: 'LINK-TIMEOUT', subject: expect.stringContaining('beta') });
});

test('a host name without an address, and a peer that never told its own', async () => {
  await alpha.trust.add({
    name: 'beta',
    fingerprint: beta.identity.fingerprint,
    address: 'nowhere.invalid:6320',
    roles: ['source', 'target'],
    pairedAt: '2026-01-01T00:00:00.000Z',
  });
  await servers.trusts(beta, alpha);
  const unknown = { code: 'ADDRESS-UNKNOWN', retryable: true };
  await expect(servers.network(alpha).connect('beta')).rejects.toMatchObject(unknown);
  await expect(servers.network(beta).connect('alpha')).rejects.toMatchObject(unknown);
});

test('an address that is taken is named, with what to do', async () => {
  const port = await listen();
  const second = servers.network(alpha, { listenAt: { host: '127.0.0.1', port } });
  await expect(
    second.listen(
      () => undefined,
      () => undefined,
    ),
  ).rejects.toMatchObject({
    code: 'EADDRINUSE',
    subject: `127.0.0.1:${port}`,
    hint: expect.stringContaining('--listen'),
  });
});

test('a connection that breaks is a link that closed, once', async () => {
  const port = await listen();
  const wire = connectTcp(port, '127.0.0.1');
  const socket = dial(port, { socket: wire }, alpha.identity);
  await new Promise((resolve) => socket.once('data', resolve));
  await until(() => links.length === 1);
  const closings: string[] = [];
  links[0]?.listen({
    data: () => undefined,
    closed: (reason) => {
      closings.push(reason);
      woken();
    },
  });
  wire.resetAndDestroy();
  await until(() => closings.length > 0);
  expect(closings).toHaveLength(1);
});

/** A link between alpha and beta, with both its ends; the network of alpha is another one for each call. */
async function linked(peer: TestServer, port: number): Promise<{ readonly near: Link; readonly far: Link }> {
  await servers.trusts(peer, beta, port);
  const before = links.length;
  const near = await servers.network(peer).connect('beta');
  await until(() => links.length > before);
  const far = links.at(-1);
  if (far === undefined) throw new Error('beta has accepted a link');
  return { near, far };
}

/** Why a link closed, once it has; time goes on until then. */
async function closing(link: Link): Promise<string> {
  let told: string | undefined;
  link.listen({
    data: () => undefined,
    closed: (reason) => {
      told = reason;
    },
  });
  for (let turn = 0; turn < 200 && told === undefined; turn += 1) {
    await servers.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return told ?? 'it is open';
}

test('the end of the trust in a server ends its open links at once, on the side that accepted and on the one that dialled', async () => {
  const ended: string[] = [];
  const port = await listen({ onTrustEnded: (peer, count) => void ended.push(`${peer} ${count}`) });
  const gamma = await servers.make('gamma');
  await servers.trusts(beta, gamma);
  const stays = await linked(gamma, port);
  const goes = await linked(alpha, port);
  await beta.trust.remove('alpha');
  goes.far.send(Buffer.alloc(1000));
  expect(await closing(goes.far)).toBe('alpha is not trusted any more');
  expect(await closing(goes.near)).toMatch(/connection|closed|ECONNRESET|hang up/);
  expect(ended).toEqual(['alpha 1']);
  expect(await closing(stays.far)).toBe('it is open');
  // By the side that dialled.
  const endedThere: string[] = [];
  await servers.trusts(beta, alpha);
  const dialler = servers.network(alpha, { onTrustEnded: (peer, count) => void endedThere.push(`${peer} ${count}`) });
  const near = await dialler.connect('beta');
  await alpha.trust.remove('beta');
  expect(await closing(near)).toBe('beta is not trusted any more');
  expect(endedThere).toEqual(['beta 1']);
  stays.near.close('the test is over');
});

test('a server that may only look from now on has no link any more', async () => {
  const port = await listen();
  const { far } = await linked(alpha, port);
  await servers.trusts(beta, alpha, undefined, ['monitor']);
  expect(await closing(far)).toBe('alpha is not trusted as before any more');
});

test('what is not known of the trusted servers ends no link', async () => {
  const port = await listen();
  const { near, far } = await linked(alpha, port);
  const text = readFileSync(beta.trust.path, 'utf8');
  writeFileSync(beta.trust.path, 'damaged');
  expect(await closing(far)).toBe('it is open');
  writeFileSync(beta.trust.path, text);
  near.close('the test is over');
});

test('an address that was chosen is where it connects, at the port of the pairing unless it says another', async () => {
  const port = await listen();
  // Paired at a port where nobody listens any more.
  await servers.trusts(alpha, beta, 1);
  const own = servers.network(alpha);
  expect(await own.addressOf('beta')).toBe('127.0.0.1:1');
  expect(await own.addressOf('beta', '127.0.0.2')).toBe('127.0.0.2:1');
  expect(await own.addressOf('beta', `127.0.0.1:${port}`)).toBe(`127.0.0.1:${port}`);
  expect(await own.addressOf('nobody')).toBe(undefined);
  await expect(own.addressOf('beta', '127.0.0.1:port')).rejects.toMatchObject({ code: 'ADDRESS-FORM' });
  await expect(own.connect('beta', 'target')).rejects.toThrow();
  const link = await own.connect('beta', 'target', `127.0.0.1:${port}`);
  expect(link.peer.address).toEqual({ host: '127.0.0.1', port });
  link.close('the test is over');
});
