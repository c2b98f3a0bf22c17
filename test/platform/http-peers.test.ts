// What strangers and hostile peers find at the door of the API. The clock stands still unless it is turned, so nothing here
// may have to wait for a time limit.
import { connect as connectTcp, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatHostPort } from '../../src/base/addresses/host-port.ts';
import { requestsBytesMax } from '../../src/platform/http/http-exchange.ts';
import { listenForPeers, type PeerDoor, sendToPeer } from '../../src/platform/http/http-peers.ts';
import { dialTls } from '../../src/platform/network/pinned-tls.ts';
import { type TestServer, TestServers } from './network/test-servers.ts';

let servers: TestServers;
let alpha: TestServer;
let beta: TestServer;
let door: PeerDoor;
let refusals: string[];
/** Bodies that the handler has read to their ends. */
let bodies: number[];
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  servers = new TestServers();
  cleanUps.push(() => servers.remove());
  [alpha, beta] = [await servers.make('alpha'), await servers.make('beta')];
  refusals = [];
  bodies = [];
  door = await listenForPeers(
    {
      identity: beta.identity,
      trust: beta.trust,
      clock: servers.clock,
      onRefused: (_address, reason) => void refusals.push(reason),
    },
    { host: '127.0.0.1', port: 0 },
    async (request, caller) => {
      const { length } = await request.text();
      bodies.push(length);
      return Response.json({ caller });
    },
  );
  cleanUps.push(() => door.close());
  await servers.trusts(beta, alpha, undefined, ['source']);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A call by this server, which need not be trusted. */
function call(server: TestServer, body = '{}'): Promise<string> {
  const { name, fingerprint } = beta.identity;
  const peer = { name, fingerprint, api: formatHostPort(door.listeningAt), roles: [], pairedAt: '' };
  return sendToPeer({ identity: server.identity, peer, clock: servers.clock })('/v1/jobs/list', body);
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.once('close', () => resolve());
  });
}

/** Begins a request whose body has as many bytes, and sends all but the last one. */
async function beginRequest(server: TestServer, length: number): Promise<TLSSocket> {
  const dialling = { identity: server.identity, address: door.listeningAt, protocol: 'http/1.1' };
  const socket = await dialTls({ ...dialling, clock: servers.clock, timeoutMs: 10_000 });
  cleanUps.push(() => socket.destroy());
  socket.write(`POST /v1/jobs/list HTTP/1.1\r\nHost: server\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(Buffer.alloc(length - 1, 'x'));
  return socket;
}

test('a trusted server is known by its roles; any other is told so, reported, and has its body left unread', async () => {
  expect(JSON.parse(await call(alpha))).toEqual({ caller: { name: 'alpha', roles: ['source'] } });
  const mallory = await servers.make('mallory');
  expect(JSON.parse(await call(mallory, 'x'.repeat(1_000_000)))).toMatchObject({
    failure: { code: 'PEER-NOT-TRUSTED' },
  });
  expect(refusals).toEqual([expect.stringContaining(`${mallory.identity.fingerprint} is not trusted`)]);
  expect(bodies).toEqual([2]);
});

test('300 connections that say nothing do not keep a trusted server waiting', async () => {
  const { port } = door.listeningAt;
  const idle = Array.from({ length: 300 }, () => connectTcp(port, '127.0.0.1'));
  cleanUps.push(() => {
    for (const socket of idle) socket.destroy();
  });
  const shown = idle.slice(0, 280).map(ended);
  await Promise.all(
    idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
  );
  expect(JSON.parse(await call(alpha))).toMatchObject({ caller: { name: 'alpha' } });
  await Promise.all(shown);
  expect(new Set(refusals)).toEqual(new Set(['too many connections were waiting to be authenticated']));
});

test('half-sent requests have a bounded amount of memory together, and the oldest go', async () => {
  const length = 4_000_000;
  const fitting = Math.floor(requestsBytesMax / length);
  const partings: Promise<unknown>[] = [];
  let open = 0;
  for (let index = 0; index < 20; index += 1) {
    const socket = await beginRequest(alpha, length);
    open += 1;
    partings.push(ended(socket).then(() => (open -= 1)));
  }
  await Promise.all(partings.slice(0, 20 - fitting - 1));
  expect(open).toBeGreaterThanOrEqual(fitting);
  expect(JSON.parse(await call(alpha, 'y'.repeat(1_000_000)))).toMatchObject({ caller: { name: 'alpha' } });
  expect(bodies).toEqual([1_000_000]);
});
