import { existsSync, readFileSync } from 'node:fs';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenForPeers } from '../../../src/platform/http/http-peers.ts';
import { PendingCode, parsePairingCode } from '../../../src/platform/identity/pairing-code.ts';
import { PairingAcceptor } from '../../../src/platform/network/pairing-acceptor.ts';
import { pairWith } from '../../../src/platform/network/pairing-dialler.ts';
import { pairingProtocol, pinnedServerOptions } from '../../../src/platform/network/pinned-tls.ts';
import { random, type TestServer, TestServers } from './test-servers.ts';

let servers: TestServers;
let alpha: TestServer;
let beta: TestServer;
let pending: PendingCode;
let address: string;
let refusals: string[];
let paired: string[];
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  servers = new TestServers();
  cleanUps.push(() => servers.remove());
  alpha = await servers.make('alpha');
  beta = await servers.make('beta');
  pending = new PendingCode(beta.home, servers.clock);
  refusals = [];
  paired = [];
  const pairing = new PairingAcceptor({
    identity: beta.identity,
    trust: beta.trust,
    // As in life: the verb that makes the code and the server that is asked for it share nothing but the home folder.
    pending: new PendingCode(beta.home, servers.clock),
    clock: servers.clock,
    api: '0.0.0.0:6325',
    onPaired: (peer) => paired.push(peer.name),
  });
  const network = servers.network(beta, { pairing });
  cleanUps.push(
    await network.listen(
      (link) => cleanUps.push(() => link.close('the test is over')),
      (_address, reason) => refusals.push(reason),
    ),
  );
  address = `127.0.0.1:${network.listeningAt?.port}`;
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function pair(code: string, from: TestServer = alpha, to: string = address) {
  const { identity, trust } = from;
  return pairWith({
    identity,
    trust,
    clock: servers.clock,
    address: to,
    code,
    listensAt: '0.0.0.0:7001',
    api: '10.1.1.1:7002',
    roles: ['target'],
  });
}

async function expectNobodyTrusted(): Promise<void> {
  expect(await alpha.trust.peers()).toEqual([]);
  expect(await beta.trust.peers()).toEqual([]);
  expect(paired).toEqual([]);
}

/** A code that differs in its last character. */
function wrongVersionOf(code: string): string {
  return code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
}

test('two servers that pair trust each other and can link', async () => {
  const { code, expiresAtMs } = await pending.create(random, ['source']);
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(expiresAtMs).toBe(servers.clock.wallMs() + 600_000);
  const known = await pair(code);
  const pairedAt = new Date(servers.clock.wallMs()).toISOString();
  expect(known).toEqual({
    name: 'beta',
    fingerprint: beta.identity.fingerprint,
    address,
    api: '127.0.0.1:6325',
    roles: ['target'],
    pairedAt,
  });
  expect(await alpha.trust.peers()).toEqual([known]);
  expect(await beta.trust.peers()).toEqual([
    {
      name: 'alpha',
      fingerprint: alpha.identity.fingerprint,
      address: '127.0.0.1:7001',
      api: '10.1.1.1:7002',
      roles: ['source'],
      pairedAt,
    },
  ]);
  expect(paired).toEqual(['alpha']);
  const link = await servers.network(alpha).connect('beta');
  expect(link.peer.fingerprint).toBe(beta.identity.fingerprint);
  link.close('done');
});

test('a code may be typed in small letters, with spaces, and with the letters people mistake', async () => {
  expect(parsePairingCode(' k7qf 2mxp-9dht-w4zo ')).toBe('K7QF2MXP9DHTW4Z0');
  expect(parsePairingCode('ilil-0000-0000-0000')).toBe('1111000000000000');
  const { code } = await pending.create(random, ['source']);
  await pair(code.toLowerCase().replaceAll('-', ' '));
  expect(paired).toEqual(['alpha']);
});

test('wrong codes trust nobody and do not use up the right one; whoever guesses on has to wait', async () => {
  const { code } = await pending.create(random, ['source']);
  const wrong = { code: 'PAIRING-REFUSED', subject: address, reason: 'the code is wrong' };
  for (let count = 0; count < 3; count += 1) await expect(pair(wrongVersionOf(code))).rejects.toMatchObject(wrong);
  const tooOften = { code: 'PAIRING-REFUSED', reason: expect.stringContaining('try again in 1 s') };
  for (let count = 0; count < 3; count += 1) await expect(pair(wrongVersionOf(code))).rejects.toMatchObject(tooOften);
  await expectNobodyTrusted();
  await servers.clock.advance(1_000);
  await expect(pair(wrongVersionOf(code))).rejects.toMatchObject(wrong);
  await expect(pair(code)).rejects.toMatchObject({ reason: expect.stringContaining('try again in 2 s') });
  await servers.clock.advance(2_000);
  await pair(code);
  expect(paired).toEqual(['alpha']);
  expect(refusals).toHaveLength(8);
});

