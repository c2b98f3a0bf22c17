// The name service port against a real BIND 9.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/waiting/clock.ts';
import { DnsUpdateService } from '../../src/platform/dns/dns-update-service.ts';
import { type AddressRecord, type NameServer, reverseName } from '../../src/ports/name-service.ts';
import { type BindKey, type BindServer, startBind } from '../support/bind-server.ts';
import { requireProgram } from '../support/packages.ts';
import { nameServiceSuite } from './name-service-suite.ts';

const bindIsHere = requireProgram('named', 'dig');

/** The system's time, so many seconds wrong. */
function systemClock(wrongBySeconds = 0): Clock {
  return {
    wallMs: () => Date.now() + wrongBySeconds * 1000,
    monotonicMs: () => performance.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

function serviceWith(clock: Clock): DnsUpdateService {
  return new DnsUpdateService({ clock, random: { bytes: (length) => randomBytes(length) } });
}

/** A port where nothing listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

if (bindIsHere) {
  nameServiceSuite('BIND 9', async () => {
    const bind = await startBind();
    const { host, port, key } = bind;
    return {
      service: serviceWith(systemClock()),
      server: { host, port, key },
      absent: { host, port: await unusedPort(), key },
      stop: () => bind.stop(),
    };
  });
}

describe.runIf(bindIsHere)('against BIND 9', () => {
  let bind: BindServer;
  let server: NameServer;
  const service = serviceWith(systemClock());
  const name = 'shop.example.test';

  beforeAll(async () => {
    bind = await startBind();
    server = { host: bind.host, port: bind.port, key: bind.key };
  });
  afterAll(() => bind?.stop());

  function dig(...question: readonly string[]): string {
    const options = ['@127.0.0.1', '-p', String(bind.port), '+norecurse', '+noall', '+answer', '+tries=1'];
    return execFileSync('dig', [...options, ...question], { encoding: 'utf8' })
      .trim()
      .replaceAll(/\s+/g, ' ');
  }

  function address(value: string): AddressRecord {
    return { type: 'A', name, value, ttlSeconds: 300 };
  }

  async function setAddress(value: string, at: NameServer = server): Promise<void> {
    await service.replace(at, 'example.test', [{ type: 'A', name, records: [address(value)] }]);
  }

  test('dig sees the new address, the new reverse name, and their times to live', async () => {
    await setAddress('10.0.0.1');
    expect(dig(name, 'A')).toBe(`${name}. 300 IN A 10.0.0.1`);
    await setAddress('10.0.0.2');
    const reverse = reverseName('10.0.0.2');
    const pointer: AddressRecord = { type: 'PTR', name: reverse, value: name, ttlSeconds: 60 };
    await service.replace(server, '0.0.10.in-addr.arpa', [{ type: 'PTR', name: reverse, records: [pointer] }]);
    expect(dig(name, 'A')).toBe(`${name}. 300 IN A 10.0.0.2`);
    expect(dig('-x', '10.0.0.2')).toBe(`${reverse}. 60 IN PTR ${name}.`);
  });

  test('a key that is known and allowed nothing is refused by the update policy', async () => {
    await setAddress('10.0.0.1');
    await expect(setAddress('10.0.0.9', { ...server, key: bind.idleKey })).rejects.toMatchObject({
      code: 'DNS-REFUSED',
      reason: expect.stringContaining('REFUSED'),
      hint: expect.stringContaining('update policy'),
    });
    expect(dig(name, 'A')).toContain('10.0.0.1');
  });

  test.each([
    ['another secret', { secret: randomBytes(32).toString('base64') }, 'BADSIG', 'another secret for the key'],
    ['another name', { name: 'nobodys-key' }, 'BADKEY', 'does not know the key nobodys-key'],
    ['another algorithm', { algorithm: 'hmac-sha512' as const }, 'BADKEY', 'hmac-sha512'],
  ])('a key with %s is refused, and dig sees nothing new', async (_what, change: Partial<BindKey>, error, words) => {
    await setAddress('10.0.0.1');
    const failure = await setAddress('10.0.0.9', { ...server, key: { ...bind.key, ...change } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toMatchObject({ code: 'DNS-REFUSED', reason: expect.stringContaining(`NOTAUTH with ${error}`) });
    expect(failure).toMatchObject({ reason: expect.stringContaining(words), hint: expect.any(String) });
    expect(dig(name, 'A')).toContain('10.0.0.1');
  });

  test('clocks that differ too much are named as the cause', async () => {
    await setAddress('10.0.0.1');
    const late = serviceWith(systemClock(-1_000));
    const changes = [{ type: 'A' as const, name, records: [address('10.0.0.9')] }];
    await expect(late.replace(server, 'example.test', changes)).rejects.toMatchObject({
      code: 'DNS-REFUSED',
      reason: expect.stringMatching(/BADTIME: the clocks .* differ by (999|1000|1001) s; 300 s are allowed/),
    });
    expect(dig(name, 'A')).toContain('10.0.0.1');
  });

  test('a set of addresses too large for a datagram is read whole', async () => {
    const values = Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`);
    await service.replace(server, 'example.test', [{ type: 'A', name, records: values.map(address) }]);
    const read = (await service.query(server, name, 'A')).map(({ value }) => value);
    expect(read.toSorted()).toEqual(values.toSorted());
  });

  test.each(['hmac-sha384', 'hmac-sha512'] as const)('signs with %s', async (algorithm) => {
    const other = await startBind({ algorithm, zones: ['example.test'] });
    try {
      const signed = { host: other.host, port: other.port, key: other.key };
      await setAddress('10.0.0.5', signed);
      expect(await service.query(signed, name, 'A')).toEqual([address('10.0.0.5')]);
    } finally {
      await other.stop();
    }
  });
});
