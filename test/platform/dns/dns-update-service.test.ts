// What name servers do that a good BIND does not: silence, forgery, nonsense.
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { encode, type Packet } from 'dns-packet';
import { afterEach, expect, test } from 'vitest';
import { DnsUpdateService } from '../../../src/platform/dns/dns-update-service.ts';
import type { AddressRecord, NameServer } from '../../../src/ports/name-service.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';

const clock = new ManualClock();
const service = new DnsUpdateService({ clock, random: { bytes: (length) => randomBytes(length) }, timeoutMs: 6_000 });
const key: NameServer['key'] = { name: 'update-key', algorithm: 'hmac-sha256', secret: 'c2VjcmV0' };
const name = 'shop.example.test';
const cleanUps: (() => unknown)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A server that answers datagrams as told. */
async function datagramServer(
  answer: (socket: DatagramSocket, question: Buffer, from: RemoteInfo) => void,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => answer(socket, question, from));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  cleanUps.push(() => socket.close());
  return { host: '127.0.0.1', port: socket.address().port };
}

/** A server that takes connections and does with them as told. */
async function streamServer(serve: (socket: Socket) => void): Promise<NameServer> {
  const server = createServer((socket) => {
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  const address = server.address();
  return { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 };
}

function answerTo(question: Buffer, value: string, change: Partial<Packet> = {}): Buffer {
  return encode({
    id: question.readUInt16BE(0),
    type: 'response',
    flags: 0x0400,
    questions: [{ type: 'A', name }],
    answers: [{ type: 'A', name, data: value, ttl: 60 }],
    ...change,
  });
}

function record(value: string, ttlSeconds = 60): AddressRecord {
  return { type: 'A', name, value, ttlSeconds };
}

function update(server: NameServer, ...records: readonly AddressRecord[]): Promise<void> {
  return service.replace(server, 'example.test', [{ type: 'A', name, records }]);
}

test('a lost datagram is sent again, and answers to other questions are passed over', async () => {
  let arrivals = 0;
  let arrived: () => void = () => undefined;
  const server = await datagramServer((socket, question, from) => {
    arrivals += 1;
    arrived();
    if (arrivals === 1) return;
    const other = answerTo(question, '6.6.6.6', { id: question.readUInt16BE(0) ^ 1 });
    for (const bytes of [other, Buffer.from('x'), question, answerTo(question, '10.0.0.1')]) {
      socket.send(bytes, from.port, from.address);
    }
  });
  const asked = service.query(server, name, 'A');
  await new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await clock.advance(2_000);
  expect(await asked).toEqual([record('10.0.0.1')]);
  expect(arrivals).toBe(2);
});

test('a silent server is given up after the time limit', async () => {
  let questions = 0;
  let arrived: () => void = () => undefined;
  const server = await datagramServer(() => {
    questions += 1;
    arrived();
  });
  const asked = service.query(server, name, 'A');
  asked.catch(() => undefined);
  for (let count = 1; count <= 3; count += 1) {
    while (questions < count) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    await clock.advance(2_000);
  }
  await expect(asked).rejects.toMatchObject({ code: 'DNS-TIMEOUT', retryable: true, reason: 'no answer within 6 s' });

  let connected: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const silent = await streamServer(() => connected());
  const updating = update(silent, record('10.0.0.1'));
  updating.catch(() => undefined);
  await arrival;
  await clock.advance(6_000);
  await expect(updating).rejects.toMatchObject({ code: 'DNS-TIMEOUT', retryable: true });
});

test('an answer that is not of the authority is not believed', async () => {
  const server = await datagramServer((socket, question, from) => {
    socket.send(answerTo(question, '10.0.0.1', { flags: 0 }), from.port, from.address);
  });
  await expect(service.query(server, name, 'A')).rejects.toMatchObject({
    code: 'DNS-REFUSED',
    reason: expect.stringContaining('not the authority'),
  });
});

test('an answer that is not signed although the request was is not believed, a refusal is', async () => {
  const forged = await datagramServer((socket, question, from) => {
    socket.send(answerTo(question, '6.6.6.6'), from.port, from.address);
  });
  await expect(service.query({ ...forged, key }, name, 'A')).rejects.toMatchObject({
    code: 'DNS-BAD-ANSWER',
    reason: expect.stringContaining('not signed'),
  });
  const refusing = await datagramServer((socket, question, from) => {
    socket.send(answerTo(question, '0.0.0.0', { flags: 0x0405, answers: [] }), from.port, from.address);
  });
  await expect(service.query({ ...refusing, key }, name, 'A')).rejects.toMatchObject({
    code: 'DNS-REFUSED',
    reason: expect.stringContaining('REFUSED'),
  });
});

test('bytes that are no DNS message are said to be that', async () => {
  const server = await datagramServer((socket, question, from) => {
    const nonsense = Buffer.concat([question.subarray(0, 2), Buffer.from([0x84, 0]), Buffer.alloc(8, 0xff)]);
    socket.send(nonsense, from.port, from.address);
  });
  await expect(service.query(server, name, 'A')).rejects.toMatchObject({ code: 'DNS-BAD-ANSWER' });
});

test('a connection that the server closes without an answer is said to be that; an answer may come in pieces', async () => {
  const closing = await streamServer((socket) => socket.destroy());
  await expect(update(closing, record('10.0.0.1'))).rejects.toMatchObject({ code: 'DNS-UNREACHABLE', retryable: true });

  const piecemeal = await streamServer((socket) => {
    socket.once('data', (request: Buffer) => {
      const answer = answerTo(request.subarray(2), '0.0.0.0', { answers: [] });
      for (const byte of [answer.length >> 8, answer.length & 0xff, ...answer]) socket.write(Buffer.from([byte]));
    });
  });
  await update(piecemeal, record('10.0.0.1'));
});

test.each([
  [record('10.0.0.256')],
  [record('10.0.0')],
  [record('010.0.0.1')],
  [record('::1')],
  [record('10.0.0.1', -1)],
  [record('10.0.0.1', 1.5)],
  [record('10.0.0.1', 2 ** 31)],
])('a record that cannot be is refused before anybody is asked: %o', async (bad) => {
  await expect(update({ host: '127.0.0.1', port: 1 }, bad)).rejects.toMatchObject({ code: 'DNS-BAD-RECORD' });
});

test.each(['', 'a..b', `${'x'.repeat(64)}.test`, 'zwölf.test', 'two words.test', Array(130).fill('a').join('.')])(
  'a name that cannot be is refused before anybody is asked: %j',
  async (bad) => {
    const nobody = { host: '127.0.0.1', port: 1 };
    await expect(service.query(nobody, bad, 'A')).rejects.toMatchObject({ code: 'DNS-BAD-RECORD', subject: bad });
  },
);