test('each side gives the roles that were named there, and no others', async () => {
  const { code } = await pending.create(random, ['source', 'operator']);
  await pair(code);
  expect((await beta.trust.byName('alpha'))?.roles).toEqual(['source', 'operator']);
  expect((await alpha.trust.byName('beta'))?.roles).toEqual(['target']);
  const gammaCode = (await pending.create(random, ['monitor'])).code;
  const gamma = await servers.make('gamma');
  await pair(gammaCode, gamma);
  await expect(servers.network(gamma).connect('beta', 'target')).rejects.toMatchObject({
    code: 'PEER-NOT-TRUSTED',
    reason: expect.stringContaining('does not trust this server'),
  });
});

test('two wrong tries do not harm the right one', async () => {
  const { code } = await pending.create(random, ['source']);
  await expect(pair(wrongVersionOf(code))).rejects.toMatchObject({ code: 'PAIRING-REFUSED' });
  await expect(pair(wrongVersionOf(code))).rejects.toMatchObject({ code: 'PAIRING-REFUSED' });
  await pair(code);
  expect(paired).toEqual(['alpha']);
});

test('a code that is no code is not even tried', async () => {
  const { code } = await pending.create(random, ['source']);
  for (const typed of ['', 'K7QF', `${code}-AAAA`, code.replace(/.$/, 'U')]) {
    await expect(pair(typed)).rejects.toMatchObject({ code: 'PAIRING-CODE' });
  }
  await pair(code);
});

test('a code is used once', async () => {
  const { code } = await pending.create(random, ['source']);
  await pair(code);
  const gamma = await servers.make('gamma');
  await expect(pair(code, gamma)).rejects.toMatchObject({ reason: expect.stringContaining('no pairing code') });
  expect(await gamma.trust.peers()).toEqual([]);
});

test('of two servers that come with the same code at once, one is trusted', async () => {
  const { code } = await pending.create(random, ['source']);
  const gamma = await servers.make('gamma');
  const results = await Promise.allSettled([pair(code), pair(code, gamma)]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await beta.trust.peers()).toHaveLength(1);
});

test('a code is valid for ten minutes, and a newer one replaces it', async () => {
  const first = await pending.create(random, ['source']);
  const second = await pending.create(random, ['source']);
  await expect(pair(first.code)).rejects.toMatchObject({ reason: 'the code is wrong' });
  await servers.clock.advance(600_000);
  await expect(pair(second.code)).rejects.toMatchObject({ reason: expect.stringContaining('expired') });
  await expectNobodyTrusted();
});

test('without a pending code nobody pairs', async () => {
  await expect(pair('K7QF-2MXP-9DHT-W4ZC')).rejects.toMatchObject({
    code: 'PAIRING-REFUSED',
    hint: expect.stringContaining('understudy pair'),
  });
  await expectNobodyTrusted();
});

test('the home folder holds no code', async () => {
  const { code } = await pending.create(random, ['source']);
  const file = join(beta.home, 'pairing.json');
  expect(readFileSync(file, 'utf8')).not.toContain(code.replaceAll('-', ''));
  expect(readFileSync(file, 'utf8')).not.toContain(code);
  await pair(code);
  expect(existsSync(file)).toBe(false);
});

test('names that clash leave both sides as they were', async () => {
  const namesake = await servers.make('BETA');
  const { code } = await pending.create(random, ['source']);
  await expect(pair(code, namesake)).rejects.toMatchObject({ reason: 'both servers are called BETA' });

  const stranger = await servers.make('stranger');
  await alpha.trust.add({ ...(await asPeer(stranger)), name: 'beta' });
  await expect(pair(code)).rejects.toMatchObject({ code: 'NAME-TAKEN' });
  expect(await beta.trust.peers()).toEqual([]);

  await alpha.trust.remove('beta');
  await beta.trust.add({ ...(await asPeer(stranger)), name: 'alpha' });
  await expect(pair(code)).rejects.toMatchObject({
    code: 'PAIRING-REFUSED',
    reason: expect.stringContaining('trusted with another certificate'),
  });
  expect(await alpha.trust.peers()).toEqual([]);
  expect(await beta.trust.byFingerprint(alpha.identity.fingerprint)).toBeUndefined();
});

async function asPeer(server: TestServer) {
  const { name, fingerprint } = server.identity;
  return { name, fingerprint, roles: ['source'] as const, pairedAt: '2026-01-01T00:00:00.000Z' };
}

test('pairing again renews the address', async () => {
  await pair((await pending.create(random, ['source'])).code);
  const { identity, trust } = alpha;
  const { code } = await pending.create(random, ['source']);
  await pairWith({ identity, trust, clock: servers.clock, address, code, roles: ['target'], listensAt: '10.9.9.9:1' });
  expect((await beta.trust.peers()).map((peer) => peer.address)).toEqual(['10.9.9.9:1']);
});

