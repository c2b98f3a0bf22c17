// Lookups by the resolver of the system against a name server of the test, on the loopback device.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemNameLookup } from '../../src/platform/dns/system-name-lookup.ts';
import type { LookupType } from '../../src/ports/name-lookup.ts';

const noSuchName = 3;
const refused = 5;

let socket: Socket;
let answer: (question: {
  readonly name: string;
  readonly type: string;
}) => Partial<Packet> & { readonly code?: number };
const lookup = new SystemNameLookup({ timeoutMs: 200 });

beforeEach(async () => {
  socket = createSocket('udp4');
  socket.on('message', (bytes, { port }) => {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    if (question === undefined) return;
    const { code = 0, ...more } = answer(question);
    if (code < 0) return;
    const flags = 0x0180 | code;
    socket.send(encode({ type: 'response', ...(id === undefined ? {} : { id }), flags, questions, ...more }), port);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});

afterEach(() => {
  socket.close();
});

function ask(name: string, type: LookupType, signal = new AbortController().signal): Promise<string[]> {
  return lookup.lookUp({ name, type, server: { host: '127.0.0.1', port: socket.address().port } }, signal);
}

const records: readonly (readonly [
  LookupType,
  readonly Answer['data' & keyof Answer][] | readonly unknown[],
  string,
])[] = [
  ['A', ['10.0.0.2'], '10.0.0.2'],
  ['AAAA', ['fd00::2'], 'fd00::2'],
  ['CNAME', ['www.example'], 'www.example'],
  ['MX', [{ preference: 10, exchange: 'mail.example' }], '10 mail.example'],
  ['NS', ['ns.example'], 'ns.example'],
  ['PTR', ['shop.example'], 'shop.example'],
  ['SRV', [{ priority: 10, weight: 5, port: 443, target: 'shop.example' }], '10 5 443 shop.example'],
  ['TXT', [['one ', 'text']], 'one text'],
];

describe('a lookup', () => {
  it.each(records)('reads %s records', async (type, data, expected) => {
    answer = ({ name }) => ({ answers: data.map((one) => ({ type, name, ttl: 60, data: one }) as Answer) });
    expect(await ask('any.example', type)).toEqual([expected]);
  });

  it('follows an alias to its addresses', async () => {
    answer = ({ name }) => ({
      answers: [
        { type: 'CNAME', name, ttl: 60, data: 'real.example' },
        { type: 'A', name: 'real.example', ttl: 60, data: '10.0.0.3' },
      ],
    });
    expect(await ask('alias.example', 'A')).toEqual(['10.0.0.3']);
  });

  it('gives nothing for a name or a record that is not there', async () => {
    answer = () => ({ code: noSuchName });
    expect(await ask('none.example', 'A')).toEqual([]);
    answer = () => ({ answers: [] });
    expect(await ask('shop.example', 'TXT')).toEqual([]);
  });

  it('fails when the server refuses, or says nothing, or is none', async () => {
    answer = () => ({ code: refused });
    await expect(ask('shop.example', 'A')).rejects.toMatchObject({ code: 'DNS-REFUSED', subject: 'shop.example' });
    answer = () => ({ code: -1 });
    await expect(ask('shop.example', 'A')).rejects.toMatchObject({ code: 'DNS-TIMEOUT', retryable: true });
    const question = { name: 'shop.example', type: 'A', server: { host: 'ns.example', port: 53 } } as const;
    const signal = new AbortController().signal;
    await expect(lookup.lookUp(question, signal)).rejects.toMatchObject({ code: 'DNS-BAD-SERVER' });
    await expect(ask(`${'a'.repeat(64)}.example`, 'A')).rejects.toMatchObject({ code: 'DNS-BAD-RECORD' });
  });

  it('ends when it is interrupted', async () => {
    const interrupt = new AbortController();
    const patient = new SystemNameLookup({ timeoutMs: 60_000 });
    const server = { host: '127.0.0.1', port: socket.address().port };
    answer = () => {
      interrupt.abort();
      return { code: -1 };
    };
    await expect(patient.lookUp({ name: 'shop.example', type: 'A', server }, interrupt.signal)).rejects.toThrow();
  });
});