test('a man in the middle who relays everything gains nothing', async () => {
  const mallory = await servers.make('mallory');
  const [, port] = address.split(':');
  const relay = createTlsServer({ ...pinnedServerOptions(mallory.identity), ALPNProtocols: [pairingProtocol] });
  relay.on('secureConnection', (victim: TLSSocket) => {
    const { certificatePem: cert, privateKeyPem: key } = mallory.identity;
    const onward = tlsConnect({
      port: Number(port),
      cert,
      key,
      rejectUnauthorized: false,
      ALPNProtocols: [pairingProtocol],
    });
    for (const socket of [victim, onward]) socket.on('error', () => undefined);
    victim.pipe(onward);
    onward.pipe(victim);
    cleanUps.push(() => onward.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => relay.close());
  const relayAddress = relay.address();
  const relayPort = typeof relayAddress === 'object' ? relayAddress?.port : 0;
  const { code } = await pending.create(random, ['source']);
  await expect(pair(code, alpha, `127.0.0.1:${relayPort}`)).rejects.toMatchObject({
    code: 'PAIRING-REFUSED',
    reason: 'the code is wrong',
  });
  await expectNobodyTrusted();
  expect(await beta.trust.byFingerprint(mallory.identity.fingerprint)).toBeUndefined();
});

test('an impostor who answers in the place of the server learns no trust', async () => {
  const mallory = await servers.make('mallory');
  const impostor = createTlsServer({ ...pinnedServerOptions(mallory.identity), ALPNProtocols: [pairingProtocol] });
  impostor.on('secureConnection', (victim: TLSSocket) => {
    victim.on('error', () => undefined);
    victim.write(`${JSON.stringify({ kind: 'offer', name: 'beta', salt: '00'.repeat(16) })}\n`);
    victim.once('data', () => victim.write(`${JSON.stringify({ kind: 'agreement', proof: '00'.repeat(32) })}\n`));
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => impostor.close());
  const impostorAddress = impostor.address();
  const port = typeof impostorAddress === 'object' ? impostorAddress?.port : 0;
  await expect(pair('K7QF-2MXP-9DHT-W4ZC', alpha, `127.0.0.1:${port}`)).rejects.toMatchObject({
    reason: expect.stringContaining('does not know the code'),
  });
  await expectNobodyTrusted();
});

test.each([
  ['no JSON', 'hello\n'],
  ['a message of another kind', '{"kind":"agreement"}\n'],
  ['more than any message has', 'x'.repeat(10_000)],
])('%s in the place of a claim is refused', async (_what, text) => {
  await pending.create(random, ['source']);
  const [, port] = address.split(':');
  const { certificatePem: cert, privateKeyPem: key } = alpha.identity;
  const socket = tlsConnect({
    port: Number(port),
    cert,
    key,
    rejectUnauthorized: false,
    ALPNProtocols: [pairingProtocol],
  });
  let said = '';
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  socket.write(text);
  await new Promise((resolve) => socket.on('close', resolve));
  expect(said).toContain('"kind":"refusal"');
  expect(refusals).toHaveLength(1);
  await expectNobodyTrusted();
});

test('a server that says nothing is given up', async () => {
  const silent = createTcpServer();
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const silentAddress = silent.address();
  const port = typeof silentAddress === 'object' ? silentAddress?.port : 0;
  const attempt = pair('K7QF-2MXP-9DHT-W4ZC', alpha, `127.0.0.1:${port}`);
  attempt.catch(() => undefined);
  await new Promise((resolve) => silent.once('connection', resolve));
  await servers.clock.advance(10_000);
  await expect(attempt).rejects.toMatchObject({ code: 'LINK-TIMEOUT' });
});

test('whoever starts to pair and falls silent is shown out', async () => {
  await pending.create(random, ['source']);
  const [, port] = address.split(':');
  const { certificatePem: cert, privateKeyPem: key } = alpha.identity;
  const socket = tlsConnect({
    port: Number(port),
    cert,
    key,
    rejectUnauthorized: false,
    ALPNProtocols: [pairingProtocol],
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('data', resolve));
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await servers.clock.advance(10_000);
  await closed;
  expect(refusals).toEqual(['it was not authenticated in time']);
});

test('the port of the API is said to be one, and only that port', async () => {
  const { identity, trust } = beta;
  const door = await listenForPeers(
    { identity, trust, clock: servers.clock },
    { host: '127.0.0.1', port: 0 },
    async () => new Response(),
  );
  cleanUps.push(() => door.close());
  const { code } = await pending.create(random, ['source']);
  await expect(pair(code, alpha, `127.0.0.1:${door.listeningAt.port}`)).rejects.toMatchObject({
    code: 'PAIRING-PORT',
    reason: 'it answers as the API of a server does, and servers pair where links are accepted',
    hint: expect.stringContaining('understudy pair prints there'),
  });
  const other = createTlsServer({ ...pinnedServerOptions(identity), ALPNProtocols: ['smtp'] });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => other.close(resolve)));
  const { port } = other.address() as { port: number };
  await expect(pair(code, alpha, `127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'LINK-REFUSED' });
  await expectNobodyTrusted();
});
